namespace Portal.Worker.Aws;

/// <summary>What CloudFormation tells of itself while it works. A hint where to look and nothing more: it may be lost, late, repeated or out of order.</summary>
public interface IStackNews
{
    /// <summary>What comes, as it comes, for as long as one listens. Errors are <c>StepFailedException</c>.</summary>
    IAsyncEnumerable<StackNews> ListenAsync(AwsTarget target, CancellationToken cancellationToken);
}

/// <param name="ChangesStack">Whether the stack itself has come to another state than being worked on; otherwise something in it has.</param>
public sealed record StackNews(string StackId, bool ChangesStack);
