using System.Text.Json.Nodes;
using Portal.Core.Provisioning.Changes;

namespace Portal.Core.Provisioning;

/// <summary>
/// A protected load balancer goes for nobody, not even for its controller, which then keeps every Ingress that is to go too. So the protection is lifted
/// by a step of its own, which waits until it is: of what comes afterwards the controller sees that an Ingress is gone, and takes it away by itself. Pure.
/// </summary>
internal static class LoadBalancerProtection
{
    private const string LoadBalancer = "loadBalancer";
    private const string Protection = "deletionProtection";

    /// <summary>Says that the load balancer of these rules is protected; nothing where it is not, as the chart has it.</summary>
    public static void Protect(JsonObject loadBalancer) => loadBalancer[Protection] = true;

    /// <summary>Name of the load balancer that the step's rules are for.</summary>
    public static string NameIn(PlannedStep rules) => rules.Values![LoadBalancer]!["name"]!.GetValue<string>();

    /// <summary>What has to be lifted before all of it goes; null where nothing has.</summary>
    public static PlannedStep? BeforeRemoval(IReadOnlyList<PlannedStep> existing) => existing.FirstOrDefault(IsProtected) is { } rules ? Lifted(rules) : null;

    /// <summary>What has to be lifted before the change; null where no Ingress goes, and no load balancer.</summary>
    public static PlannedStep? BeforeChange(IReadOnlyList<PlannedStep> before, Plan after, PlanChange change)
    {
        if (before.FirstOrDefault(IsProtected) is not { } rules || after.Steps.FirstOrDefault(step => step.Name == rules.Name) is not { } wanted)
            return null;
        return change.Step(rules.Name).Effect is ReleaseEffect.NewLoadBalancer or ReleaseEffect.Reinstall || Ingresses(rules).Except(Ingresses(wanted), StringComparer.Ordinal).Any()
            ? Lifted(rules)
            : null;
    }

    private static bool IsProtected(PlannedStep step) => step is { Kind: StepKind.Release, Action: PlanAction.Ensure } && step.Values?[LoadBalancer]?[Protection]?.GetValue<bool>() == true;

    private static IEnumerable<string> Ingresses(PlannedStep rules) => rules.Values!["services"]!.AsArray().Select(service => service!["name"]!.GetValue<string>());

    private static PlannedStep Lifted(PlannedStep rules)
    {
        var values = (JsonObject)rules.Values!.DeepClone();
        values[LoadBalancer]!.AsObject().Remove(Protection);
        return rules with
        {
            Name = StepNames.Unprotect(rules.Name),
            About = rules.Name,
            Title = "Deletion protection of the load balancer is lifted",
            Values = values,
            Unprotects = true,
            DependsOn = [],
            Needs = rules.Needs ?? rules.DependsOn,
            Expected = rules.Expected / 2,
        };
    }
}
