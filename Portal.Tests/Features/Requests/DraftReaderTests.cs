using Portal.Core;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;
using Portal.Tests.Templates;

namespace Portal.Tests.Features.Requests;

public sealed class DraftReaderTests
{
    [Theory]
    [InlineData("", "A number is missing. Write a whole number, for example 8080.")]
    [InlineData("eighty", "'eighty' is not a whole number. Write digits only, for example 8080.")]
    [InlineData("8o8o", "'8o8o' is not a whole number. Write digits only, for example 8080.")]
    [InlineData("80.5", "'80.5' is not a whole number. Write digits only, for example 8080.")]
    [InlineData("1e3", "'1e3' is not a whole number. Write digits only, for example 8080.")]
    [InlineData("99999999999", "99999999999 is out of range. Write a smaller number, for example 8080.")]
    public void Read_PortIsNoNumber_NamesFieldValueAndRemedy(string typed, string message)
    {
        var draft = new RequestDraft { Services = { new ServiceDraft(), new ServiceDraft { Port = typed } } };

        var error = DraftReader.Read(draft).NotNumbers.ShouldHaveSingleItem();

        error.ShouldBe(new FieldError("services[1].port", typed, message));
    }

    [Fact]
    public void Read_SpacesAround_AreNotPartOfTheValue()
    {
        var draft = new RequestDraft
        {
            Environment = " shop ",
            Cidr = "10.1.0.0/16 ",
            ThrottleRate = " 50 ",
            Services = { new ServiceDraft { Name = "cart ", Image = " nginx", Path = " /cart", HealthPath = "/ " } },
        };

        var specification = DraftReader.Read(draft).Specification;

        specification.Environment.ShouldBe("shop");
        specification.Network.Cidr.ShouldBe("10.1.0.0/16");
        specification.Edge.ThrottleRate.ShouldBe(50);
        specification.Services[0].ShouldBe(new ServiceSpecification { Name = "cart", Image = "nginx", Path = "/cart", HealthPath = "/" });
    }

    [Fact]
    public void Read_AutoMode_HasNothingOfNodesThatTheValidatorWouldRefuse()
    {
        var cluster = DraftReader.Read(new RequestDraft { Mode = ClusterMode.AutoMode, Size = "small" }).Specification.Cluster;

        cluster.ShouldBe(new ClusterSpecification { Mode = ClusterMode.AutoMode, Size = "small" });
        RequestDraft.FromJson("""{"size":"small"}""")!.Mode.ShouldBe(ClusterMode.ManagedNodes, "a draft kept by an older form");
    }

    [Fact]
    public void Read_NegativeNumber_IsPassedOnForTheRangeToBeNamed()
    {
        var reading = DraftReader.Read(new RequestDraft { Services = { new ServiceDraft { Replicas = "-1" } } });

        reading.NotNumbers.ShouldBeEmpty();
        reading.Specification.Services[0].Replicas.ShouldBe(-1);
    }

    [Fact]
    public void ToJson_ThenFromJson_LosesNothing()
    {
        var draft = new RequestDraft
        {
            Environment = "Ünfinished name!",
            Target = "sandbox",
            Cidr = "10.",
            Zones = "3",
            NatGateways = NatGateways.OnePerZone,
            ThrottleRate = "many",
            SuggestedCidr = "10.40.0.0/16",
            Edge = { EarlierVersions = [new VersionDraft { Name = "v0", RouteHash = "0123456789abcdef" }], Clients = [new ClientDraft { Name = "Mobile", MonthlyQuota = "all" }] },
            Services = { new ServiceDraft { Key = 4, Name = "cart", Port = "eighty", Stores = { new StoreDraft { Type = "dynamodb", Name = "carts" } }, Access = { Authentication = RouteAuthentication.Cognito, Routes = [new RouteDraft { Path = "/{id", ThrottleRate = "few" }] } } },
        };

        var read = RequestDraft.FromJson(draft.ToJson());

        read.ShouldNotBeNull().ToJson().ShouldBe(draft.ToJson());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("{\"environment\":\"\\ud83d\"}")]
    [InlineData("{\"services\":7}")]
    public void FromJson_NotADraft_GivesNone(string? json) => RequestDraft.FromJson(json).ShouldBeNull();

