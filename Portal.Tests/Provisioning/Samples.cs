using Portal.Core.Approvals;
using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Tests.Provisioning;

/// <summary>The seed's example, and the templates of this repository.</summary>
internal static class Samples
{
    private static readonly string Folder = TemplateSet.Locate(null);

    public static TemplateSet Templates { get; } = TemplateSet.Read(Folder);

    public static ServiceCatalog Catalog { get; } = CatalogReader.Read(Path.Combine(Folder, "catalog"));

    public static ApprovalPolicy Approvals { get; } = ApprovalFile.Read(Path.Combine(Folder, "catalog"));

    public static PlanBuilder Plans { get; } = new(Templates, Catalog, new CostEstimator(Catalog));

    public static PlanTarget Target { get; } = new("sandbox", "000000000000", "us-east-1", "0.0.0.0/0", "Engineer");

    public static Specification Shop(string environment = "shop-staging", string cidr = "10.40.0.0/16") => new()
    {
        Environment = environment,
        Target = Target.Name,
        Network = new NetworkSpecification { Cidr = cidr },
        Services = [.. Catalog.Services.Where(service => service.Id != "blank").Select(service => new ServiceSpecification
        {
            Name = service.Name,
            Image = service.Image,
            Port = service.Port,
            Path = service.Path,
            Replicas = service.Replicas,
            HealthPath = service.HealthPath,
            Stores = Stores(service.DataStore),
        })],
    };

    /// <summary>A service with a job before its rollouts, a worker and a scheduled job.</summary>
    public static Specification Works(string environment = "works") => new()
    {
        Environment = environment,
        Target = Target.Name,
        Services =
        [
            new() { Name = "products", Image = "ghcr.io/shop/products:1.8", Path = "/products", BeforeRollout = new() { Command = ["/app/migrate"], Retries = 1 } },
            new() { Name = "mailer", Image = "ghcr.io/shop/mailer:1.0", Path = "", Kind = WorkloadKind.Worker, Calls = ["products"], Replicas = 1 },
            new() { Name = "report", Image = "ghcr.io/shop/report:1.0", Path = "", Kind = WorkloadKind.ScheduledJob, Calls = ["products"], Schedule = new() { Cron = "* * * * *", TimeZone = "Europe/Berlin", Overlap = OverlapPolicy.Replace } },
        ],
    };

    /// <summary>As the class production demands it: nothing of it is open to everybody.</summary>
    public static Specification InProduction(Specification shop) => shop with
    {
        Class = EnvironmentClass.Production,
        Cluster = shop.Cluster with { EndpointCidrs = ["203.0.113.0/24"] },
        Services = [.. shop.Services.Select(service => service with { ApiKeyRequired = true, Routes = [.. service.Routes.Select(route => route with { ApiKeyRequired = true })] })],
    };

    /// <summary>One store without a name; none for "none" and nothing at all.</summary>
    public static IReadOnlyList<StoreSpecification> Stores(string type, IReadOnlyDictionary<string, string>? options = null) =>
        type is "" or "none" ? [] : [new StoreSpecification { Type = type, Options = options ?? new Dictionary<string, string>() }];

    /// <summary>A service reached at another port than its container's, a gRPC service with a second port, and a worker that is asked by a command.</summary>
    public static Specification Ports() => new()
    {
        Environment = "ports",
        Target = Target.Name,
        Services =
        [
            new() { Name = "web", Image = "web:1", Path = "/web", Port = 8080, ServicePort = 80, Calls = ["rates"], Variables = [new("RATES", "${service.rates.address}"), new("METRICS", "${service.rates.metrics.url}")] },
            new()
            {
                Name = "rates", Image = "rates:1", Path = "", Exposure = Exposure.Internal, Port = 50_051, ServicePort = 80, Protocol = PortProtocol.Grpc,
                Ports = [new() { Name = "metrics", Port = 900, ServicePort = 9_090 }], Start = new() { Kind = ProbeKind.Tcp }, Liveness = new() { Path = "/live", Port = "metrics" },
            },
            new() { Name = "mailer", Image = "mailer:1", Path = "", Kind = WorkloadKind.Worker, Replicas = 1, Liveness = new() { Kind = ProbeKind.Command, Command = ["/app/healthy", "-q"] } },
        ],
    };

    /// <summary>The shop as it comes up: the named steps in their states, begun at <paramref name="start"/>, the others waiting.</summary>
    public static EnvironmentSnapshot Snapshot(DateTimeOffset start, params (string Name, StepState State)[] changed)
    {
        var specification = Shop();
        var plan = Plans.Build(specification, Target).Plan;
        var states = changed.ToDictionary(item => item.Name, item => item.State);
        var failure = new Failure("stack_failed", "Aurora failed.", "quota of DB clusters reached (40)");
        return new EnvironmentSnapshot
        {
            Environment = Environment(),
            Target = new TargetInfo(plan.Target, "000000000000", plan.Region, Pace: 60, FrontDoorUrl: null),
            Specification = specification,
            Request = new RequestInfo { Id = Guid.Empty, Number = 1, SpecificationVersion = 1, State = RequestState.Approved, RequestedById = "e", RequestedByName = "E", SubmittedAt = start, PlanHash = plan.Hash },
            Plan = plan,
            Steps = [.. plan.Steps.Select((step, ordinal) =>
            {
                var state = states.GetValueOrDefault(step.Name, StepState.Pending);
                return new StepInfo
                {
                    Name = step.Name, Ordinal = ordinal, Title = step.Title, State = state,
                    ExpectedSeconds = step.Expected.Typical, StartedAt = state == StepState.Pending ? null : start, Failure = state == StepState.Failed ? failure : null,
                };
            })],
        };
    }

    /// <summary>As many pods as each service asks for, all ready.</summary>
    public static IReadOnlyList<ResourceInfo> Pods(Specification specification, DateTimeOffset at) =>
    [
        .. specification.Services.SelectMany(service => Enumerable.Range(1, service.Replicas).Select(number => new ResourceInfo
        {
            Step = StepNames.Service(service.Name), Type = "Kubernetes::Pod", Name = $"{specification.Environment}/{service.Name}-{number}", State = "Running", Ready = true, ChangedAt = at,
        })),
    ];

    public static EnvironmentInfo Environment(long lastEvent = 0, long? revision = null) => new()
    {
        Id = Guid.Empty,
        Name = "shop-staging",
        State = EnvironmentState.Provisioning,
        OwnerId = "e",
        OwnerName = "E",
        Cidr = "10.40.0.0/16",
        LastEvent = lastEvent,
        Revision = revision ?? lastEvent,
    };
}
