using System.Text.RegularExpressions;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>AWS-specific parameter types: what a value names has to exist in the account.</summary>
internal sealed partial class ParameterExistence(Inventory inventory, EmulatorOptions options)
{
    /// <summary>Null, or the sentence with which CloudFormation gives the stack up.</summary>
    public string? FaultOf(Template template, IReadOnlyDictionary<string, string> values)
    {
        foreach (var (name, value) in values)
        {
            var type = ItemType(template.Parameters[name]);
            var missing = type is null ? null : value.Split(',', StringSplitOptions.TrimEntries).FirstOrDefault(item => !Exists(type, item));
            if (missing is not null)
                return $"Parameter validation failed: parameter value {missing} for parameter name {name} does not exist. ";
        }

        return null;
    }

    private bool Exists(string type, string value) => type switch
    {
        "AWS::EC2::VPC::Id" => inventory.Find("AWS::EC2::VPC", value) is not null,
        "AWS::EC2::Subnet::Id" => inventory.Find("AWS::EC2::Subnet", value) is not null,
        "AWS::EC2::SecurityGroup::Id" => inventory.Find("AWS::EC2::SecurityGroup", value) is not null || IsMadeByAService(value),
        "AWS::EC2::AvailabilityZone::Name" => AvailabilityZones.Of(options.Region).Contains(value),
        "AWS::SSM::Parameter::Name" => inventory.Find("AWS::SSM::Parameter", value) is not null,
        // Images, key pairs, volumes, hosted zones: nothing here makes them, so nothing can say that they are missing.
        _ => true,
    };

    /// <summary>EKS makes a group for each cluster, EC2 one for each VPC; no stack names them as resources.</summary>
    private bool IsMadeByAService(string group) =>
        inventory.OfType("AWS::EKS::Cluster").Any(cluster => cluster.Attributes["ClusterSecurityGroupId"].ToText() == group)
        || inventory.OfType("AWS::EC2::VPC").Any(vpc => vpc.Attributes["DefaultSecurityGroup"].ToText() == group);

    private static string? ItemType(ParameterDefinition parameter) =>
        !parameter.IsSsm && AwsType().Match(parameter.Type) is { Success: true } match ? match.Groups["type"].Value : null;

    [GeneratedRegex(@"^(List<)?(?<type>AWS::[A-Za-z0-9:]+)>?\z")]
    private static partial Regex AwsType();
}
