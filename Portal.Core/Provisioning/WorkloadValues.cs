using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>
/// A service as values of the chart microservice, whatever its kind. What is as the chart has it is not said: plans that say nothing of it stay
/// what they were. Pure.
/// </summary>
/// <param name="region">Where the environment is.</param>
/// <param name="storePorts">Ports of its stores within the network.</param>
public sealed class WorkloadValues(Specification specification, ServiceSpecification service, ServiceSettings settings, string region, JsonArray storePorts)
{
    // The chart's words for what a release runs.
    public const string Service = "service";
    public const string Worker = "worker";
    public const string Schedule = "schedule";
    public const string Job = "job";

    internal const string Kind = "kind";

    private static readonly RuntimeSpecification s_usual = new();

    /// <summary>What the release runs; null where it is not one of a service.</summary>
    public static string? KindOf(PlannedStep step) => step is { Kind: StepKind.Release, Service: not null } ? step.Values?[Kind]?.GetValue<string>() ?? Service : null;

    /// <summary>How long a run of the step's job may take.</summary>
    public static TimeSpan TimeLimitOf(PlannedStep step) => TimeSpan.FromSeconds(step.Values!["job"]!["timeLimitSeconds"]!.GetValue<int>());

    /// <summary>How often the step's job is tried again.</summary>
    public static int RetriesOf(PlannedStep step) => step.Values!["job"]!["retries"]!.GetValue<int>();

    public JsonObject Of()
    {
        var values = Common(service.Name);
        if (service.Listens)
        {
            values["port"] = service.Port;
            values["healthPath"] = service.HealthPath;
            Ports(values);
        }

        if (Probes() is { Count: > 0 } probes)
            values["probes"] = probes;

        if (service.RunsAlways)
            values["replicas"] = service.Replicas;
        if (service.Kind == WorkloadKind.Worker)
            values[Kind] = Worker;
        if (service is { Kind: WorkloadKind.ScheduledJob, Schedule: { } schedule })
        {
            values[Kind] = Schedule;
            values["schedule"] = new JsonObject
            {
                ["cron"] = schedule.Cron,
                ["timeZone"] = schedule.TimeZone,
                ["concurrency"] = schedule.Overlap switch { OverlapPolicy.Allow => "Allow", OverlapPolicy.Replace => "Replace", _ => "Forbid" },
                ["startWithinSeconds"] = schedule.StartWithinSeconds,
            };
            values["job"] = JobValues(schedule.Retries, schedule.TimeLimitSeconds);
        }

        var runtime = service.Runtime;
        if (runtime.MaxReplicas is not null || runtime.ScaleAt != s_usual.ScaleAt)
            values["autoscaling"] = new JsonObject { ["enabled"] = true, ["maxReplicas"] = runtime.MaxReplicas ?? 0, ["targetCpuPercent"] = runtime.ScaleAt };
        Words(values, runtime.Command, runtime.Arguments);
        if (runtime.LivenessPath.Length > 0)
            values["livenessPath"] = runtime.LivenessPath;
        if (runtime.StartSeconds != s_usual.StartSeconds)
            values["startSeconds"] = runtime.StartSeconds;
        values["network"] = Network(Callers());
        return values;
    }

    /// <summary>The job before the service's rollout: the same image, variables, rights and way out, and nobody calls it.</summary>
    public JsonObject Before(RolloutJobSpecification job)
    {
        var values = Common(StepNames.BeforeRelease(service.Name));
        values["path"] = "";
        values[Kind] = Job;
        values["job"] = JobValues(job.Retries, job.TimeLimitSeconds);
        Words(values, job.Command, job.Arguments);
        values["network"] = Network([]);
        return values;
    }

    private JsonObject Common(string name)
    {
        var values = new JsonObject
        {
            ["name"] = name,
            ["image"] = service.Image,
            ["path"] = service.Path,
            ["serviceAccountName"] = name,
            ["settings"] = settings.Values(region),
        };
        if (settings.Files(region) is { Count: > 0 } files)
            values["files"] = files;
        if (settings.Secrets(region) is { } secrets)
            values[SecretValues.Secrets] = secrets;
        var runtime = service.Runtime;
        if ((runtime.Cpu, runtime.Memory, runtime.MemoryLimit) != (s_usual.Cpu, s_usual.Memory, s_usual.MemoryLimit))
        {
            values["resources"] = new JsonObject
            {
                ["requests"] = new JsonObject { ["cpu"] = $"{Text(runtime.Cpu)}m", ["memory"] = $"{Text(runtime.Memory)}Mi" },
                ["limits"] = new JsonObject { ["memory"] = $"{Text(runtime.MemoryLimit)}Mi" },
            };
        }

        if (runtime.User != s_usual.User)
            values["runAsUser"] = runtime.User;
        if (!runtime.WritableFolders.SequenceEqual(s_usual.WritableFolders))
            values["writableDirectories"] = new JsonArray([.. runtime.WritableFolders.Select(folder => (JsonNode)folder)]);
        if (runtime.GraceSeconds != s_usual.GraceSeconds)
            values["graceSeconds"] = runtime.GraceSeconds;
        return values;
    }

