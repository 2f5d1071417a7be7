namespace Portal.Worker.Aws;

/// <summary>What of an account and region bears a tag, whatever service it belongs to. Errors are <c>StepFailedException</c>.</summary>
public interface ITaggedResources
{
    /// <returns>ARNs, at most <see cref="Most"/>.</returns>
    Task<IReadOnlyList<string>> FindAsync(AwsTarget target, string tag, string value, CancellationToken cancellationToken);

    const int Most = 500;
}