    [Fact]
    public void FromJson_Tampered_KeepsWhatAFieldCanHold()
    {
        const string json = """
            {"environment":"sh\u0000op\n","target":null,"class":"Galactic","natGateways":7,"zones":3,"mode":null,"cidr":["10."],
             "services":[null,{"name":"cart\u0000","image":null,"key":"x","port":80}]}
            """;

        var draft = RequestDraft.FromJson(json).ShouldNotBeNull();

        draft.Environment.ShouldBe("shop");
        (draft.Target, draft.Cidr, draft.Zones).ShouldBe(("", "", ""));
        (draft.Class, draft.NatGateways, draft.Mode).ShouldBe((EnvironmentClass.Development, NatGateways.Single, ClusterMode.ManagedNodes));
        var service = draft.Services.ShouldHaveSingleItem();
        (service.Name, service.Image, service.Key, service.Port).ShouldBe(("cart", "", 0, ""));
        RequestDraft.FromJson("{\"services\":null}").ShouldNotBeNull().Services.ShouldBeEmpty();
    }

    [Fact]
    public void FromJson_LongerThanAnyField_IsCut()
    {
        var draft = new RequestDraft { Environment = new string('x', 100_000) };
        draft.Services.AddRange(Enumerable.Range(0, 1000).Select(_ => new ServiceDraft()));

        var read = RequestDraft.FromJson(draft.ToJson()).ShouldNotBeNull();

        read.Environment.Length.ShouldBe(600);
        read.Services.Count.ShouldBe(RequestDraft.MaxServices);
    }

    [Fact]
    public void Read_OfWhatDraftWriterWrote_IsTheSameWithWhatTheFormHasNoFieldFor()
    {
        var shop = Samples.Shop();
        var rich = shop with
        {
            CostCentre = "4711",
            LifetimeDays = 30,
            Network = shop.Network with { InterfaceEndpoints = true },
            Cluster = shop.Cluster with { MinNodes = 1, MaxNodes = 9, NodeSystem = NodeSystem.Bottlerocket, NodeCapacity = NodeCapacity.Spot },
            Edge = StackTemplate.EverythingAtTheEdge,
            Services =
            [
                shop.Services[0] with { Stores = [.. Samples.Stores("aurora-postgresql", new Dictionary<string, string> { ["MaxCapacity"] = "8" }), new StoreSpecification { Type = "dynamodb", Name = "cache" }], Authentication = RouteAuthentication.Oidc, ApiKeyRequired = true, Routes = StackTemplate.SeedsProducts.Routes, ListedRoutesOnly = true, MorePaths = ["/catalogue"], TakesPathOff = true, Cors = StackTemplate.ManyPages },
                shop.Services[1] with { Calls = ["product-service", "cart-service"], Variables = [new Variable("LOG_LEVEL", "info"), new Variable("POOL", "${store.USER_POOL_ID}")] },
                shop.Services[2] with
                {
                    Exposure = Exposure.Internal,
                    Path = "",
                    Runtime = new RuntimeSpecification
                    {
                        Cpu = 250, Memory = 256, MemoryLimit = 1024, MaxReplicas = 5, ScaleAt = 60, Command = ["/bin/run", "it's \"so\""], Arguments = ["--port", "8080"],
                        User = 1000, WritableFolders = ["/tmp", "/var/cache"], LivenessPath = "/live", StartSeconds = 300, GraceSeconds = 60,
                    },
                },
            ],
        };

        var read = DraftReader.Read(DraftWriter.Write(rich), rich);

        read.NotNumbers.ShouldBeEmpty();
        Json(read.Specification).ShouldBe(Json(rich));
    }

    [Fact]
    public void Read_EveryKind_KeepsWhatItHasAndForgetsWhatItHides()
    {
        var works = Samples.Works();
        works = works with { Services = [.. works.Services.Select(service => service.Listens ? service : service with { Exposure = Exposure.Internal })] };
        var draft = DraftWriter.Write(works);
        Json(DraftReader.Read(draft, works).Specification).ShouldBe(Json(works));

        // A service that becomes a worker, with all that stood in the fields it has no more.
        var worker = draft.Services[0];
        (worker.Kind, worker.Port, worker.Path, worker.Access.ApiKeyRequired, worker.Runtime.LivenessPath) = (WorkloadKind.Worker, "none", "/products", true, "/live");
        var report = draft.Services[2];
        (report.Kind, report.Schedule.Cron) = (WorkloadKind.Worker, "nonsense");

        var read = DraftReader.Read(draft, works);

        read.NotNumbers.ShouldBeEmpty();
        Json(read.Specification).ShouldBe(Json(works with
        {
            Services =
            [
                works.Services[0] with { Kind = WorkloadKind.Worker, Path = "", Exposure = Exposure.Internal },
                // Nobody can call it any more.
                works.Services[1] with { Calls = [] },
                works.Services[2] with { Kind = WorkloadKind.Worker, Schedule = null, Calls = [] },
            ],
        }));
    }

