namespace Portal.Worker.Aws;

/// <summary>One AWS account and region, and how to get in.</summary>
/// <param name="RoleArn">The role to assume; null uses the worker's own credentials.</param>
/// <param name="EndpointUrl">One address for all services, as <c>AWS_ENDPOINT_URL</c>; null is AWS itself.</param>
public sealed record AwsTarget(string Name, string AccountId, string Region, string? RoleArn, string? EndpointUrl);
