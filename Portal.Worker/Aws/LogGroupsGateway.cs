using System.Text.Json.Nodes;
using Portal.Core.Provisioning;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>CloudWatch Logs (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html).</summary>
internal sealed class LogGroupsGateway(AwsClients clients) : ILogGroups
{
    private const string Target = "Logs_20140328";

    public async Task DeleteLeftoverAsync(AwsTarget target, string name, CancellationToken cancellationToken)
    {
        var client = clients.For(target, AwsService.Logs);
        // The one of exactly that name comes first: the list is in the order of names.
        var page = await client.PostAsync(new JsonRequest("DescribeLogGroups", Target, new JsonObject { ["logGroupNamePrefix"] = name, ["limit"] = 1 }), cancellationToken);
        if (page.GetProperty("logGroups").EnumerateArray().FirstOrDefault() is not { ValueKind: System.Text.Json.JsonValueKind.Object } group || group.GetProperty("logGroupName").GetString() != name)
            return;
        var arn = group.GetProperty("arn").GetString()!;
        if (arn.EndsWith(":*", StringComparison.Ordinal))
            arn = arn[..^2];
        var tags = await client.PostAsync(new JsonRequest("ListTagsForResource", Target, new JsonObject { ["resourceArn"] = arn }), cancellationToken);
        if (tags.TryGetProperty("tags", out var found) && found.EnumerateObject().Any(tag => tag.Name == StackTags.EnvironmentId))
            return;
        await client.PostAsync(new JsonRequest("DeleteLogGroup", Target, new JsonObject { ["logGroupName"] = name }), cancellationToken);
    }
}
