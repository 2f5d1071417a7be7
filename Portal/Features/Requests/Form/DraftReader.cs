using System.Globalization;
using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <param name="Specification">With the default in place of every number that is none, so that all the rest can be judged.</param>
/// <param name="NotNumbers">The fields that hold no number.</param>
public sealed record DraftReading(Specification Specification, IReadOnlyList<FieldError> NotNumbers);

/// <summary>What was typed → what is asked for. Pure.</summary>
public static class DraftReader
{
    private static readonly ServiceSpecification s_service = new() { Name = "", Image = "", Path = "" };

    /// <param name="basis">What the environment is that the draft changes: what the form has no field for stays as it is there. Null for a new one.</param>
    public static DraftReading Read(RequestDraft draft, Specification? basis = null)
    {
        var errors = new List<FieldError>();
        var before = basis ?? new Specification { Environment = "", Target = "" };
        var specification = before with
        {
            Environment = draft.Environment.Trim(),
            Target = draft.Target,
            Class = draft.Class,
            CostCentre = draft.CostCentre.Trim(),
            LifetimeDays = draft.LifetimeDays.Length == 0 ? null : Number("lifetimeDays", draft.LifetimeDays, 1, errors),
            Network = before.Network with
            {
                Cidr = draft.Cidr.Trim(),
                Zones = Number("network.zones", draft.Zones, 2, errors),
                NatGateways = draft.NatGateways,
                InterfaceEndpoints = draft.InterfaceEndpoints,
            },
            Edge = draft.Edge.Read(draft, before.Edge, errors),
            Cluster = Cluster(draft, errors),
            OpenCalls = draft.OpenCalls,
            Services = [.. draft.Services.Select((service, index) => Service(draft, service, index, before.Services.FirstOrDefault(one => one.Name == service.Name.Trim()), errors))],
        };
        return new DraftReading(specification, errors);
    }

    // What AWS decides by itself in Auto Mode has no field there, and nobody asks for it.
    private static ClusterSpecification Cluster(RequestDraft draft, List<FieldError> errors)
    {
        var cluster = new ClusterSpecification
        {
            Mode = draft.Mode,
            Size = draft.Size,
            KubernetesVersion = draft.KubernetesVersion.Trim(),
            EndpointCidrs = AccessDraft.Words(draft.EndpointCidrs),
        };
        return draft.Mode == ClusterMode.AutoMode ? cluster : cluster with
        {
            NodeSystem = draft.NodeSystem,
            NodeCapacity = draft.NodeCapacity,
            MinNodes = OptionalNumber("cluster.minNodes", draft.MinNodes, 2, errors),
            MaxNodes = OptionalNumber("cluster.maxNodes", draft.MaxNodes, 4, errors),
        };
    }

    // A service that gets another name is another service.
    private static ServiceSpecification Service(RequestDraft draft, ServiceDraft service, int index, ServiceSpecification? before, List<FieldError> errors)
    {
        var basis = before ?? s_service;
        // What the form does not show of it, nobody asks for.
        var listens = service.Kind == WorkloadKind.Service;
        var runsAlways = service.Kind != WorkloadKind.ScheduledJob;
        var isInternal = service.IsInternal || !listens;
        var read = basis with
        {
            Name = service.Name.Trim(),
            Image = service.Image.Trim(),
            Kind = service.Kind,
            Schedule = runsAlways ? null : service.Schedule.Read($"services[{index}].schedule", errors),
            BeforeRollout = runsAlways && service.Job.IsWanted ? service.Job.Read($"services[{index}].beforeRollout", errors) : null,
            ServicePort = listens ? OptionalNumber($"services[{index}].servicePort", service.ServicePort, 80, errors) : null,
            // The API carries HTTP only, and its form offers nothing else.
            Protocol = isInternal && listens ? service.Protocol : PortProtocol.Http,
            Ports = listens ? [.. service.Ports.Select((port, number) => port.Read($"services[{index}].ports[{number}]", errors))] : [],
            Start = runsAlways ? service.Start.Read($"services[{index}].start", errors) : null,
            Readiness = runsAlways ? service.Readiness.Read($"services[{index}].readiness", errors) : null,
            Liveness = runsAlways ? service.Liveness.Read($"services[{index}].liveness", errors) : null,
            Port = listens ? Number($"services[{index}].port", service.Port, 8080, errors) : s_service.Port,
            Exposure = isInternal ? Exposure.Internal : Exposure.Public,
            Path = isInternal ? "" : service.Path.Trim(),
            Calls = draft.OpenCalls ? [] : [.. draft.Services.Where(other => other != service && other.Kind == WorkloadKind.Service && service.Calls.Contains(other.Key)).Select(other => other.Name.Trim()).Where(name => name.Length > 0)],
            Files = [.. service.Files.Select(file => new FileSpecification(file.Path.Trim(), file.Content.ReplaceLineEndings("\n")))],
            Variables = [.. service.Variables.Select(variable => new Variable(variable.Name.Trim(), variable.Value))],
            SecretKeys = RefersToSecret(service) ? AccessDraft.Words(service.SecretKeys) : [],
            PullSecret = service.PullSecret.Trim(),
            Runtime = Runtime(service.Runtime, service.Kind, service.Liveness.Kind == ProbeChoice.Usual, $"services[{index}].runtime", errors),
            Replicas = runsAlways ? Number($"services[{index}].replicas", service.Replicas, 2, errors) : s_service.Replicas,
            HealthPath = listens && !(isInternal && service.Protocol != PortProtocol.Http) ? service.HealthPath.Trim() : s_service.HealthPath,
            Stores = [.. service.Stores.Select(store => new StoreSpecification
            {
                Name = store.Name.Trim(),
                Type = store.Type,
                Options = store.Options.ToDictionary(option => option.Key, option => option.Value.Trim(), StringComparer.Ordinal),
            })],
            SharedStores = [.. service.SharedStores.Select(shared => shared.Read(draft))],
        };
        return (isInternal ? new AccessDraft() : service.Access).Read(read, $"services[{index}]", errors);
    }

