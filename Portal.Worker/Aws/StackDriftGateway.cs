using System.Xml.Linq;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html.</summary>
internal sealed class StackDriftGateway(AwsClients clients) : IStackDrift
{
    public async Task<string> DetectAsync(AwsTarget target, string stackName, CancellationToken cancellationToken) =>
        (await CallAsync(target, new QueryRequest("DetectStackDrift").With("StackName", stackName), cancellationToken)).Required("StackDriftDetectionId");

    public async Task<DriftDetection> FindAsync(AwsTarget target, string detectionId, CancellationToken cancellationToken)
    {
        var answer = await CallAsync(target, new QueryRequest("DescribeStackDriftDetectionStatus") { IsPatient = true }.With("StackDriftDetectionId", detectionId), cancellationToken);
        return new DriftDetection(answer.Required("DetectionStatus"), answer.Text("DetectionStatusReason"));
    }

    public async Task<IReadOnlyList<ResourceDrift>> ResourcesAsync(AwsTarget target, string stackName, CancellationToken cancellationToken)
    {
        var drifts = new List<ResourceDrift>();
        var request = () => new QueryRequest("DescribeStackResourceDrifts") { IsPatient = true }.With("StackName", stackName).WithList("StackResourceDriftStatusFilters", ["MODIFIED", "DELETED"]);
        await foreach (var page in clients.For(target, AwsService.CloudFormation).PagesAsync(request, "NextToken", "NextToken", cancellationToken))
            drifts.AddRange(page.Members("StackResourceDrifts").Select(Read));
        return drifts;
    }

    private static ResourceDrift Read(XElement member) => new(
        member.Required("LogicalResourceId"),
        member.Required("ResourceType"),
        member.Required("StackResourceDriftStatus"),
        [.. member.Members("PropertyDifferences").Select(one => new DriftedValue(
            one.Required("PropertyPath"),
            one.Text("DifferenceType") == "ADD" ? null : one.Text("ExpectedValue"),
            one.Text("DifferenceType") == "REMOVE" ? null : one.Text("ActualValue")))]);

    private Task<XElement> CallAsync(AwsTarget target, QueryRequest request, CancellationToken cancellationToken) =>
        clients.For(target, AwsService.CloudFormation).QueryAsync(request, cancellationToken);
}