    // Where EKS chooses the Services' range it is one of two, and DNS has its tenth address. In Auto Mode no pod answers there
    // that a rule could select: DNS is a part of the node (aws/containers-roadmap#2552).
    internal static JsonObject Reach(Specification specification, JsonArray storePorts)
    {
        var network = new JsonObject { ["cidrs"] = new JsonArray(specification.Network.Cidr) };
        if (storePorts.Count > 0)
            network["storePorts"] = storePorts.DeepClone();
        if (specification.Cluster.Mode == ClusterMode.AutoMode)
            network["dns"] = new JsonArray("172.20.0.10", "10.100.0.10");
        return network;
    }

    private JsonObject Network(IReadOnlyList<string> callers)
    {
        var network = Reach(specification, storePorts);
        if (specification.OpenCalls)
        {
            network["openCalls"] = true;
            return network;
        }

        // Both ends have to let it pass.
        if (callers.Count > 0)
            network["callers"] = new JsonArray([.. callers.Select(name => (JsonNode)name)]);
        if (settings.Callees.Any())
            network["callees"] = new JsonArray([.. settings.Callees.Select(callee => (JsonNode)Callee(callee))]);
        return network;
    }

    private static JsonObject Callee(ServiceSpecification callee)
    {
        var values = new JsonObject { ["name"] = callee.Name, ["port"] = callee.Port };
        int[] more = [.. callee.Ports.SelectMany(port => (int[])[port.Port, port.ServicePort ?? port.Port]).Prepend(callee.ReachedAt).Where(port => port != callee.Port).Distinct()];
        if (more.Length > 0)
            values["ports"] = new JsonArray([.. more.Select(port => (JsonNode)port)]);
        return values;
    }

    private void Ports(JsonObject values)
    {
        if (service.Protocol != PortProtocol.Http)
            values["protocol"] = Word(service.Protocol);
        if (service.ReachedAt != service.Port)
            values["servicePort"] = service.ReachedAt;
        if (service.Ports.Count > 0)
        {
            values["ports"] = new JsonArray([.. service.Ports.Select(port => (JsonNode)new JsonObject
            {
                ["name"] = port.Name,
                ["port"] = port.Port,
                ["servicePort"] = port.ServicePort ?? 0,
                ["protocol"] = Word(port.Protocol),
            })]);
        }
    }

    private JsonObject Probes()
    {
        var probes = new JsonObject();
        foreach (var (name, probe) in new[] { ("startup", service.Start), ("readiness", service.Readiness), ("liveness", service.Liveness) })
        {
            if (probe is not null)
                probes[name] = Handler(probe);
        }

        return probes;
    }

    private JsonObject Handler(ProbeSpecification probe)
    {
        var port = service.Ports.FirstOrDefault(one => one.Name == probe.Port);
        var name = port?.Name ?? Word(service.Protocol);
        return probe.Kind switch
        {
            ProbeKind.Command => new JsonObject { ["exec"] = new JsonObject { ["command"] = new JsonArray([.. probe.Command.Select(word => (JsonNode)word)]) } },
            // Kubernetes takes a number here, and no name.
            ProbeKind.Grpc => new JsonObject { ["grpc"] = new JsonObject { ["port"] = port?.Port ?? service.Port } },
            ProbeKind.Tcp => new JsonObject { ["tcpSocket"] = new JsonObject { ["port"] = name } },
            _ => new JsonObject { ["httpGet"] = new JsonObject { ["path"] = probe.Path, ["port"] = name } },
        };
    }

    private static string Word(PortProtocol protocol) => protocol switch { PortProtocol.Grpc => "grpc", PortProtocol.Tcp => "tcp", _ => "http" };

    /// <summary>Names of those who call it, their jobs included.</summary>
    private List<string> Callers() =>
    [
        .. specification.Services.Where(other => other.Name != service.Name && other.Calls.Contains(service.Name))
            .SelectMany(other => other.BeforeRollout is null ? [other.Name] : (string[])[other.Name, StepNames.BeforeRelease(other.Name)]),
    ];

    internal static JsonObject JobValues(int retries, int timeLimitSeconds) => new() { ["retries"] = retries, ["timeLimitSeconds"] = timeLimitSeconds };

    private static void Words(JsonObject values, IReadOnlyList<string> command, IReadOnlyList<string> arguments)
    {
        if (command.Count > 0)
            values["command"] = new JsonArray([.. command.Select(word => (JsonNode)word)]);
        if (arguments.Count > 0)
            values["args"] = new JsonArray([.. arguments.Select(word => (JsonNode)word)]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
