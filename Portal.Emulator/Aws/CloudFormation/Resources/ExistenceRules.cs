using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>
/// What services refuse because it is not there: versions, instance types, zones, policies, and networks that do not fit. The sentences
/// are as AWS's are remembered; no source was kept for them but where one is named.
/// </summary>
internal sealed class ExistenceRules(Inventory inventory, EmulatorOptions options, KnownValues known)
{
    private const string AwsPolicies = "arn:aws:iam::aws:policy/";

    /// <summary>Null, or why the service refuses it.</summary>
    /// <param name="before">The resource's properties so far; null for a new one.</param>
    public string? FaultOf(string type, JsonObject properties, JsonObject? before)
    {
        string At(string property) => properties[property].ToText();
        return type switch
        {
            "AWS::EKS::Cluster" => Cluster(properties, before),
            "AWS::EKS::Addon" when At("AddonVersion") is { Length: > 0 } version && !known.HasAddOn(At("AddonName"), version, VersionOf(At("ClusterName"))) =>
                Invalid("Addon version specified is not supported"),
            "AWS::EKS::Nodegroup" when Texts(properties["InstanceTypes"]).FirstOrDefault(one => !known.HasInstance(one)) is { } instance =>
                Invalid($"The following supplied instance types do not exist: [{instance}]"),
            "AWS::EKS::Nodegroup" => Scaling(properties["ScalingConfig"]),
            "AWS::RDS::DBInstance" => Database(At("DBInstanceClass"), At("Engine"), At("EngineVersion")),
            "AWS::RDS::DBCluster" => Engine(At("Engine"), At("EngineVersion")),
            "AWS::IAM::Role" when Texts(properties["ManagedPolicyArns"]).FirstOrDefault(IsUnknown) is { } policy =>
                $"Policy {policy} does not exist or is not attachable. (Service: Iam, Status Code: 404, Error Code: NoSuchEntity)",
            "AWS::EC2::Subnet" when before is null => Subnet(properties),
            _ => null,
        };
    }

    private string? Cluster(JsonObject properties, JsonObject? before)
    {
        if (properties["Version"].ToText() is { Length: > 0 } version && !known.Kubernetes.Contains(version))
            return Invalid($"unsupported Kubernetes version {version}");
        if (before is not null)
            return null;
        var subnets = Texts(properties["ResourcesVpcConfig"]?["SubnetIds"]).Select(id => inventory.Find("AWS::EC2::Subnet", id)).OfType<CloudResource>().ToList();
        if (subnets.Count > 0 && subnets.Select(subnet => subnet.Attributes["AvailabilityZone"].ToText()).Distinct().Count() < 2)
            return Invalid("Subnets specified must be in at least two different AZs");
        return subnets.Select(subnet => subnet.Properties["VpcId"].ToText()).Distinct().Count() > 1 ? Invalid("Subnets specified must belong to the same VPC") : null;
    }

    // Words: terraform-aws-modules/terraform-aws-eks#835.
    private static string? Scaling(JsonNode? scaling)
    {
        int? At(string name) => int.TryParse(scaling?[name]?.ToText(), out var number) ? number : null;
        var (least, desired, most) = (At("MinSize"), At("DesiredSize"), At("MaxSize"));
        return least > desired ? Invalid($"Minimum capacity {least} can't be greater than desired size {desired}")
            : desired > most ? Invalid($"desired capacity {desired} can't be greater than max size {most}")
            : null;
    }

    private string? Database(string type, string engine, string version)
    {
        if (type.Length > 0 && !known.HasDatabase(type))
        {
            return $"RDS does not support creating a DB instance with the following combination: DBInstanceClass={type}, Engine={engine}, EngineVersion={version}. "
                + "For supported combinations of instance class and database engine version, see the documentation. (Service: Rds, Status Code: 400, Error Code: InvalidParameterCombination)";
        }

        return Engine(engine, version);
    }

    private string? Engine(string engine, string version) =>
        version.Length > 0 && !known.HasEngine(engine, version) ? $"Cannot find version {version} for {engine} (Service: Rds, Status Code: 400, Error Code: InvalidParameterCombination)" : null;

    private string? Subnet(JsonObject properties)
    {
        string At(string property) => properties[property].ToText();
        var zones = AvailabilityZones.Of(options.Region);
        if (At("AvailabilityZone") is { Length: > 0 } zone && !zones.Contains(zone))
        {
            return $"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {string.Join(", ", zones)}. "
                + "(Service: Ec2, Status Code: 400, Error Code: InvalidParameterValue)";
        }

        if (inventory.Find("AWS::EC2::VPC", At("VpcId")) is not { } vpc || !System.Net.IPNetwork.TryParse(At("CidrBlock"), out var block))
            return null;
        if (System.Net.IPNetwork.TryParse(vpc.Properties["CidrBlock"].ToText(), out var whole) && !(whole.Contains(block.BaseAddress) && whole.PrefixLength <= block.PrefixLength))
            return $"The CIDR '{block}' is invalid. (Service: Ec2, Status Code: 400, Error Code: InvalidSubnet.Range)";
        return inventory.OfType("AWS::EC2::Subnet").Any(other => other.Properties["VpcId"].ToText() == At("VpcId")
            && System.Net.IPNetwork.TryParse(other.Properties["CidrBlock"].ToText(), out var taken) && (taken.Contains(block.BaseAddress) || block.Contains(taken.BaseAddress)))
            ? $"The CIDR '{block}' conflicts with another subnet (Service: Ec2, Status Code: 400, Error Code: InvalidSubnet.Conflict)"
            : null;
    }

    private bool IsUnknown(string policy) => policy.StartsWith(AwsPolicies, StringComparison.Ordinal)
        ? !known.Policies.Contains(policy[AwsPolicies.Length..])
        : policy.StartsWith($"arn:aws:iam::{options.AccountId}:policy/", StringComparison.Ordinal) && !inventory.OfType("AWS::IAM::ManagedPolicy").Any(one => one.PhysicalId == policy);

    private string VersionOf(string cluster) => inventory.Find("AWS::EKS::Cluster", cluster)?.Properties["Version"].ToText() is { Length: > 0 } version ? version : known.Kubernetes[^1];

    private static IEnumerable<string> Texts(JsonNode? node) => node is JsonArray list ? list.Select(JsonText.ToText) : [];

    private static string Invalid(string message) => $"{message} (Service: Eks, Status Code: 400, Error Code: InvalidParameterException)";
}
