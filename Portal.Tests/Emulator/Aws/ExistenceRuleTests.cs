namespace Portal.Tests.Emulator.Aws;

/// <summary>What AWS has not is refused, and so is what does not fit into the network.</summary>
public sealed class ExistenceRuleTests : IDisposable
{
    private const string Network = """
        Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
        One: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: us-east-1a } }
        Two: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1b } }
        """;

    private readonly TestFolder _folder = new();
    private readonly AwsHalf _aws;

    public ExistenceRuleTests() => _aws = new AwsHalf(_folder);

    [Theory]
    [InlineData("C: { Type: AWS::EKS::Cluster, Properties: { Version: '1.19', RoleArn: r, ResourcesVpcConfig: { SubnetIds: [!Ref One, !Ref Two] } } }", "unsupported Kubernetes version 1.19")]
    [InlineData("C: { Type: AWS::EKS::Cluster, Properties: { RoleArn: r, ResourcesVpcConfig: { SubnetIds: [!Ref One] } } }", "at least two different AZs")]
    [InlineData("A: { Type: AWS::EKS::Addon, Properties: { ClusterName: c, AddonName: coredns, AddonVersion: v1.2.3-eksbuild.1 } }", "Addon version specified is not supported")]
    [InlineData("N: { Type: AWS::EKS::Nodegroup, Properties: { ClusterName: c, NodeRole: r, Subnets: [!Ref One], InstanceTypes: [t3.huge] } }", "do not exist: [t3.huge]")]
    [InlineData("N: { Type: AWS::EKS::Nodegroup, Properties: { ClusterName: c, NodeRole: r, Subnets: [!Ref One], ScalingConfig: { MinSize: 2, DesiredSize: 1, MaxSize: 4 } } }", "Minimum capacity 2 can't be greater than desired size 1")]
    [InlineData("D: { Type: AWS::RDS::DBInstance, Properties: { Engine: postgres, EngineVersion: '17', DBInstanceClass: db.t9.micro, AllocatedStorage: '20' } }", "DBInstanceClass=db.t9.micro, Engine=postgres")]
    [InlineData("D: { Type: AWS::RDS::DBInstance, Properties: { Engine: postgres, EngineVersion: '9', DBInstanceClass: db.t4g.micro, AllocatedStorage: '20' } }", "Cannot find version 9 for postgres")]
    [InlineData("D: { Type: AWS::RDS::DBCluster, Properties: { Engine: aurora-mysql, EngineVersion: '5.6' } }", "Cannot find version 5.6 for aurora-mysql")]
    [InlineData("R: { Type: AWS::IAM::Role, Properties: { AssumeRolePolicyDocument: {}, ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonEKSClutserPolicy'] } }", "AmazonEKSClutserPolicy does not exist or is not attachable")]
    [InlineData("S: { Type: AWS::EC2::Subnet, DependsOn: One, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.128/25 } }", "The CIDR '10.0.0.128/25' conflicts with another subnet")]
    [InlineData("S: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.1.0.0/24 } }", "The CIDR '10.1.0.0/24' is invalid")]
    [InlineData("S: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.9.0/24, AvailabilityZone: us-east-1z } }", "Value (us-east-1z) for parameter availabilityZone is invalid")]
    public void Create_WhatIsNotThereOrDoesNotFit_FailsInTheServicesWords(string resource, string reason)
    {
        _aws.Create("stack", $"Resources:\n  {Network.ReplaceLineEndings("\n  ")}\n  {resource}\n");
        _aws.Move(2_000);

        _aws.Stack("stack").Events.ShouldContain(entry => entry.Status == "CREATE_FAILED" && entry.Reason != null && entry.Reason.Contains(reason));
    }

    [Fact]
    public void Create_WhatThereIs_IsMade()
    {
        _aws.Create("stack", $"Resources:\n  {Network.ReplaceLineEndings("\n  ")}\n  C: {{ Type: AWS::EKS::Cluster, Properties: {{ Version: '1.35', RoleArn: r, ResourcesVpcConfig: {{ SubnetIds: [!Ref One, !Ref Two] }} }} }}\n");
        _aws.Move(2_000);

        _aws.Stack("stack").Status.ShouldBe("CREATE_COMPLETE");
    }

    public void Dispose()
    {
        _aws.Dispose();
        _folder.Dispose();
    }
}
