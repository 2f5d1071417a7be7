using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

internal enum ResourceState
{
    Creating,
    Active,
    Updating,
    Deleting,
}

/// <summary>
/// A thing that exists in the account. Immutable, so that the services can read it while the stacks' engine goes on;
/// nobody may change the JSON it holds.
/// </summary>
/// <param name="Key">Unique in the account; see <see cref="ResourceType.KeyFor"/>.</param>
/// <param name="Creator">Principal that created the stack.</param>
internal sealed record CloudResource(
    string Key, string Type, string PhysicalId, string StackId, string LogicalId, JsonObject Properties, JsonObject Attributes,
    ResourceState State, DateTimeOffset CreatedAt, DateTimeOffset ModifiedAt, IReadOnlyDictionary<string, string> Tags, string Creator)
{
    public static string KeyOf(string type, string physicalId) => $"{type}|{physicalId}";
}
