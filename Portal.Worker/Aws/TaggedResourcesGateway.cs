using System.Text.Json.Nodes;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>The Resource Groups Tagging API (https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html).</summary>
internal sealed class TaggedResourcesGateway(AwsClients clients) : ITaggedResources
{
    private const string Target = "ResourceGroupsTaggingAPI_20170126";

    public async Task<IReadOnlyList<string>> FindAsync(AwsTarget target, string tag, string value, CancellationToken cancellationToken)
    {
        var found = new List<string>();
        var next = "";
        do
        {
            var request = new JsonRequest("GetResources", Target, new JsonObject
            {
                ["TagFilters"] = new JsonArray(new JsonObject { ["Key"] = tag, ["Values"] = new JsonArray(value) }),
                ["ResourcesPerPage"] = 100,
                ["PaginationToken"] = next,
            });
            var page = await clients.For(target, AwsService.Tagging).PostAsync(request, cancellationToken);
            found.AddRange(page.GetProperty("ResourceTagMappingList").EnumerateArray().Select(item => item.GetProperty("ResourceARN").GetString()!));
            next = page.TryGetProperty("PaginationToken", out var token) ? token.GetString() ?? "" : "";
        }
        while (next.Length > 0 && found.Count < ITaggedResources.Most);
        return found;
    }
}
