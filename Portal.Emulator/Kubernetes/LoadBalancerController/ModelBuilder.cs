using System.Text.Json.Nodes;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;

namespace Portal.Emulator.Kubernetes.LoadBalancerController;

/// <summary>Makes a load balancer's description of the Ingresses of a group, as the controller's pkg/ingress does (v3.5.0).</summary>
internal sealed class ModelBuilder(ControllerContext context, TargetHealth health, SubnetChoice subnets)
{
    private const int MaximumNameLength = 32;

    /// <param name="present">What the group has already; a name is taken at creation only.</param>
    /// <exception cref="ModelException">What the annotations say is missing or contradictory.</exception>
    public LoadBalancerDescription Build(IngressGroup group, IReadOnlyList<JsonObject> unsorted, RunningController controller, LoadBalancerDescription? present)
    {
        IReadOnlyList<JsonObject> members = [.. RuleOrder.Ingresses(unsorted)];
        var ports = ListenPorts.Of(members, controller.DefaultSslPolicy);
        var scheme = Annotations.Shared(members, "scheme", "scheme") ?? controller.DefaultScheme;
        if (scheme is not ("internal" or "internet-facing"))
            throw new ModelException($"unknown scheme: {scheme}");

        var groups = new TargetGroupBuilder(context, health, controller, group);
        var tags = Annotations.SharedMap(members, "tags", "tag");
        Track(tags, group, controller, "LoadBalancer");
        var named = Name(group, members, controller, scheme);
        return new LoadBalancerDescription
        {
            Name = present?.Scheme == scheme ? present.Name : named,
            Scheme = scheme,
            VpcId = controller.VpcId,
            SubnetIds = subnets.Of(members, scheme, controller.VpcId, present),
            SecurityGroupIds = SecurityGroups(members),
            Tags = tags,
            Attributes = Annotations.SharedMap(members, "load-balancer-attributes", "load balancer attributes"),
            Listeners = [.. ports.Select(port => Listener(port, groups, group, controller))],
            TargetGroups = groups.Built,
        };
    }

    /// <summary>The controller's own tags, by which it finds again what is its.</summary>
    public static void Track(Dictionary<string, string> tags, IngressGroup group, RunningController controller, string resource)
    {
        tags[group.Controller.ClusterTag] = controller.ClusterName;
        tags[group.Controller.StackTag] = group.Key;
        tags[group.Controller.ResourceTag] = resource;
    }

    /// <summary>Letters and digits only, and not more than that of them.</summary>
    public static string Cut(string text, int length) => string.Concat(text.Where(char.IsAsciiLetterOrDigit).Take(length));

    private static ListenerDescription Listener(ListenPorts port, TargetGroupBuilder groups, IngressGroup group, RunningController controller)
    {
        var tags = Annotations.SharedMap(port.Members, "tags", "tag");
        Track(tags, group, controller, $"{port.Port}");
        return new ListenerDescription(port.Port, port.Protocol, port.Certificates, port.SslPolicy, 404, Rules(port, groups, group, controller)) { Tags = tags };
    }

    private static List<ListenerRule> Rules(ListenPorts port, TargetGroupBuilder groups, IngressGroup group, RunningController controller)
    {
        var rules = new List<ListenerRule>();
        foreach (var ingress in port.Members)
        {
            foreach (var (host, path) in RuleOrder.Paths(ingress))
            {
                rules.Add(ModelException.Of(ingress, () =>
                {
                    var service = path.Text("backend", "service", "name") ?? "";
                    var targetGroup = groups.Build(ingress, path);
                    var tags = new Dictionary<string, string>(Annotations.Map(ingress, "tags"), StringComparer.Ordinal);
                    Track(tags, group, controller, $"{port.Port}:{rules.Count + 1}");
                    return new ListenerRule(
                        rules.Count + 1, RuleBuilder.Conditions(ingress, host, path, service), RuleBuilder.Transforms(ingress, service),
                        targetGroup, targetGroup is null ? "Backend service does not exist" : "")
                    {
                        Tags = tags,
                    };
                }));
            }
        }

        return rules;
    }

    // As the controller derives it, buildLoadBalancerName of its model_build_load_balancer.go (v3.5.0).
    private static string Name(IngressGroup group, IReadOnlyList<JsonObject> members, RunningController controller, string scheme)
    {
        var name = Annotations.Shared(members, "load-balancer-name", "load balancer name");
        if (name is { Length: > MaximumNameLength })
            throw new ModelException("load balancer name cannot be longer than 32 characters");
        if (name is not null)
            return name;

        var hash = Seeded.Hex(controller.ClusterName + group.Key + scheme, 10);
        var parts = group.Key.Split('/');
        return group.IsExplicit ? $"k8s-{Cut(parts[0], 17)}-{hash}" : $"k8s-{Cut(parts[0], 8)}-{Cut(parts[1], 8)}-{hash}";
    }

    private static IReadOnlyList<string> SecurityGroups(IReadOnlyList<JsonObject> members)
    {
        var lists = members.Select(member => Annotations.List(member, "security-groups")).Where(list => list.Count > 0).ToList();
        if (lists.Count == 0)
            return [];
        if (lists.Find(list => !list.SequenceEqual(lists[0], StringComparer.Ordinal)) is { } other)
            throw new ModelException($"conflicting securityGroups: [{string.Join(' ', lists[0])}] | [{string.Join(' ', other)}]");
        return lists[0].FirstOrDefault(item => !item.StartsWith("sg-", StringComparison.Ordinal)) is { } wrong
            ? throw new ModelException($"couldn't find all securityGroups, nameOrIDs: [{wrong}], found: []")
            : lists[0];
    }
}
