using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

public enum BlockerKind
{
    /// <summary>Wrong, and the person has seen it.</summary>
    Mend,

    /// <summary>Not reached yet.</summary>
    Missing,
    Fine,
}

/// <param name="Field">Where to go; null where there is nothing to do.</param>
public sealed record Blocker(BlockerKind Kind, string Text, string? Field = null);

/// <summary>What stands between the form and its submission. Pure.</summary>
public static class Blockers
{
    /// <param name="preview">Null before the first answer.</param>
    /// <param name="isCurrent">Whether <paramref name="preview"/> is about what the form holds now.</param>
    /// <param name="isChange">Whether the form changes an environment that exists.</param>
    public static IReadOnlyList<Blocker> Of(RequestForm form, Preview? preview, bool isCurrent, bool isChange = false)
    {
        var shown = form.Shown.ToHashSet();
        var blockers = form.Errors.Select(error => shown.Contains(error)
            ? new Blocker(BlockerKind.Mend, $"{Place(error.Field, form)}: {error.Message}", error.Field)
            : new Blocker(BlockerKind.Missing, $"{Place(error.Field, form)}: {(string.IsNullOrEmpty(error.Value) ? "still to fill" : error.Message)}", error.Field)).ToList();
        if (isCurrent && preview?.Refusal is { } refusal and not InvalidSpecification)
            blockers.Insert(0, new Blocker(BlockerKind.Mend, refusal.Message));
        if (blockers.Count == 0 && isCurrent && preview?.Plan is { } plan && isChange)
        {
            blockers.Add(plan.Steps.Count == 0
                ? new Blocker(BlockerKind.Missing, "Nothing is changed yet")
                : new Blocker(BlockerKind.Fine, $"{Words.Count(form.Specification.Services.Count(service => service.IsPublic), "path")} without a conflict"));
        }
        else if (blockers.Count == 0 && isCurrent && preview?.Plan is not null)
        {
            blockers.Add(new Blocker(BlockerKind.Fine, $"The name {form.Specification.Environment} is free"));
            blockers.Add(new Blocker(BlockerKind.Fine, $"{form.Specification.Network.Cidr} is free in {form.Specification.Target}"));
            blockers.Add(new Blocker(BlockerKind.Fine, $"{Words.Count(form.Specification.Services.Count(service => service.IsPublic), "path")} without a conflict"));
        }

        return blockers;
    }

    /// <summary>A field in the words of its label.</summary>
    public static string Place(string field, RequestForm form)
    {
        if (!FormSteps.TryService(field, out var index, out var name))
            return Labels.GetValueOrDefault(FormSteps.KindOf(field), field);
        var service = index < form.Draft.Services.Count && form.Draft.Services[index].Name.Trim() is { Length: > 0 } given ? given : $"Service {index + 1}";
        var kind = FormSteps.KindOf(name);
        return $"{service}, {(kind.StartsWith("stores.options.", StringComparison.Ordinal) ? "data store" : Labels.GetValueOrDefault(kind, kind))}";
    }

