namespace Portal.Core.Environments;

/// <summary>What nobody tells when the process is gone that would have: <see cref="EnvironmentQueries.UntoldAsync"/> reads it.</summary>
/// <param name="Unseen">The environments that are not seen.</param>
/// <param name="Revisions">Of those that somebody watches.</param>
/// <param name="All">The revisions of all environments together, which is another number after any change; null where nobody asked.</param>
public sealed record Untold(IReadOnlySet<Guid> Unseen, IReadOnlyDictionary<Guid, long> Revisions, long? All);
