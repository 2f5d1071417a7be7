using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>What a detection found for one resource.</summary>
/// <param name="Status"><c>IN_SYNC</c>, <c>MODIFIED</c> or <c>DELETED</c>.</param>
internal sealed record ResourceDrift(
    string LogicalId, string? PhysicalId, string Type, string Status, string Expected, string Actual, IReadOnlyList<PropertyDifference> Differences);

/// <param name="Kind"><c>ADD</c>, <c>REMOVE</c> or <c>NOT_EQUAL</c>.</param>
internal sealed record PropertyDifference(string Path, string? Expected, string? Actual, string Kind);

internal sealed record DriftDetection(string Id, string StackId, DateTimeOffset At, DateTimeOffset ReadyAt, List<ResourceDrift> Resources)
{
    public string Status => Resources.Exists(resource => resource.Status != "IN_SYNC") ? "DRIFTED" : "IN_SYNC";
}

/// <summary>Compares what a stack's resources were given with what they are. <c>/_emulator/drift</c> makes them differ.</summary>
internal sealed class StackDrift
{
    private const string Collection = "cfn-drift";

    /// <summary>How long a detection takes, in simulated time. [D]</summary>
    private static readonly TimeSpan s_work = TimeSpan.FromSeconds(5);

    private readonly StackEngine _engine;
    private readonly Inventory _inventory;
    private readonly EmulatorClock _clock;
    private readonly IKubernetesFleet _fleet;
    private readonly Dictionary<string, DriftDetection> _byStack = new(StringComparer.Ordinal);

    public StackDrift(StackEngine engine, Inventory inventory, EmulatorClock clock, IDocumentStore documents, IKubernetesFleet fleet)
    {
        (_engine, _inventory, _clock, _fleet) = (engine, inventory, clock, fleet);
        foreach (var (stack, json) in documents.All(Collection))
            _byStack[stack] = JsonSerializer.Deserialize<DriftDetection>(json)!;
    }

    public string Detect(string nameOrId, IReadOnlyCollection<string> only)
    {
        var id = Guid.NewGuid().ToString();
        _engine.Change(stacks =>
        {
            var stack = stacks.Find(nameOrId) ?? throw AwsException.Validation($"Stack [{nameOrId}] does not exist");
            if (!stack.Status.EndsWith("_COMPLETE", StringComparison.Ordinal) || stack.IsDeleted || stack.Status == "ROLLBACK_COMPLETE")
                throw AwsException.Validation($"Stack [{stack.Name}] is in [{stack.Status}] state. Drift detection cannot be performed on stack in this state.");
            var resources = stack.Resources.Values.Where(resource => resource.Key is not null && (only.Count == 0 || only.Contains(resource.LogicalId)));
            var detection = new DriftDetection(id, stack.Id, _clock.Now, _clock.Now + _clock.ToReal(s_work), [.. resources.Select(Compare)]);
            _byStack[stack.Id] = detection;
            stacks.Set(Collection, stack.Id, () => JsonSerializer.Serialize(detection));
            return null;
        });
        return id;
    }

    public (DriftDetection Detection, bool IsReady) Find(string detectionId) => _engine.Read(_ =>
        _byStack.Values.FirstOrDefault(one => one.Id == detectionId) is { } detection
            ? (detection, _clock.Now >= detection.ReadyAt)
            : throw AwsException.Validation($"Drift detection [{detectionId}] does not exist"));

    /// <summary>The stack's last detection; null before the first.</summary>
    public DriftDetection? Of(string stackId) => _byStack.GetValueOrDefault(stackId) is { } detection && _clock.Now >= detection.ReadyAt ? detection : null;

    /// <summary>Changes a resource behind CloudFormation's back.</summary>
    /// <param name="property">Null deletes the resource itself.</param>
    /// <returns>Whether there is such a resource.</returns>
    public bool Disturb(string nameOrId, string logicalId, string? property, JsonNode? value)
    {
        var found = false;
        _engine.Change(stacks =>
        {
            var stack = stacks.Find(nameOrId);
            var resource = stack?.Resources.GetValueOrDefault(logicalId);
            if (_inventory.ByKey(resource?.Key) is not { } thing)
                return null;
            found = true;
            if (property is null)
            {
                stacks.Remove(thing);
                stacks.Set(stack!, resource! with { Remembered = thing.Attributes });
                return null;
            }

            // Readers hold the old object: the change is made on a copy.
            var properties = (JsonObject)thing.Properties.DeepClone();
            if (value is null)
                properties.Remove(property);
            else
                properties[property] = value.DeepClone();
            stacks.Set(thing with { Properties = properties, ModifiedAt = _clock.Now });
            return null;
        });
        return found;
    }

    private ResourceDrift Compare(StackResource resource)
    {
        var actual = _inventory.ByKey(resource.Key)?.Properties;
        var differences = actual is null ? [] : UpdateBehaviours.Changed(resource.Properties, actual).Select(name => new PropertyDifference(
            "/" + name, resource.Properties[name]?.ToText(), actual[name]?.ToText(), resource.Properties[name] is null ? "ADD" : actual[name] is null ? "REMOVE" : "NOT_EQUAL")).ToList();
        if (actual is not null && Resized(resource) is { } resized)
            differences.Add(resized);
        return new ResourceDrift(resource.LogicalId, resource.PhysicalId, resource.Type, actual is null ? "DELETED" : differences.Count > 0 ? "MODIFIED" : "IN_SYNC",
            resource.Properties.ToJsonString(JsonText.Compact), actual?.ToJsonString(JsonText.Compact) ?? "", differences);
    }

    /// <summary>CloudFormation compares the number of nodes too, whoever has changed it.</summary>
    private PropertyDifference? Resized(StackResource resource) =>
        resource.Type == "AWS::EKS::Nodegroup" && resource.Properties["ScalingConfig"]?["DesiredSize"]?.ToText() is { } told
            && resource.PhysicalId?.Split('/') is [var cluster, .., var group] && _fleet.NodesOf(cluster, group)?.ToString(CultureInfo.InvariantCulture) is { } present && present != told
            ? new PropertyDifference("/ScalingConfig/DesiredSize", told, present, "NOT_EQUAL")
            : null;
}
