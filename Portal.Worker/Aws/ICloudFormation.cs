namespace Portal.Worker.Aws;

/// <summary>CloudFormation, as the engine and the observer need it. Errors are <c>StepFailedException</c>.</summary>
public interface ICloudFormation
{
    /// <summary>Key of the service for whoever can wait: its reads give way to those of steps.</summary>
    const string Patient = "patient";

    /// <summary>The stack of that name or id; null where it does not exist. By name, a deleted stack does not exist.</summary>
    Task<StackSnapshot?> FindAsync(AwsTarget target, string stackName, CancellationToken cancellationToken);

    /// <summary>All stacks that are not deleted, page by page.</summary>
    IAsyncEnumerable<StackSnapshot> ListAsync(AwsTarget target, CancellationToken cancellationToken);

    /// <summary>
    /// Starts to create the stack and returns its id. A stack of that name that the same token created counts as success,
    /// so that the call can be repeated after a crash.
    /// </summary>
    Task<string> CreateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken);

    Task<StackUpdate> UpdateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Starts to make the stack's resources be what its template says, where somebody has changed them or taken them away: an update alone
    /// compares templates and finds nothing to do. Can be repeated with the same token.
    /// </summary>
    Task<StackUpdate> RevertDriftAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Starts to go on with the way back of an update, where it stopped: from UPDATE_ROLLBACK_FAILED, and from nowhere else. Can be
    /// repeated with the same token.
    /// </summary>
    /// <param name="leftOut">Logical ids of resources whose way back failed: they are taken to be what they were, and stay as they are.</param>
    Task ContinueRollbackAsync(AwsTarget target, string stackName, IReadOnlyCollection<string> leftOut, string token, CancellationToken cancellationToken);

    /// <summary>Starts to delete the stack; one that does not exist is success.</summary>
    Task DeleteAsync(AwsTarget target, string stackName, string token, CancellationToken cancellationToken);

    /// <summary>Newest first, page by page: stop reading where you knew the rest.</summary>
    IAsyncEnumerable<StackEvent> EventsAsync(AwsTarget target, string stackId, CancellationToken cancellationToken);

    Task<IReadOnlyList<StackResource>> ResourcesAsync(AwsTarget target, string stackId, CancellationToken cancellationToken);
}

/// <param name="TemplateBody">At most 51,200 bytes, or 1,000,000 where the target has a bucket.</param>
/// <param name="Token">At most 128 letters, digits and hyphens, beginning with a letter or digit; derived from operation, step and attempt.</param>
public sealed record StackRequest(
    string Name, string TemplateBody, IReadOnlyDictionary<string, string> Parameters, IReadOnlyDictionary<string, string> Tags, string Token)
{
    /// <summary>What the template may do beyond making plain resources, for example CAPABILITY_AUTO_EXPAND.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>
    /// Whether a failure leaves what was made where it is, so that an update can go on from there. Otherwise all of it is undone,
    /// which a protected database does not let happen.
    /// </summary>
    public bool KeepsWhatSucceeded { get; init; }
}

public enum StackUpdate
{
    Started,
    NothingToDo,
}

/// <param name="Status">CloudFormation's own word; see <see cref="StackStatus"/>.</param>
public sealed record StackSnapshot(
    string Id, string Name, string Status, string? Reason,
    IReadOnlyDictionary<string, string> Outputs, IReadOnlyDictionary<string, string> Tags,
    DateTimeOffset CreatedAt, DateTimeOffset? UpdatedAt)
{
    /// <summary>Whether nothing moves: the stack takes a new request or is gone.</summary>
    public bool IsSettled => StackStatus.IsSettled(Status);

    /// <summary>Whether what was asked last did not come about, even if the way back is still going on.</summary>
    public bool HasFailed => StackStatus.HasFailed(Status);

    /// <summary>Whether the stack is as its template says and its outputs may be used.</summary>
    public bool IsUsable => StackStatus.IsUsable(Status);

    /// <summary>Whether only a delete can follow.</summary>
    public bool MustBeDeleted => StackStatus.MustBeDeleted(Status);

    /// <summary>Whether an update goes on where the last request stopped.</summary>
    public bool IsPaused => StackStatus.IsPaused(Status);

    /// <summary>Whether an update failed and the way back did too: it can be gone on with, or the stack be deleted.</summary>
    public bool IsHalfBack => StackStatus.IsHalfBack(Status);

    /// <summary>Whether an update may be asked for: after what failed, or because nothing did.</summary>
    public bool CanBeUpdated => IsUsable || IsPaused || StackStatus.IsBackAsBefore(Status);
}

/// <param name="Token">The ClientRequestToken of the request that set the event off.</param>
public sealed record StackEvent(
    string EventId, string LogicalId, string? PhysicalId, string ResourceType, string Status, string? Reason, DateTimeOffset At, string? Token);

public sealed record StackResource(string LogicalId, string? PhysicalId, string ResourceType, string Status, string? Reason, DateTimeOffset At);
