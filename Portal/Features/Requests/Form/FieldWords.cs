using System.Text.RegularExpressions;

namespace Portal.Features.Requests.Form;

/// <summary>Fields of a specification in the words of their labels.</summary>
public static partial class FieldWords
{
    /// <summary>The label; the path itself where there is none.</summary>
    /// <param name="kind">The path without numbers and names; of a service's field what comes after the service.</param>
    public static string Of(string kind) => Labels.GetValueOrDefault(kind, kind);

    public static bool Knows(string kind) => Labels.ContainsKey(kind);

    /// <summary>A path of a comparison: <c>services[cart].variables[LOG_LEVEL].value</c> → "cart, value of a variable (LOG_LEVEL)".</summary>
    public static string Place(string path)
    {
        var service = Service().Match(path);
        var rest = service.Success ? service.Groups["rest"].Value : path;
        var which = string.Join(", ", Name().Matches(rest).Select(match => match.Groups[1].Value).Where(name => name.Length > 0));
        var kind = Name().Replace(rest, "");
        var words = kind.StartsWith("stores.options.", StringComparison.Ordinal) ? $"{Of("stores.options")} {kind["stores.options.".Length..]}" : kind.Length == 0 ? "service" : Of(kind);
        return (service.Success ? $"{service.Groups["name"].Value}, {words}" : words) + (which.Length > 0 ? $" ({which})" : "");
    }

    [GeneratedRegex("^services\\[(?<name>[^\\]]*)\\](?:\\.(?<rest>.*))?\\z", RegexOptions.Singleline)]
    private static partial Regex Service();

    [GeneratedRegex("\\[([^\\]]*)\\]")]
    private static partial Regex Name();

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
        ["team"] = "Team",
        ["goldenPath"] = "Golden path",
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
        ["edge.hostedZoneId"] = "Hosted zone of the domain",
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
        ["openCalls"] = "Every service may call every other one",
        ["network.natGateways"] = "NAT gateways",
        ["network.interfaceEndpoints"] = "Reach AWS's services inside the VPC",
        ["cluster.mode"] = "Nodes",
        ["edge.firewall"] = "Firewall",
        ["edge.loadBalancer.subnets"] = "Where the load balancer stands",
        ["edge.earlierStages.routeHash"] = "Routes of a version",
        ["stores.options"] = "data store",
        ["sharedStores"] = "stores of other services",
        ["sharedStores.name"] = "name of another's store",
        ["sharedStores.service"] = "whose store",
        ["sharedStores.store"] = "which of its stores",
        ["sharedStores.access"] = "access to another's store",
        ["calls"] = "services that it calls",
        ["pullSecret"] = "pull secret",
        ["secretKeys"] = "KMS keys of its secrets",
        ["listedRoutesOnly"] = "these routes only",
        ["routes.apiKeyRequired"] = "API key of a route",
        ["cors.credentials"] = "cookies of pages",
        ["ports.protocol"] = "protocol of a port",
        ["schedule.overlap"] = "while the run before goes on",
    };
}
