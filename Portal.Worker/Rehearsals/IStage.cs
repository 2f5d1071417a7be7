using Portal.Core.Rehearsals;

namespace Portal.Worker.Rehearsals;

/// <summary>Where rehearsals are played: nowhere that anything of it stays.</summary>
public interface IStage
{
    /// <param name="connectionString">Of an empty database that is all its own.</param>
    /// <param name="progress">Called now and then, from any thread.</param>
    /// <exception cref="StageException">It cannot be played, or not to its end.</exception>
    Task<RehearsalReport> PlayAsync(RehearsalScript script, string connectionString, Action<RehearsalProgress> progress, CancellationToken cancellationToken);
}

/// <summary>A database for a rehearsal, for as long as that takes.</summary>
public interface IStageDatabases
{
    /// <returns>Its connection string.</returns>
    /// <exception cref="StageException">There can be none; says what to do.</exception>
    Task<string> CreateAsync(Guid rehearsalId, CancellationToken cancellationToken);

    Task DropAsync(Guid rehearsalId, CancellationToken cancellationToken);
}

/// <summary>Why a rehearsal has no result, in a sentence for the person who asked for it.</summary>
public sealed class StageException(string message, Exception? inner = null) : Exception(message, inner);
