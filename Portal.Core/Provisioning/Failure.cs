using System.Text.Json.Serialization;

namespace Portal.Core.Provisioning;

/// <summary>Why a step failed, in words a person can act on.</summary>
/// <param name="Code">Stable, snake_case, for example <c>cfn_throttled</c> or <c>helm_timeout</c>.</param>
/// <param name="Message">One plain sentence.</param>
/// <param name="RootCause">The first failing resource's own reason, not the cascade it set off; null where there is none.</param>
/// <param name="CanRetry">Whether the same call may succeed later without anybody changing anything.</param>
/// <param name="RetryAfter">How long to wait at least before the next attempt; null lets the retry policy decide.</param>
public sealed record Failure(string Code, string Message, string? RootCause = null, bool CanRetry = false, TimeSpan? RetryAfter = null)
{
    /// <summary>Code of the failure of a stack that neither came to be what was asked for nor went back to what it was.</summary>
    public const string HalfBack = "stack_rollback_failed";

    /// <summary>Throttling is the service asking for patience, so it does not use up an attempt.</summary>
    public bool IsThrottling { get; init; }

    /// <summary>
    /// Who does not answer, for example "AWS" or "The cluster's API", where that is all that is wrong: it is waited for, which is no attempt.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Silent { get; init; }

    /// <summary>What was seen of it, the most telling first; null where the sentence says it all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Evidence>? Evidence { get; init; }

    /// <summary>The resources of a stack that it is about, where a person may have to choose among them; null elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<FailedResource>? Resources { get; init; }
}

/// <summary>A resource of a stack that could not be changed, or changed back.</summary>
/// <param name="LogicalId">As CloudFormation wants to be told of it.</param>
/// <param name="Title">What it is and its name in the template, for example "Aurora cluster Cluster".</param>
/// <param name="IsGone">Whether somebody deleted it.</param>
public sealed record FailedResource(string LogicalId, string Title, string? Reason, bool IsGone);

/// <summary>A cloud, Kubernetes or Helm error, classified once by the gateway that met it.</summary>
public sealed class StepFailedException(Failure failure, Exception? inner = null) : Exception(failure.Message, inner)
{
    public Failure Failure { get; } = failure;

    public StepFailedException(string code, string message, bool canRetry = false, Exception? inner = null, TimeSpan? retryAfter = null)
        : this(new Failure(code, message, null, canRetry, retryAfter), inner)
    {
    }
}

/// <summary>Who a step may have to wait for.</summary>
public static class Correspondents
{
    public const string Aws = "AWS";
    public const string Cluster = "The cluster's API";
    public const string Charts = "The chart repository";
}

/// <summary>What a running step waits for: somebody who does not answer, or asks for patience.</summary>
/// <param name="Whom">One of <see cref="Correspondents"/>.</param>
/// <param name="Cause">What was last heard, or not heard.</param>
public sealed record StepWaiting(string Whom, DateTimeOffset Since, string Cause, bool IsThrottling = false)
{
    /// <summary>Without the moment: "AWS does not answer".</summary>
    [JsonIgnore]
    public string Sentence => IsThrottling ? $"{Whom} asks for patience" : $"{Whom} does not answer";
}
