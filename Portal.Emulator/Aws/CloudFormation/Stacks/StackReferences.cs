using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>Looks values of a template up in a stack's resources and in other stacks' exports.</summary>
/// <param name="areAttributesKnown">The same for attributes alone, which may change where the identifier stays.</param>
/// <param name="isKnown">Whether the resource's values can be used now; if not, the evaluation ends with <see cref="UnknownValueException"/>.</param>
internal sealed class StackReferences(Stack stack, Inventory inventory, Func<string, string?> export, Func<string, bool> isKnown, Func<string, bool>? areAttributesKnown = null) : IReferences
{
    public JsonNode? Ref(string logicalId) => Known(logicalId).PhysicalId;

    public JsonNode? Attribute(string logicalId, string attribute)
    {
        var resource = Known(logicalId);
        if (areAttributesKnown?.Invoke(logicalId) == false)
            throw new UnknownValueException(logicalId);
        return (inventory.ByKey(resource.Key)?.Attributes ?? resource.Remembered)?[attribute]?.DeepClone()
            ?? throw AwsException.Validation($"Template error: resource {logicalId} does not support attribute type {attribute} in Fn::GetAtt");
    }

    public JsonNode? Import(string exportName) => export(exportName)
        ?? throw AwsException.Validation($"No export named {exportName} found.");

    private StackResource Known(string logicalId) =>
        isKnown(logicalId) && stack.Resources.TryGetValue(logicalId, out var resource) && resource.PhysicalId is not null
            ? resource
            : throw new UnknownValueException(logicalId);
}

/// <summary>For checks before there is a stack: nothing exists yet.</summary>
internal sealed class NoReferences : IReferences
{
    public JsonNode? Ref(string logicalId) => throw new UnknownValueException(logicalId);

    public JsonNode? Attribute(string logicalId, string attribute) => throw new UnknownValueException(logicalId);

    public JsonNode? Import(string exportName) => throw new UnknownValueException(exportName);
}
