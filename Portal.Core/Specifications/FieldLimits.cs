namespace Portal.Core.Specifications;

/// <summary>
/// How long a text may be and what a number may be, by the field's path without an index (<c>services.port</c>):
/// what <see cref="SpecificationValidator"/> refuses and what the form's fields take, from one source.
/// </summary>
public static class FieldLimits
{
    /// <summary>A load balancer's name has 32 characters at most and ours ends in <c>-alb</c> (elbv2 CreateLoadBalancer).</summary>
    public const int EnvironmentName = 28;

    /// <summary>Helm keeps a release name to 53 characters; the store's and pod's names add to it.</summary>
    public const int ServiceName = 40;

    /// <summary>API Gateway takes 128 characters, but the load balancer's rules take stage and path together, in a pattern of 128 at most.</summary>
    public const int Stage = 24;

    /// <inheritdoc cref="Stage"/>
    public const int Path = 100;

    public const int Image = 512;

    /// <summary>Of a service: IAM attaches ten policies to a role, and each store has one.</summary>
    public const int Stores = 8;

    public const int StoreName = 16;

    /// <summary>A number, or one of the catalogue's choices.</summary>
    public const int StoreOption = 32;

    /// <summary>Of a service.</summary>
    public const int Files = 8;

    /// <summary>Characters of a file.</summary>
    public const int FileContent = 8_000;

    /// <summary>Characters of the files of all services together: a draft has to pass between browser and portal in one message.</summary>
    public const int AllFiles = 24_000;

    /// <summary>Of a service, secrets and parameters together, and of all their names: one policy names them, which has 6,144 characters at most (IAM).</summary>
    public const int Secrets = 30;

    /// <inheritdoc cref="Secrets"/>
    public const int AllSecretNames = 2_500;

    /// <summary>KMS keys of a service's secrets.</summary>
    public const int SecretKeys = 5;

    /// <summary>The reference to what an image is pulled with: an ARN of a parameter is the longest.</summary>
    public const int PullSecret = 1_100;

    public const int PortName = 15;

    public const int VariableName = 128;

    public const int VariableValue = 512;

    /// <summary>Of all services together: a draft has to pass between browser and portal in one message.</summary>
    public const int Variables = 200;

    /// <summary>255.255.255.255/32.</summary>
    public const int Cidr = 18;

    /// <summary>Of a tag's value (CloudFormation).</summary>
    public const int CostCentre = 256;

    /// <summary>Of a host name in DNS.</summary>
    public const int DomainName = 253;

    /// <summary>Of all blocks together.</summary>
    public const int EndpointCidrs = 500;

    public const int CertificateArn = 256;

    /// <summary>Of a hosted zone's id (Route 53).</summary>
    public const int HostedZoneId = 32;

    public const int Issuer = 256;

    public const int Audience = 256;

    public const int ClientName = 40;

    /// <summary>Of all paths beside the first, and of all origins or headers, together.</summary>
    public const int Words = 500;

    /// <summary>A day, which is what the most patient browser keeps to.</summary>
    public static NumberRange CorsMaxAge { get; } = new(0, 86_400, "seconds");

    public static NumberRange MonthlyQuota { get; } = new(1, int.MaxValue, "requests a month");

    /// <summary>Of one managed node group (EKS quotas).</summary>
    public static NumberRange Nodes { get; } = new(1, 450, "nodes");

    public static NumberRange ThrottleRate { get; } = new(1, 10_000, "requests a second");

    public static NumberRange ThrottleBurst { get; } = new(1, 5_000, "requests at once");

    public static NumberRange Port { get; } = new(1, 65_535);

    public static NumberRange LifetimeDays { get; } = new(1, 366, "days");

    public static NumberRange Pods { get; } = new(1, 100, "pods");

    public static NumberRange Cpu { get; } = new(10, 16_000, "thousandths of a CPU");

    public static NumberRange Memory { get; } = new(16, 65_536, "MiB");

    /// <summary>As many as the chart's autoscaler takes.</summary>
    public static NumberRange MostPods { get; } = new(1, 300, "pods");

    public static NumberRange ScaleAt { get; } = new(10, 100, "%");

    public static NumberRange User { get; } = new(1, 65_535);

    public static NumberRange StartSeconds { get; } = new(3, 1_800, "seconds");

    /// <summary>The load balancer needs fifteen of them to let go of a pod.</summary>
    public static NumberRange GraceSeconds { get; } = new(20, 600, "seconds");

    public static NumberRange StartWithinSeconds { get; } = new(10, 86_400, "seconds");

    public static NumberRange ScheduledSeconds { get; } = new(10, 86_400, "seconds");

    /// <summary>A step has an hour, of which a retry of helm's own needs some.</summary>
    public static NumberRange RolloutSeconds { get; } = new(10, 3_000, "seconds");

    public static NumberRange Retries { get; } = new(0, 10, "retries");

    public const int Cron = 100;

    public const int TimeZone = 64;