    [Fact]
    public void Read_WhatTheFormDoesNotShow_IsNotAskedFor()
    {
        var draft = new RequestDraft
        {
            Mode = ClusterMode.AutoMode,
            NodeSystem = NodeSystem.Bottlerocket,
            NodeCapacity = NodeCapacity.Spot,
            MinNodes = "3",
            MaxNodes = "many",
            Services =
            {
                new ServiceDraft { IsInternal = true, Access = { Authentication = RouteAuthentication.Cognito, ApiKeyRequired = true, Routes = [new RouteDraft { ThrottleRate = "few" }] } },
                new ServiceDraft { Path = "/", Access = { ListedRoutesOnly = true, TakesPathOff = true, CorsMethods = "GET", MaxAge = "long" } },
            },
        };

        var reading = DraftReader.Read(draft);

        reading.NotNumbers.ShouldBeEmpty();
        reading.Specification.Cluster.ShouldBe(new ClusterSpecification { Mode = ClusterMode.AutoMode, Size = "" });
        var hidden = reading.Specification.Services[0];
        (hidden.Authentication, hidden.ApiKeyRequired, hidden.Routes.Count).ShouldBe((RouteAuthentication.None, false, 0));
        var web = reading.Specification.Services[1];
        (web.ListedRoutesOnly, web.TakesPathOff, web.Cors).ShouldBe((false, false, null));
    }

    [Fact]
    public void Read_RouteOfTheServicesOwnPath_MayBeWrittenAsASlash() =>
        DraftReader.Read(new RequestDraft { Services = { new ServiceDraft { Access = { Routes = [new RouteDraft { Path = "/ " }] } } } }).Specification.Services[0].Routes[0].Path.ShouldBe("");

    [Theory]
    [InlineData("v1", "v2")]
    [InlineData("v9", "v10")]
    [InlineData("beta", "beta-2")]
    [InlineData("", "v2")]
    [InlineData("v2", "v4")]
    [InlineData("2026-11-30-release-name9", "2026-11-30-rele10")]
    public void After_Version_IsTheNextThatIsFree(string name, string next) => ApiVersions.After(name, ["v3", "V0"]).ShouldBe(next);

    [Fact]
    public void Read_PortsAndProbes_AreKeptWhileTheyCanBe()
    {
        var ports = Samples.Ports();
        ports = ports with { Services = [.. ports.Services.Take(2), ports.Services[2] with { Exposure = Exposure.Internal }] };
        ports = ports with { Services = [ports.Services[0] with { Files = [new("/etc/app.conf", "a\n\tb\n")] }, .. ports.Services.Skip(1)] };
        var draft = DraftWriter.Write(ports);
        Json(DraftReader.Read(RequestDraft.FromJson(draft.ToJson())!, ports).Specification).ShouldBe(Json(ports));
        draft.Services[0].Files[0].Content = "a\r\n\tb\r\n";
        Json(DraftReader.Read(draft, ports).Specification).ShouldBe(Json(ports));

        // One that becomes public speaks HTTP, whatever it spoke; a scheduled job is asked nothing.
        draft.Services[1].IsInternal = false;
        draft.Services[2].Kind = WorkloadKind.ScheduledJob;
        var read = DraftReader.Read(draft, ports).Specification.Services;
        read[1].Protocol.ShouldBe(PortProtocol.Http);
        read[2].Liveness.ShouldBeNull();
    }

    [Theory]
    [InlineData("", "dynamodb:")]
    [InlineData("dynamodb:", "dynamodb:,dynamodb:table")]
    [InlineData("dynamodb:,dynamodb:table", "dynamodb:,dynamodb:table,dynamodb:table2")]
    [InlineData("dynamodb:table", "dynamodb:table,dynamodb:")]
    public void From_StoreBesideOthers_HasANameOfItsOwn(string before, string after)
    {
        List<StoreDraft> stores = [.. before.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(one => new StoreDraft { Type = one.Split(':')[0], Name = one.Split(':')[1] })];

        stores.Add(ServiceDrafts.From(Samples.Catalog.FindStore("dynamodb")!, new ServiceDraft { Stores = stores }));

        string.Join(',', stores.Select(store => $"{store.Type}:{store.Name}")).ShouldBe(after);
    }

    private static string Json(Specification specification) => System.Text.Json.JsonSerializer.Serialize(specification, Specification.Json);
}
