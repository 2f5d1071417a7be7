using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.Rds;

/// <summary>What of RDS's Query API, version 2014-10-31, sends instances to sleep.</summary>
internal sealed class RdsService : QueryService
{
    private readonly DatabaseInstances _instances;

    public RdsService(DatabaseInstances instances) : base("rds", "2014-10-31", "http://rds.amazonaws.com/doc/2014-10-31/")
    {
        _instances = instances;
        Actions = new Dictionary<string, Func<AwsRequest, XElement?>>(StringComparer.Ordinal)
        {
            ["DescribeDBInstances"] = Describe,
            ["StopDBInstance"] = request => Switch(request, stop: true),
            ["StartDBInstance"] = request => Switch(request, stop: false),
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, XElement?>> Actions { get; }

    public override string SubjectOf(AwsRequest request) => request.Parameters["DBInstanceIdentifier"] ?? "";

    private XElement Describe(AwsRequest request) => Element(
        "Result", List("DBInstances", (request.Parameters["DBInstanceIdentifier"] is null ? _instances.All : [Named(request)]).Select(Show)));

    private XElement Switch(AwsRequest request, bool stop)
    {
        var instance = Named(request);
        // A member of a cluster goes with its cluster.
        if (instance.Properties["DBClusterIdentifier"] is not null)
            throw new AwsException("InvalidParameterCombination", $"aurora-postgresql DB instances are not eligible for {(stop ? "stopping" : "starting")}.");
        _instances.Switch(instance, stop);
        return Element("Result", Show(instance));
    }

    private CloudResource Named(AwsRequest request) =>
        _instances.All.FirstOrDefault(one => one.PhysicalId == request.Parameters["DBInstanceIdentifier"])
        ?? throw new AwsException("DBInstanceNotFound", $"DBInstance {request.Parameters["DBInstanceIdentifier"]} not found.", 404);

    private XElement Show(CloudResource instance) => Element(
        "DBInstance",
        Element("DBInstanceIdentifier", instance.PhysicalId),
        Element("DBInstanceStatus", _instances.StatusOf(instance)),
        Optional("DBInstanceClass", instance.Properties["DBInstanceClass"].ToText()),
        Optional("Engine", instance.Properties["Engine"].ToText()),
        Optional("EngineVersion", instance.Properties["EngineVersion"].ToText()),
        Time("InstanceCreateTime", instance.CreatedAt));
}
