namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Amazon EKS. Endpoint and certificate of a cluster come from the Kubernetes half once it serves the API.</summary>
internal static class EksTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        new ResourceType("AWS::EKS::Cluster", r => r.Name("Name", 100))
            .With("Arn", r => r.Arn("eks", "cluster/" + r.PhysicalId)).With("Id", r => r.Guid())
            .With("ClusterSecurityGroupId", r => "sg-" + r.Hex(17, "cluster-sg"))
            .With("OpenIdConnectIssuerUrl", r => $"https://oidc.eks.{r.Region}.amazonaws.com/id/{r.Hex(32, "oidc").ToUpperInvariant()}")
            .With("EncryptionConfigKeyArn", r => "").WithLater("Endpoint", "CertificateAuthorityData"),
        new ResourceType("AWS::EKS::Nodegroup", r => $"{r.Text("ClusterName")}/{r.Name("NodegroupName", 63)}")
            .With("Arn", r => r.Arn("eks", $"nodegroup/{r.PhysicalId}/{r.Guid()}")).With("Id", r => r.PhysicalId)
            .With("ClusterName", r => r.Text("ClusterName")).With("NodegroupName", r => r.PhysicalId.Split('/')[^1]),
        new ResourceType("AWS::EKS::Addon", r => $"{r.Text("ClusterName")}|{r.Text("AddonName")}")
            .With("Arn", r => r.Arn("eks", $"addon/{r.Text("ClusterName")}/{r.Text("AddonName")}/{r.Guid()}")),
        new ResourceType("AWS::EKS::AccessEntry", r => $"{r.Text("PrincipalArn")}|{r.Text("ClusterName")}")
            .With("AccessEntryArn", r => r.Arn("eks", $"access-entry/{r.Text("ClusterName")}/role/{r.AccountId}/{r.Text("PrincipalArn").Split('/')[^1]}/{r.Guid()}")),
        new ResourceType("AWS::EKS::PodIdentityAssociation", r => r.Arn("eks", $"podidentityassociation/{r.Text("ClusterName")}/a-{r.Alphanumeric(17)}"))
            .With("AssociationArn", r => r.PhysicalId).With("AssociationId", r => r.PhysicalId.Split('/')[^1]),
    ];
}
