using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.LoadBalancing;

namespace Portal.Emulator.Aws.Tagging;

/// <summary>GetResources of the Resource Groups Tagging API: what of the account bears a tag.</summary>
internal sealed class TaggingService : JsonService
{
    private readonly Inventory _inventory;
    private readonly LoadBalancers _loadBalancers;
    private readonly UpdateBehaviours _behaviours;
    private readonly EmulatorOptions _options;

    public TaggingService(Inventory inventory, LoadBalancers loadBalancers, UpdateBehaviours behaviours, EmulatorOptions options)
        : base("tagging", "ResourceGroupsTaggingAPI_20170126")
    {
        (_inventory, _loadBalancers, _behaviours, _options) = (inventory, loadBalancers, behaviours, options);
        Actions = new Dictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>>(StringComparer.Ordinal)
        {
            ["GetResources"] = (_, body, _) => Task.FromResult(GetResources(body)),
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, JsonObject, CancellationToken, Task<JsonObject>>> Actions { get; }

    public override string SubjectOf(AwsRequest request) => string.Join(',', Filters(Read(request)).Select(filter => filter.Key));

    private JsonObject GetResources(JsonObject body)
    {
        var filters = Filters(body);
        var size = body["ResourcesPerPage"]?.GetValue<int>() ?? 50;
        _ = int.TryParse(body["PaginationToken"].ToText(), out var start);
        var all = Tagged().Where(item => filters.All(filter => item.Tags.TryGetValue(filter.Key, out var value) && (filter.Values.Count == 0 || filter.Values.Contains(value))))
            .OrderBy(item => item.Arn, StringComparer.Ordinal).ToList();
        return new JsonObject
        {
            ["ResourceTagMappingList"] = new JsonArray([.. all.Skip(start).Take(size).Select(item => (JsonNode)new JsonObject
            {
                ["ResourceARN"] = item.Arn,
                ["Tags"] = new JsonArray([.. item.Tags.Select(tag => (JsonNode)new JsonObject { ["Key"] = tag.Key, ["Value"] = tag.Value })]),
            })]),
            ["PaginationToken"] = start + size < all.Count ? (start + size).ToString(System.Globalization.CultureInfo.InvariantCulture) : "",
        };
    }

    // Roles are not among the types that the API knows: "Services that support the Resource Groups Tagging API".
    private IEnumerable<(string Arn, IReadOnlyDictionary<string, string> Tags)> Tagged() =>
        _inventory.All.Where(resource => FinalSnapshots.IsOne(resource.Type) || (_behaviours.IsTaggable(resource.Type) && !resource.Type.StartsWith("AWS::IAM::", StringComparison.Ordinal))).Select(resource => (ArnOf(resource), resource.Tags))
            .Concat(_loadBalancers.All.Select(one => (_loadBalancers.ArnOf(one), one.Description.Tags)));

    private string ArnOf(CloudResource resource)
    {
        if (resource.PhysicalId.StartsWith("arn:", StringComparison.Ordinal))
            return resource.PhysicalId;
        if (resource.Attributes["Arn"].ToText() is { Length: > 0 } arn)
            return arn;
        var parts = resource.Type.Split("::");
        return $"arn:aws:{parts[1].ToLowerInvariant()}:{_options.Region}:{_options.AccountId}:{parts[2].ToLowerInvariant()}/{resource.PhysicalId}";
    }

    private static List<(string Key, List<string> Values)> Filters(JsonObject body) =>
        [.. (body["TagFilters"] as JsonArray ?? []).Select(filter => (filter!["Key"].ToText(), (filter["Values"] as JsonArray ?? []).Select(value => value.ToText()).ToList()))];
}