    /// <summary>Of a command with its words, and of all writable folders.</summary>
    public const int CommandLine = 500;

    private static readonly Dictionary<string, int> s_lengths = new(StringComparer.Ordinal)
    {
        ["environment"] = EnvironmentName,
        ["network.cidr"] = Cidr,
        ["edge.stage"] = Stage,
        ["costCentre"] = CostCentre,
        ["cluster.endpointCidrs"] = EndpointCidrs,
        ["edge.earlierStages.name"] = Stage,
        ["edge.clients.name"] = ClientName,
        ["edge.domainName"] = DomainName,
        ["edge.certificateArn"] = CertificateArn,
        ["edge.hostedZoneId"] = HostedZoneId,
        ["edge.oidc.issuer"] = Issuer,
        ["edge.oidc.audience"] = Audience,
        ["edge.loadBalancer.certificateArn"] = CertificateArn,
        ["edge.loadBalancer.serverName"] = DomainName,
        ["services.routes.path"] = Path,
        ["services.morePaths"] = Words,
        ["services.cors.origins"] = Words,
        ["services.cors.methods"] = Words,
        ["services.cors.headers"] = Words,
        ["services.name"] = ServiceName,
        ["services.image"] = Image,
        ["services.path"] = Path,
        ["services.healthPath"] = Path,
        ["services.runtime.livenessPath"] = Path,
        ["services.runtime.command"] = CommandLine,
        ["services.runtime.arguments"] = CommandLine,
        ["services.runtime.writableFolders"] = CommandLine,
        ["services.ports.name"] = PortName,
        ["services.files.path"] = Path,
        ["services.files.content"] = FileContent,
        ["services.start.path"] = Path,
        ["services.start.port"] = PortName,
        ["services.start.command"] = CommandLine,
        ["services.readiness.path"] = Path,
        ["services.readiness.port"] = PortName,
        ["services.readiness.command"] = CommandLine,
        ["services.liveness.path"] = Path,
        ["services.liveness.port"] = PortName,
        ["services.liveness.command"] = CommandLine,
        ["services.schedule.cron"] = Cron,
        ["services.schedule.timeZone"] = TimeZone,
        ["services.beforeRollout.command"] = CommandLine,
        ["services.beforeRollout.arguments"] = CommandLine,
        ["services.stores.name"] = StoreName,
        ["services.sharedStores.name"] = StoreName,
        ["services.secretKeys"] = Words,
        ["services.pullSecret"] = PullSecret,
        ["services.variables.name"] = VariableName,
        ["services.variables.value"] = VariableValue,
    };

    private static readonly Dictionary<string, NumberRange> s_ranges = new(StringComparer.Ordinal)
    {
        ["edge.throttleRate"] = ThrottleRate,
        ["edge.throttleBurst"] = ThrottleBurst,
        ["edge.clients.monthlyQuota"] = MonthlyQuota,
        ["edge.clients.throttleRate"] = ThrottleRate,
        ["edge.clients.throttleBurst"] = ThrottleBurst,
        ["cluster.minNodes"] = Nodes,
        ["cluster.maxNodes"] = Nodes,
        ["services.cors.maxAge"] = CorsMaxAge,
        ["services.routes.throttleRate"] = ThrottleRate,
        ["services.routes.throttleBurst"] = ThrottleBurst,
        ["services.port"] = Port,
        ["services.servicePort"] = Port,
        ["services.ports.port"] = Port,
        ["services.ports.servicePort"] = Port,
        ["services.replicas"] = Pods,
        ["services.runtime.cpu"] = Cpu,
        ["services.runtime.memory"] = Memory,
        ["services.runtime.memoryLimit"] = Memory,
        ["services.runtime.maxReplicas"] = MostPods,
        ["services.runtime.scaleAt"] = ScaleAt,
        ["services.runtime.user"] = User,
        ["services.runtime.startSeconds"] = StartSeconds,
        ["services.runtime.graceSeconds"] = GraceSeconds,
        ["services.schedule.startWithinSeconds"] = StartWithinSeconds,
        ["services.schedule.timeLimitSeconds"] = ScheduledSeconds,
        ["services.schedule.retries"] = Retries,
        ["services.beforeRollout.timeLimitSeconds"] = RolloutSeconds,
        ["services.beforeRollout.retries"] = Retries,
    };

    /// <exception cref="KeyNotFoundException">The field is not a text.</exception>
    public static int LengthOf(string field) => field.StartsWith("services.stores.options.", StringComparison.Ordinal) ? StoreOption : s_lengths[field];

    /// <exception cref="KeyNotFoundException">The field is not a number.</exception>
    public static NumberRange RangeOf(string field) => s_ranges[field];
}

/// <param name="Unit">For people; empty for a bare number.</param>
public sealed record NumberRange(int Low, int High, string Unit = "")
{
    /// <summary>"1 to 100 pods".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Low} to {High} {Unit}").TrimEnd();
}
