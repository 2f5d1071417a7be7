using Microsoft.Extensions.Options;

namespace Portal.Worker.Aws;

/// <summary>Section <c>Worker:Aws</c>. Both keys or none: without them the SDK's default chain is asked (environment, profile, Pod Identity, instance role).</summary>
public sealed class WorkerAwsOptions
{
    public const string Section = "Worker:Aws";

    public string? AccessKeyId { get; set; }

    public string? SecretAccessKey { get; set; }
}

internal sealed class WorkerAwsOptionsValidator : IValidateOptions<WorkerAwsOptions>
{
    public ValidateOptionsResult Validate(string? name, WorkerAwsOptions options) =>
        string.IsNullOrEmpty(options.AccessKeyId) == string.IsNullOrEmpty(options.SecretAccessKey)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Worker:Aws takes both AccessKeyId and SecretAccessKey, or neither to use the SDK's default credentials.");
}
