using System.Text.RegularExpressions;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>Where a service listens, what it speaks there, and how it is asked how it is.</summary>
internal static partial class PortRules
{
    public const int MostPorts = 8;

    public static void Check(ServiceSpecification service, string at, List<FieldError> errors)
    {
        if (service.Listens)
            Ports(service, at, errors);
        else
            NotListening(service, at, errors);
        foreach (var (name, probe) in new[] { ("start", service.Start), ("readiness", service.Readiness), ("liveness", service.Liveness) })
        {
            if (probe is not null)
                Probe(service, probe, $"{at}.{name}", errors);
        }

        if (service is { Liveness: not null, Runtime.LivenessPath.Length: > 0 })
            errors.Add(new($"{at}.liveness.kind", service.Liveness.Kind.ToString(), "There is a liveness path as well: leave one of the two out."));
    }

    private static void Ports(ServiceSpecification service, string at, List<FieldError> errors)
    {
        // API Gateway's REST APIs take requests and give answers: WebSocket and gRPC are no integrations of theirs.
        if (service.IsPublic && service.Protocol != PortProtocol.Http)
            errors.Add(new($"{at}.protocol", service.Protocol.ToString(), "The API in front of it carries HTTP requests and their answers: no gRPC, no WebSocket, nothing else. Let it speak HTTP there, or make it an internal service."));
        if (service.ServicePort is { } reachedAt)
            Range($"{at}.servicePort", reachedAt, FieldLimits.Port, errors);
        if (service.Ports.Count > MostPorts)
            errors.Add(new($"{at}.ports", Text(service.Ports.Count), $"{Text(service.Ports.Count)} ports besides; {Text(MostPorts)} at most."));
        for (var index = 0; index < Math.Min(service.Ports.Count, MostPorts); index++)
            Port(service, index, $"{at}.ports[{index}]", errors);
    }

    private static void Port(ServiceSpecification service, int index, string at, List<FieldError> errors)
    {
        var (port, earlier) = (service.Ports[index], service.Ports.Take(index).ToList());
        if (!PortName().IsMatch(port.Name) || port.Name.Contains("--", StringComparison.Ordinal))
            errors.Add(new($"{at}.name", port.Name, $"'{port.Name}' cannot name a port. Use lower-case letters, digits and single hyphens, 15 at most, for example metrics."));
        else if (port.Name is "http" or "grpc" or "tcp")
            errors.Add(new($"{at}.name", port.Name, $"'{port.Name}' is what the service's own port is called. Choose another name, for example {port.Name}-admin."));
        else if (earlier.Exists(other => other.Name == port.Name))
            errors.Add(new($"{at}.name", port.Name, $"There is a port '{port.Name}' already."));
        Range($"{at}.port", port.Port, FieldLimits.Port, errors);
        if (port.Port == service.Port || earlier.Exists(other => other.Port == port.Port))
            errors.Add(new($"{at}.port", Text(port.Port), $"It listens at {Text(port.Port)} already. Choose another port."));
        var reached = port.ServicePort ?? port.Port;
        if (port.ServicePort is not null)
            Range($"{at}.servicePort", reached, FieldLimits.Port, errors);
        if (reached == service.ReachedAt || earlier.Exists(other => (other.ServicePort ?? other.Port) == reached))
            errors.Add(new($"{at}.servicePort", Text(reached), $"Another one of its ports is reached at {Text(reached)} already. Choose another."));
    }

    private static void NotListening(ServiceSpecification service, string at, List<FieldError> errors)
    {
        var reason = $"A {WorkloadRules.Noun(service.Kind)} has no port, and nobody calls it";
        if (service.Protocol != PortProtocol.Http)
            errors.Add(new($"{at}.protocol", service.Protocol.ToString(), $"{reason}: leave the protocol out, or make it a service."));
        if (service.ServicePort is { } port)
            errors.Add(new($"{at}.servicePort", Text(port), $"{reason}: leave the port out, or make it a service."));
        if (service.Ports.Count > 0)
            errors.Add(new($"{at}.ports", Text(service.Ports.Count), $"{reason}: leave the ports out, or make it a service."));
    }

    private static void Probe(ServiceSpecification service, ProbeSpecification probe, string at, List<FieldError> errors)
    {
        if (!service.RunsAlways)
        {
            errors.Add(new($"{at}.kind", probe.Kind.ToString(), "A scheduled job runs to its end, and nobody asks how it is meanwhile. Leave the probe out; its time limit ends what hangs."));
        }
        else if (probe.Kind == ProbeKind.Command)
        {
            if (probe.Command.Count == 0)
                errors.Add(new($"{at}.command", null, "Say which command is run in the container, for example /app/healthy."));
            RuntimeRules.Words($"{at}.command", probe.Command, errors);
        }
        else if (!service.Listens)
        {
            errors.Add(new($"{at}.kind", probe.Kind.ToString(), $"A {WorkloadRules.Noun(service.Kind)} has no port that could be asked. Give a command that is run in its container instead."));
        }
        else
        {
            if (probe.Kind == ProbeKind.Http && (!RuntimeRules.ProbePath().IsMatch(probe.Path) || probe.Path.Length > FieldLimits.Path))
                errors.Add(new($"{at}.path", probe.Path, $"'{probe.Path}' is not a path. Write it as /health, {FieldLimits.Path} characters at most."));
            if (probe.Port.Length > 0 && !service.Ports.Any(port => port.Name == probe.Port))
                errors.Add(new($"{at}.port", probe.Port, $"There is no port '{probe.Port}'. {(service.Ports.Count > 0 ? $"Choose of {string.Join(", ", service.Ports.Select(port => port.Name))}, or leave" : "Leave")} it empty for the one it is called at."));
        }
    }

    // IANA_SVC_NAME, as Kubernetes takes it for a port.
    [GeneratedRegex("^[a-z](?:[-a-z0-9]{0,13}[a-z0-9])?\\z")]
    private static partial Regex PortName();
}
