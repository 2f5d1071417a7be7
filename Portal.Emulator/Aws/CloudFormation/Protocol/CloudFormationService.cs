using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Stacks;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>CloudFormation's Query API, version 2010-05-15.</summary>
internal sealed class CloudFormationService : QueryService
{
    private static readonly HashSet<string> s_writes = new(StringComparer.Ordinal) { "CreateStack", "UpdateStack", "DeleteStack", "RollbackStack", "CancelUpdateStack", "ContinueUpdateRollback", "CreateChangeSet", "ExecuteChangeSet" };

    private readonly RateLimits _limits;

    public CloudFormationService(StackWrites writes, StackReads reads, TemplateReads templates, ChangeSetActions changeSets, StackCare care, DriftActions drift, RateLimits limits)
        : base("cloudformation", "2010-05-15", "http://cloudformation.amazonaws.com/doc/2010-05-15/")
    {
        _limits = limits;
        Actions = new Dictionary<string, Func<AwsRequest, XElement?>>(StringComparer.Ordinal)
        {
            ["CreateStack"] = writes.Create,
            ["UpdateStack"] = writes.Update,
            ["DeleteStack"] = writes.Delete,
            ["CancelUpdateStack"] = care.CancelUpdate,
            ["ContinueUpdateRollback"] = care.ContinueUpdateRollback,
            ["RollbackStack"] = care.Rollback,
            ["UpdateTerminationProtection"] = care.UpdateTerminationProtection,
            ["DetectStackDrift"] = drift.Detect,
            ["DescribeStackDriftDetectionStatus"] = drift.Status,
            ["DescribeStackResourceDrifts"] = drift.Resources,
            ["ListExports"] = care.ListExports,
            ["ListImports"] = care.ListImports,
            ["CreateChangeSet"] = changeSets.Create,
            ["DescribeChangeSet"] = changeSets.Describe,
            ["ListChangeSets"] = changeSets.ListOf,
            ["ExecuteChangeSet"] = changeSets.Execute,
            ["DeleteChangeSet"] = changeSets.Delete,
            ["DescribeStacks"] = reads.DescribeStacks,
            ["ListStacks"] = reads.ListStacks,
            ["DescribeStackEvents"] = reads.DescribeStackEvents,
            ["DescribeStackResource"] = reads.DescribeStackResource,
            ["DescribeStackResources"] = reads.DescribeStackResources,
            ["ListStackResources"] = reads.ListStackResources,
            ["GetTemplate"] = templates.GetTemplate,
            ["ValidateTemplate"] = templates.ValidateTemplate,
            ["GetTemplateSummary"] = templates.GetTemplateSummary,
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, XElement?>> Actions { get; }

    public override string SubjectOf(AwsRequest request) => request.Parameters["StackName"] ?? "";

    protected override void Admit(string action, AwsRequest request)
    {
        _limits.Admit(request, s_writes.Contains(action));
        RequestConstraints.Check(request.Parameters);
    }
}
