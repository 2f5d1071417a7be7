using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>
/// Names of stacks: the environment's name, a hyphen, the step's. Both have hyphens of their own, so that <c>acme</c> with a service
/// <c>cluster</c> and <c>acme-data</c> would both have an <c>acme-data-cluster</c>. Existing stacks keep their names, so those who
/// would meet are refused when they ask (<see cref="Shared"/>).
/// </summary>
public static class StackNames
{
    public static string Of(string environment, string step) => $"{environment}-{step}";

    /// <summary>All that the environment's stacks may be called, whatever else it says.</summary>
    public static IEnumerable<string> All(Specification specification) =>
        StepNames.Stacks(specification.Services).Select(step => Of(specification.Environment, step));

    /// <summary>A name that stacks of both would have; null where none would.</summary>
    public static string? Shared(Specification one, Specification other) => All(one).Intersect(All(other), StringComparer.Ordinal).FirstOrDefault();
}
