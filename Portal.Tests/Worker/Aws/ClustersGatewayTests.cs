using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Tests.Worker.Aws;

public sealed class ClustersGatewayTests
{
    [Fact]
    public async Task DescribeAsync_ActiveCluster_CanBeConnectedTo()
    {
        await using var aws = await AwsStub.StartAsync(("/clusters/shop", """
            {"cluster":{"name":"shop","arn":"arn:aws:eks:us-east-1:111122223333:cluster/shop","version":"1.35","status":"ACTIVE",
            "endpoint":"https://A1B2.gr7.us-east-1.eks.amazonaws.com","certificateAuthority":{"data":"LS0tLS1CRUdJTg=="}}}
            """));

        var cluster = await new ClustersGateway(aws.Clients).DescribeAsync(aws.Target, "shop", default);

        cluster.Status.ShouldBe("ACTIVE");
        cluster.Connect(aws.Target).ShouldNotBeNull().Endpoint.Host.ShouldBe("a1b2.gr7.us-east-1.eks.amazonaws.com");
        aws.Server.Requests.Single().Headers["Authorization"].ShouldContain("/eks/aws4_request");
    }

    [Fact]
    public async Task DescribeAsync_ClusterBeingCreated_CannotBeConnectedTo()
    {
        await using var aws = await AwsStub.StartAsync(
            ("/clusters/shop", """{"cluster":{"name":"shop","status":"CREATING","endpoint":null,"certificateAuthority":{"data":null}}}"""));

        (await new ClustersGateway(aws.Clients).DescribeAsync(aws.Target, "shop", default)).Connect(aws.Target).ShouldBeNull();
    }

    [Fact]
    public async Task DescribeAsync_UnknownCluster_IsNotFound()
    {
        await using var aws = await AwsStub.StartAsync(
            ("/clusters/shop", """404 {"__type":"ResourceNotFoundException","message":"No cluster found for name: shop."}"""));

        var error = await Should.ThrowAsync<StepFailedException>(new ClustersGateway(aws.Clients).DescribeAsync(aws.Target, "shop", default));
        error.Failure.Code.ShouldBe("eks_not_found");
        error.Failure.Message.ShouldBe("EKS in test (us-east-1) does not have it: No cluster found for name: shop.");
    }

    [Fact]
    public async Task CallerArnAsync_TargetWithRole_AssumesItOnceAndSignsWithItsSession()
    {
        const string Metadata = "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>";
        const string Identity = $"""
            <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
            <Arn>arn:aws:sts::111122223333:assumed-role/Deployer/portal-worker</Arn><UserId>AROA:portal-worker</UserId><Account>111122223333</Account>
            </GetCallerIdentityResult>{Metadata}</GetCallerIdentityResponse>
            """;
        await using var aws = await AwsStub.StartAsync(
            ("AssumeRole", $"""
            <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIASESSION</AccessKeyId>
            <SecretAccessKey>session-secret</SecretAccessKey><SessionToken>session-token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>
            </AssumeRoleResult>{Metadata}</AssumeRoleResponse>
            """),
            ("GetCallerIdentity", Identity),
            ("GetCallerIdentity", Identity));
        var target = aws.Target with { RoleArn = "arn:aws:iam::111122223333:role/Deployer" };
        var gateway = new ClustersGateway(aws.Clients);

        await gateway.CallerArnAsync(target, default);
        var arn = await gateway.CallerArnAsync(target, default);

        PrincipalArn.OfCaller(arn).ShouldBe(target.RoleArn);
        aws.Server.Requests.Select(r => r.Field("Action")).ShouldBe(["AssumeRole", "GetCallerIdentity", "GetCallerIdentity"]);
        aws.Server.Requests.Last().Headers["X-Amz-Security-Token"].ShouldBe("session-token");
    }

    [Fact]
    public async Task DescribeAsync_RoleThatMayNotBeAssumed_IsToldAsSuch()
    {
        await using var aws = await AwsStub.StartAsync(
            ("AssumeRole", AwsStub.Error("AccessDenied", "User jo is not authorized to perform: sts:AssumeRole")));
        var target = aws.Target with { RoleArn = "arn:aws:iam::111122223333:role/Deployer" };

        var error = await Should.ThrowAsync<StepFailedException>(new ClustersGateway(aws.Clients).DescribeAsync(target, "shop", default));

        error.Failure.Code.ShouldBe("sts_access_denied");
    }

    [Theory]
    [InlineData("arn:aws:sts::111122223333:assumed-role/Deployer/session", "arn:aws:iam::111122223333:role/Deployer")]
    [InlineData("arn:aws-cn:sts::111122223333:assumed-role/Deployer/a/b", "arn:aws-cn:iam::111122223333:role/Deployer")]
    [InlineData("arn:aws:iam::111122223333:user/division/jo", "arn:aws:iam::111122223333:user/division/jo")]
    [InlineData("arn:aws:sts::111122223333:federated-user/jo", "arn:aws:sts::111122223333:federated-user/jo")]
    public void OfCaller_Arn_BecomesWhatAnAccessEntryNames(string caller, string principal) => PrincipalArn.OfCaller(caller).ShouldBe(principal);
}
