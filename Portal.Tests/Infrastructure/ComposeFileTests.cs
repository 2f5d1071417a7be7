using System.Reflection;
using Npgsql;
using Portal.Emulator;
using Portal.Infrastructure.SignIn;
using Portal.Tests.Fixtures;
using Portal.Worker.Aws;
using Portal.Worker.Helm;
using Portal.Worker.Steps;
using YamlDotNet.RepresentationModel;

namespace Portal.Tests.Infrastructure;

/// <summary>No container engine is needed to see that the compose file still speaks of the programs as they are.</summary>
public sealed class ComposeFileTests
{
    private static readonly YamlMappingNode s_services = Load();

    /// <summary>What the programs read without an options class.</summary>
    private static readonly HashSet<string> s_plainKeys = new(StringComparer.Ordinal)
    {
        "ConnectionStrings:Portal", "ConnectionStrings:Migrations",
        "Portal:Targets:0:Name", "Portal:Targets:0:AccountId", "Portal:Targets:0:Region", "Portal:Targets:0:EndpointUrl", "Portal:Targets:0:FrontDoorUrl",
        "Portal:Targets:0:Pace",
    };

    private static readonly (string Section, Type Options)[] s_options =
    [
        (EmulatorOptions.Section, typeof(EmulatorOptions)),
        (SignInOptions.Section, typeof(SignInOptions)),
        (WorkerAwsOptions.Section, typeof(WorkerAwsOptions)),
        (WorkerHelmOptions.Section, typeof(WorkerHelmOptions)),
        (ChartOptions.Section, typeof(ChartOptions)),
    ];

    [Fact]
    public void Services_AreTheProgramsAndTheirDatabase() =>
        s_services.Children.Keys.Select(key => key.ToString()).Order(StringComparer.Ordinal).ShouldBe(["account", "database", "emulator", "portal", "postgres", "worker"]);

    [Theory]
    [InlineData("portal")]
    [InlineData("worker")]
    [InlineData("database")]
    [InlineData("emulator")]
    public void Environment_EveryName_IsOneThatTheProgramReads(string service)
    {
        foreach (var name in Environment(service).Keys)
            IsRead(name.Replace("__", ":", StringComparison.Ordinal)).ShouldBeTrue($"{service} is given {name}, which nothing reads");
    }

    [Theory]
    [InlineData("portal", "Portal")]
    [InlineData("worker", "Portal.Worker")]
    [InlineData("emulator", "Portal.Emulator")]
    public void Dockerfile_OfAService_ExposesItsPortsAndIsNotRoot(string service, string project)
    {
        var lines = File.ReadAllLines(Path.Combine(ProgramUnderTest.RepositoryRoot, project, "Dockerfile"));
        Service(service)["build"]["dockerfile"].ToString().ShouldBe($"{project}/Dockerfile");
        var exposed = lines.Single(line => line.StartsWith("EXPOSE ", StringComparison.Ordinal))["EXPOSE ".Length..].Split(' ');

        foreach (var port in Ports(service))
            exposed.ShouldContain(port.Split(':')[^1]);
        lines.ShouldContain("USER $APP_UID");
        lines[^1].ShouldBe($"ENTRYPOINT [\"dotnet\", \"{project}.dll\"]");
    }

    [Fact]
    public void Ports_OfEveryService_ArePublishedOnLoopbackOnly() =>
        s_services.Children.Keys.SelectMany(service => Ports(service.ToString()))
            .ShouldAllBe(port => port.StartsWith("127.0.0.1:", StringComparison.Ordinal));

    [Fact]
    public void EmulatorPorts_AreThoseOfItsAddressesAndItsDefaults()
    {
        var environment = Environment("emulator");
        var defaults = new EmulatorOptions();
        string[] urls = [environment["Emulator__Url"], environment["Emulator__KubernetesUrl"]];

        urls.Select(url => new Uri(url).Port).ShouldBe([new Uri(defaults.Url).Port, new Uri(defaults.KubernetesUrl).Port]);
        Ports("emulator").ShouldBe(urls.Select(url => $"127.0.0.1:{new Uri(url).Port}:{new Uri(url).Port}"));
        Environment("portal")["Portal__Targets__0__EndpointUrl"].ShouldBe(environment["Emulator__Url"]);
        Environment("portal")["Portal__Targets__0__FrontDoorUrl"].ShouldBe($"http://{Ports("emulator")[0][..^5]}/_emulator/apis/{{api}}");
        Environment("worker")["Worker__Charts__LoadBalancerController__Repository"].ShouldBe(environment["Emulator__Url"] + "/_emulator/charts");
        Environment("worker")["Worker__Charts__ClusterAutoscaler__Repository"].ShouldBe(environment["Emulator__Url"] + "/_emulator/charts");
    }

