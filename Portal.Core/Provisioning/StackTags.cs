namespace Portal.Core.Provisioning;

/// <summary>The tags of stacks, which CloudFormation hands on to their resources.</summary>
public static class StackTags
{
    public const string CostCentre = "portal:cost-centre";
    public const string Environment = "portal:environment";

    /// <summary>Says whose a stack is: a name may be used again.</summary>
    public const string EnvironmentId = "portal:environment-id";
    public const string Owner = "portal:owner";

    /// <summary>Which step of a plan makes the stack.</summary>
    public const string Step = "portal:step";

    public static bool TryRead(IReadOnlyDictionary<string, string> tags, out Guid environmentId, out string step)
    {
        environmentId = default;
        step = tags.GetValueOrDefault(Step) ?? "";
        return step.Length > 0 && tags.TryGetValue(EnvironmentId, out var id) && Guid.TryParse(id, out environmentId);
    }
}
