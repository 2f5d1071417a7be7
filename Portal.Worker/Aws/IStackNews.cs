namespace Portal.Worker.Aws;

/// <summary>
/// What CloudFormation tells of itself while it works. It may be lost, late, repeated or out of order: what a stack's own events say counts,
/// and they are read when it has come to its end.
/// </summary>
public interface IStackNews
{
    /// <summary>What comes, as it comes, for as long as one listens. Errors are <c>StepFailedException</c>.</summary>
    IAsyncEnumerable<StackNews> ListenAsync(AwsTarget target, CancellationToken cancellationToken);
}

/// <param name="ChangesStack">Whether the stack itself has come to another state than being worked on.</param>
/// <param name="Resource">What happened in it; null where it is about the stack itself.</param>
public sealed record StackNews(string StackId, bool ChangesStack, ToldResource? Resource = null);

/// <param name="Id">The event's own: the same, however often it is delivered.</param>
/// <param name="At">Whole seconds, cut off.</param>
public sealed record ToldResource(string Id, string LogicalId, string? PhysicalId, string ResourceType, string Status, string? Reason, DateTimeOffset At);