    /// <summary>Whether the form asks for the keys of its secrets.</summary>
    public static bool RefersToSecret(ServiceDraft service) => SecretReference.Of(service.PullSecret.Trim()) is not null || service.Variables.Select(variable => variable.Value).Concat(service.Files.Select(file => file.Content))
        .SelectMany(SecretReference.In).Any();

    private static RuntimeSpecification Runtime(RuntimeDraft draft, WorkloadKind kind, bool isLivenessUsual, string at, List<FieldError> errors)
    {
        var usual = new RuntimeSpecification();
        var runsAlways = kind != WorkloadKind.ScheduledJob;
        return new RuntimeSpecification
        {
            Cpu = Number($"{at}.cpu", draft.Cpu, usual.Cpu, errors),
            Memory = Number($"{at}.memory", draft.Memory, usual.Memory, errors),
            MemoryLimit = Number($"{at}.memoryLimit", draft.MemoryLimit, usual.MemoryLimit, errors),
            MaxReplicas = !runsAlways ? null : OptionalNumber($"{at}.maxReplicas", draft.MaxReplicas, 10, errors),
            ScaleAt = runsAlways ? Number($"{at}.scaleAt", draft.ScaleAt, usual.ScaleAt, errors) : usual.ScaleAt,
            Command = Words($"{at}.command", draft.Command, errors),
            Arguments = Words($"{at}.arguments", draft.Arguments, errors),
            User = Number($"{at}.user", draft.User, usual.User, errors),
            WritableFolders = Words($"{at}.writableFolders", draft.WritableFolders, errors),
            LivenessPath = kind == WorkloadKind.Service && isLivenessUsual ? draft.LivenessPath.Trim() : "",
            StartSeconds = runsAlways ? Number($"{at}.startSeconds", draft.StartSeconds, usual.StartSeconds, errors) : usual.StartSeconds,
            GraceSeconds = Number($"{at}.graceSeconds", draft.GraceSeconds, usual.GraceSeconds, errors),
        };
    }

    internal static IReadOnlyList<string> Words(string field, string typed, List<FieldError> errors)
    {
        if (WordList.Split(typed) is { } words)
            return words;
        errors.Add(new FieldError(field, typed, $"A quote in '{typed.Trim()}' is not closed. Close it, or put the other kind of quotes around it."));
        return [];
    }

    internal static int? OptionalNumber(string field, string typed, int example, List<FieldError> errors) =>
        typed.Trim().Length == 0 ? null : Number(field, typed, example, errors);

    internal static int Number(string field, string typed, int standIn, List<FieldError> errors)
    {
        var text = typed.Trim();
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        errors.Add(new FieldError(field, typed, text.Length switch
        {
            0 => $"A number is missing. Write a whole number, for example {standIn}.",
            _ when text.TrimStart('-', '+').All(char.IsAsciiDigit) => $"{text} is out of range. Write a smaller number, for example {standIn}.",
            _ => $"'{text}' is not a whole number. Write digits only, for example {standIn}.",
        }));
        return standIn;
    }
}
