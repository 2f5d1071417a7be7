using Portal.Emulator.Aws.Signing;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

internal static class IdentityTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        new ResourceType("AWS::IAM::Role", r => r.Name("RoleName", 64))
            .With("Arn", r => r.IamArn($"role{Path(r)}{r.PhysicalId}")).With("RoleId", r => "AROA" + CredentialStore.IdFor(r.StackId + r.PhysicalId)),
        new ResourceType("AWS::IAM::ManagedPolicy", r => r.IamArn($"policy{Path(r)}{r.Name("ManagedPolicyName")}")).With("PolicyArn", r => r.PhysicalId)
            .With("PolicyId", r => "ANPA" + CredentialStore.IdFor(r.StackId + r.PhysicalId)),
        new ResourceType("AWS::IAM::Policy", r => $"{r.StackName[..Math.Min(4, r.StackName.Length)]}-{r.LogicalId[..Math.Min(4, r.LogicalId.Length)]}-{r.Upper(12)}")
            .With("Id", r => r.PhysicalId),
        new ResourceType("AWS::IAM::RolePolicy", r => $"{r.Text("PolicyName")}|{r.Text("RoleName")}"),
    ];

    private static string Path(ResourceContext r) => r.Text("Path", "/");
}
