namespace Portal.Core.Provisioning;

/// <summary>Why a step failed, in words a person can act on.</summary>
/// <param name="Code">Stable, snake_case, for example <c>cfn_throttled</c> or <c>helm_timeout</c>.</param>
/// <param name="Message">One plain sentence.</param>
/// <param name="RootCause">The first failing resource's own reason, not the cascade it set off; null where there is none.</param>
/// <param name="CanRetry">Whether the same call may succeed later without anybody changing anything.</param>
/// <param name="RetryAfter">How long to wait at least before the next attempt; null lets the retry policy decide.</param>
public sealed record Failure(string Code, string Message, string? RootCause = null, bool CanRetry = false, TimeSpan? RetryAfter = null)
{
    /// <summary>Throttling is the service asking for patience, so it does not use up an attempt.</summary>
    public bool IsThrottling { get; init; }
}

/// <summary>A cloud, Kubernetes or Helm error, classified once by the gateway that met it.</summary>
public sealed class StepFailedException(Failure failure, Exception? inner = null) : Exception(failure.Message, inner)
{
    public Failure Failure { get; } = failure;

    public StepFailedException(string code, string message, bool canRetry = false, Exception? inner = null, TimeSpan? retryAfter = null)
        : this(new Failure(code, message, null, canRetry, retryAfter), inner)
    {
    }
}