    [Fact]
    public void Keys_OfWorkerAndEmulator_Match()
    {
        Environment("worker")["Worker__Aws__AccessKeyId"].ShouldBe(Environment("emulator")["Emulator__AccessKeyId"]);
        Environment("worker")["Worker__Aws__SecretAccessKey"].ShouldBe(Environment("emulator")["Emulator__SecretAccessKey"]);
    }

    [Fact]
    public void EveryService_HasAHealthCheckOrRunsOnce() =>
        s_services.Children.Where(service => !((YamlMappingNode)service.Value).Children.ContainsKey("healthcheck")).Select(service => service.Key.ToString()).ShouldBe(["account", "database"], ignoreOrder: true);

    /// <summary>Without it the target has neither bucket nor queue: templates above 51,200 bytes are refused, and changes are seen by polling only.</summary>
    [Fact]
    public void Account_IsPreparedOnceBeforeThePortalStarts()
    {
        var (prepares, portal) = (Environment("account"), Environment("portal"));

        (prepares["ENDPOINT_URL"], prepares["ACCOUNT_ID"], prepares["REGION"]).ShouldBe((portal["Portal__Targets__0__EndpointUrl"], portal["Portal__Targets__0__AccountId"], portal["Portal__Targets__0__Region"]));
        (prepares["ACCESS_KEY_ID"], prepares["SECRET_ACCESS_KEY"]).ShouldBe((Environment("emulator")["Emulator__AccessKeyId"], Environment("emulator")["Emulator__SecretAccessKey"]));
        Service("account")["image"].ShouldBe(Service("emulator")["image"]);
        Service("portal")["depends_on"]["account"]["condition"].ToString().ShouldBe("service_completed_successfully");
        Service("portal")["entrypoint"][2].ToString().ShouldContain(Service("account")["entrypoint"][2].ToString());
        var script = File.ReadAllText(Path.Combine(ProgramUnderTest.RepositoryRoot, "tools", "containers", "prepare-account"));
        foreach (var setting in new[] { "TemplateBucket", "EventQueue" })
            script.ShouldContain($"Portal__Targets__0__{setting}=$(output {setting} ");
    }

    /// <summary>A role that may change the audit trail is known to what ends, and to nothing that goes on running.</summary>
    [Fact]
    public void Database_IsMigratedOnceByItsOwner_WhomNobodyElseKnows()
    {
        var (migrates, postgres) = (Environment("database"), Environment("postgres"));

        var owner = new NpgsqlConnectionStringBuilder(migrates["ConnectionStrings__Migrations"]);
        (owner.Username, owner.Password, owner.Database).ShouldBe((postgres["POSTGRES_USER"], postgres["POSTGRES_PASSWORD"], postgres["POSTGRES_DB"]));
        (Service("database")["image"], Service("database")["entrypoint"][2].ToString()).ShouldBe((Service("portal")["image"], "migrate"));
        foreach (var service in (string[])["portal", "worker"])
        {
            Environment(service)["ConnectionStrings__Portal"].ShouldBe(migrates["ConnectionStrings__Portal"]);
            Environment(service).Values.ShouldNotContain(value => value.Contains(owner.Password!, StringComparison.Ordinal));
            Service(service)["depends_on"]["database"]["condition"].ToString().ShouldBe("service_completed_successfully");
        }
    }

    private static bool IsRead(string key) => s_plainKeys.Contains(key)
        || Array.Exists(s_options, options => key.StartsWith(options.Section + ":", StringComparison.Ordinal) && Reaches(options.Options, key[(options.Section.Length + 1)..].Split(':')));

    private static bool Reaches(Type options, string[] path)
    {
        PropertyInfo? property = null;
        foreach (var name in path)
        {
            property = (property?.PropertyType ?? options).GetProperty(name);
            if (property is null)
                return false;
        }

        return property is not null;
    }

    private static YamlMappingNode Service(string name) => (YamlMappingNode)s_services[name];

    private static Dictionary<string, string> Environment(string service) =>
        ((YamlMappingNode)Service(service)["environment"]).Children.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value.ToString(), StringComparer.Ordinal);

    private static string[] Ports(string service) =>
        Service(service).Children.TryGetValue("ports", out var ports) ? [.. ((YamlSequenceNode)ports).Select(port => port.ToString())] : [];

    private static YamlMappingNode Load()
    {
        using var reader = File.OpenText(Path.Combine(ProgramUnderTest.RepositoryRoot, "docker-compose.yml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode["services"];
    }
}