    private static Dictionary<string, string> Labels { get; } = new(StringComparer.Ordinal)
    {
        ["environment"] = "Name",
        ["target"] = "Target",
        ["class"] = "Class",
        ["lifetimeDays"] = "Lifetime",
        ["network.cidr"] = "Address block",
        ["network.zones"] = "Zones",
        ["edge.stage"] = "Stage",
        ["edge.throttleRate"] = "Requests a second",
        ["edge.throttleBurst"] = "Requests at once",
        ["costCentre"] = "Cost centre",
        ["edge.earlierStages"] = "Versions",
        ["edge.earlierStages.name"] = "Name of a version",
        ["edge.clients"] = "Clients",
        ["edge.clients.name"] = "Name of a client",
        ["edge.clients.monthlyQuota"] = "Requests a month of a client",
        ["edge.clients.throttleRate"] = "Requests a second of a client",
        ["edge.clients.throttleBurst"] = "Requests at once of a client",
        ["edge.domainName"] = "Domain",
        ["edge.certificateArn"] = "Certificate of the domain",
        ["edge.oidc.issuer"] = "Issuer",
        ["edge.oidc.audience"] = "Audience",
        ["edge.loadBalancer.certificateArn"] = "Certificate of the load balancer",
        ["edge.loadBalancer.serverName"] = "Name in the load balancer's certificate",
        ["cluster.nodeSystem"] = "Operating system",
        ["cluster.nodeCapacity"] = "Capacity",
        ["cluster.minNodes"] = "Fewest nodes",
        ["cluster.maxNodes"] = "Most nodes",
        ["cluster.endpointCidrs"] = "Who reaches the endpoint",
        ["cluster.size"] = "Size",
        ["cluster.kubernetesVersion"] = "Kubernetes version",
        ["services"] = "Services",
        ["name"] = "name",
        ["image"] = "image",
        ["port"] = "port",
        ["path"] = "path",
        ["replicas"] = "pods",
        ["healthPath"] = "health path",
        ["stores"] = "data stores",
        ["stores.name"] = "name of a data store",
        ["stores.type"] = "data store",
        ["authentication"] = "sign-in",
        ["apiKeyRequired"] = "API key",
        ["morePaths"] = "further paths",
        ["takesPathOff"] = "path taken off",
        ["cors.origins"] = "pages that may call",
        ["cors.methods"] = "methods of pages",
        ["cors.headers"] = "headers of pages",
        ["cors.maxAge"] = "answer kept by browsers",
        ["routes"] = "routes",
        ["routes.method"] = "method of a route",
        ["routes.path"] = "path of a route",
        ["routes.authentication"] = "sign-in of a route",
        ["routes.throttleRate"] = "requests a second of a route",
        ["routes.throttleBurst"] = "requests at once of a route",
        ["exposure"] = "reached by",
        ["runtime.cpu"] = "CPU a pod",
        ["runtime.memory"] = "memory a pod",
        ["runtime.memoryLimit"] = "memory at most",
        ["runtime.maxReplicas"] = "pods under load",
        ["runtime.scaleAt"] = "more pods from",
        ["runtime.command"] = "command",
        ["runtime.arguments"] = "arguments",
        ["runtime.user"] = "user",
        ["runtime.writableFolders"] = "writable folders",
        ["runtime.livenessPath"] = "liveness path",
        ["runtime.startSeconds"] = "time to start",
        ["runtime.graceSeconds"] = "time to stop",
        ["files"] = "files",
        ["files.path"] = "path of a file",
        ["files.content"] = "content of a file",
        ["servicePort"] = "port for others",
        ["protocol"] = "protocol",
        ["ports"] = "other ports",
        ["ports.name"] = "name of a port",
        ["ports.port"] = "number of a port",
        ["ports.servicePort"] = "a port for others",
        ["start.path"] = "path of the start probe",
        ["start.port"] = "port of the start probe",
        ["start.command"] = "command of the start probe",
        ["readiness.path"] = "path of the readiness probe",
        ["readiness.port"] = "port of the readiness probe",
        ["readiness.command"] = "command of the readiness probe",
        ["readiness.kind"] = "readiness probe",
        ["start.kind"] = "start probe",
        ["liveness.kind"] = "liveness probe",
        ["liveness.path"] = "path of the liveness probe",
        ["liveness.port"] = "port of the liveness probe",
        ["liveness.command"] = "command of the liveness probe",
        ["kind"] = "kind",
        ["schedule"] = "schedule",
        ["schedule.cron"] = "times",
        ["schedule.timeZone"] = "time zone",
        ["schedule.startWithinSeconds"] = "may start so late",
        ["schedule.timeLimitSeconds"] = "a run's time limit",
        ["schedule.retries"] = "retries of a run",
        ["beforeRollout"] = "job before a rollout",
        ["beforeRollout.command"] = "command of the job",
        ["beforeRollout.arguments"] = "arguments of the job",
        ["beforeRollout.timeLimitSeconds"] = "the job's time limit",
        ["beforeRollout.retries"] = "the job's retries",
        ["variables"] = "variables",
        ["variables.name"] = "name of a variable",
        ["variables.value"] = "value of a variable",
    };
}
