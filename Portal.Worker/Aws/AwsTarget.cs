using Portal.Core.Persistence;

namespace Portal.Worker.Aws;

/// <summary>One AWS account and region, and how to get in.</summary>
/// <param name="RoleArn">The role to assume; null uses the worker's own credentials.</param>
/// <param name="EndpointUrl">One address for all services, as <c>AWS_ENDPOINT_URL</c>; null is AWS itself.</param>
public sealed record AwsTarget(string Name, string AccountId, string Region, string? RoleArn, string? EndpointUrl)
{
    /// <summary>The columns of the table targets, aliased t, that <see cref="Of"/> takes.</summary>
    public const string Columns = """
        t.name, t.account_id as AccountId, t.region, t.role_arn as RoleArn, t.external_id as ExternalId, t.endpoint_url as EndpointUrl,
        t.api_access_cidrs as ApiAccessCidrs, t.template_bucket as TemplateBucket, t.event_queue as EventQueue, t.pace, t.reads_per_second as ReadsPerSecond
        """;

    /// <summary>What the role's trust asks for.</summary>
    public string? ExternalId { get; init; }

    /// <summary>For templates that are too large for a call.</summary>
    public string? TemplateBucket { get; init; }

    /// <summary>Where CloudFormation's events come to.</summary>
    public string? EventQueue { get; init; }

    /// <summary>How many calls that only read CloudFormation it may be given in a second; null for as many as there are.</summary>
    public double? ReadsPerSecond { get; init; }

    public static AwsTarget Of(TargetRow row) => new(row.Name, row.AccountId, row.Region, row.RoleArn, row.EndpointUrl)
    {
        ExternalId = row.ExternalId,
        TemplateBucket = row.TemplateBucket,
        EventQueue = row.EventQueue,
        ReadsPerSecond = row.ReadsPerSecond * row.Pace,
    };
}
