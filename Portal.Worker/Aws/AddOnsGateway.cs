using Portal.Core.Provisioning;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>EKS's DescribeAddonVersions. Of one add-on, so one page is all.</summary>
internal sealed class AddOnsGateway(AwsClients clients) : IAddOns
{
    public async Task<IReadOnlyList<string>?> OfferedAsync(AwsTarget target, string addOn, string kubernetes, CancellationToken cancellationToken)
    {
        var request = new RestRequest("DescribeAddonVersions", "/addons/supported-versions")
        {
            Query = new Dictionary<string, string>(StringComparer.Ordinal) { ["addonName"] = addOn, ["kubernetesVersion"] = kubernetes },
        };
        try
        {
            var body = await clients.For(target, AwsService.Eks).GetAsync(request, cancellationToken);
            return [.. body.GetProperty("addons").EnumerateArray().SelectMany(one => one.GetProperty("addonVersions").EnumerateArray()).Select(one => one.GetProperty("addonVersion").GetString() ?? "")];
        }
        catch (StepFailedException error) when (error.Failure.Code == "eks_access_denied")
        {
            // A target whose role is older than the question. CloudFormation will say what EKS does not have.
            return null;
        }
    }
}
