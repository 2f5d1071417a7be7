using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>Makes a load balancer's description of the Ingresses of a group.</summary>
internal sealed class ModelBuilder(ControllerContext context, TargetHealth health)
{
    private const int MaximumNameLength = 32;

    /// <exception cref="ModelException">What the annotations say is missing or contradictory.</exception>
    public LoadBalancerDescription Build(IngressGroup group, IReadOnlyList<JsonObject> members, RunningController controller)
    {
        var (port, protocol) = Annotations.Listener(members);
        var scheme = Annotations.Shared(members, "scheme", "scheme") ?? "internal";
        if (scheme is not ("internal" or "internet-facing"))
            throw new ModelException($"unknown scheme: {scheme}");

        var rules = new List<ListenerRule>();
        foreach (var ingress in RuleOrder.Ingresses(members))
        {
            foreach (var path in RuleOrder.Paths(ingress))
                rules.Add(new ListenerRule(rules.Count + 1, RuleOrder.Patterns(path), TargetGroup(group, ingress, path, controller)));
        }

        return new LoadBalancerDescription(
            Name(group, members), scheme, controller.VpcId, Subnets(members, scheme, controller), SecurityGroups(members),
            Tags(group, controller, "LoadBalancer", members), port, protocol, 404, rules);
    }

    private static string Name(IngressGroup group, IReadOnlyList<JsonObject> members)
    {
        var name = Annotations.Shared(members, "load-balancer-name", "load balancer name");
        if (name is { Length: > MaximumNameLength })
            throw new ModelException("load balancer name cannot be longer than 32 characters");
        if (name is not null)
            return name;

        var hash = Seeded.Hex(group.Key, 10);
        var parts = group.Key.Split('/').Select(part => part.Replace("-", "", StringComparison.Ordinal)).ToArray();
        return group.IsExplicit ? $"k8s-{Cut(parts[0], 17)}-{hash}" : $"k8s-{Cut(parts[0], 8)}-{Cut(parts[1], 8)}-{hash}";
    }

    private static List<string> Subnets(IReadOnlyList<JsonObject> members, string scheme, RunningController controller)
    {
        var subnets = members.Select(member => Annotations.List(member, "subnets")).FirstOrDefault(list => list.Count > 0)?.ToList();
        subnets ??= scheme == "internal" ? [.. controller.DiscoveredSubnets] : [];
        if (subnets.Count == 0)
            throw new ModelException("couldn't auto-discover subnets: unable to resolve at least one subnet");
        if (subnets.Find(subnet => !subnet.StartsWith("subnet-", StringComparison.Ordinal)) is { } wrong)
            throw new ModelException($"couldn't find all subnets, nameOrIDs: [{wrong}], found: 0");
        if (subnets.Count < 2)
            throw new ModelException($"subnets count less than minimal required count: {subnets.Count} < 2");
        return subnets;
    }

    private static IReadOnlyList<string> SecurityGroups(IReadOnlyList<JsonObject> members)
    {
        var groups = members.Select(member => Annotations.List(member, "security-groups")).FirstOrDefault(list => list.Count > 0) ?? [];
        if (groups.FirstOrDefault(item => !item.StartsWith("sg-", StringComparison.Ordinal)) is { } wrong)
            throw new ModelException($"couldn't find all securityGroups, nameOrIDs: [{wrong}], found: []");
        return groups;
    }

    private TargetGroupDescription TargetGroup(IngressGroup group, JsonObject ingress, JsonObject path, RunningController controller)
    {
        var backend = path.Object("backend", "service") ?? throw new ModelException("missing required \"service\" field");
        var serviceName = backend.Text("name") ?? "";
        var portText = backend.Text("port", "name") ?? backend.Number("port", "number")?.ToString() ?? "";
        var service = context.Store.Find(Kinds.Service, ingress.Namespace(), serviceName);
        var port = service.Items("spec", "ports").FirstOrDefault(item => item.Text("name") == portText || item.Number("port")?.ToString() == portText);
        var targetType = (service is null ? null : Annotations.Of(service, "target-type")) ?? Annotations.Of(ingress, "target-type") ?? controller.DefaultTargetType;
        if (targetType is not ("ip" or "instance"))
            throw new ModelException($"unknown targetType: {targetType}");
        if (targetType == "instance" && service is not null && service.Text("spec", "type") is not ("NodePort" or "LoadBalancer"))
            throw new ModelException($"service type must be either 'NodePort' or 'LoadBalancer': {service.Namespace()}/{serviceName}");

        var identity = $"{ingress.Namespace()}/{ingress.Name()}-{serviceName}:{portText}";
        var name = $"k8s-{Cut(ingress.Namespace(), 8)}-{Cut(serviceName, 8)}-{Seeded.Hex($"{controller.ClusterName}/{group.Key}/{identity}/{targetType}", 10)}";
        var targets = service is null || port is null ? [] : Targets(name, service, port);
        var check = (service is null ? null : Annotations.Of(service, "healthcheck-path")) ?? Annotations.Of(ingress, "healthcheck-path") ?? "/";
        return new TargetGroupDescription(
            name, targets.Count > 0 ? targets[0].Port : port?.Number("targetPort") ?? backend.Number("port", "number") ?? 1, check, Tags(group, controller, identity, [ingress]), targets);
    }

    private List<TargetDescription> Targets(string targetGroup, JsonObject service, JsonObject port)
    {
        var pods = context.Store.List(Kinds.Pod, service.Namespace())
            .Where(pod => ServicePorts.Selects(service, pod.Labels()) && Conditions.IsReady(pod) && !pod.IsDeleting());
        return [.. pods.Select(pod => new TargetDescription(pod.Text("status", "podIP") ?? "", ServicePorts.Target(port, pod), health.StateOf(targetGroup, pod)))];
    }

    private static Dictionary<string, string> Tags(IngressGroup group, RunningController controller, string resource, IReadOnlyList<JsonObject> members)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in members.SelectMany(Annotations.Tags))
        {
            if (tags.TryGetValue(name, out var other) && other != value)
                throw new ModelException($"conflicting tag {name}: {other} | {value}");
            tags[name] = value;
        }

        tags[group.Controller.ClusterTag] = controller.ClusterName;
        tags[group.Controller.StackTag] = group.Key;
        tags[group.Controller.ResourceTag] = resource;
        return tags;
    }

    private static string Cut(string text, int length) => text.Replace("-", "", StringComparison.Ordinal) is var plain && plain.Length > length ? plain[..length] : plain;
}
