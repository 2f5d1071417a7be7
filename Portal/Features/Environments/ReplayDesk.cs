using Portal.Core.Environments;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Environments;

/// <summary>What looking at operations as they went needs of queries; the seam its component tests stand at.</summary>
public interface IReplayDesk
{
    /// <summary>How many operations can be chosen from; an address reaches older ones too.</summary>
    const int Choices = 25;

    /// <summary>The environment's newest operations, the newest first.</summary>
    Task<IReadOnlyList<OperationSummary>> OperationsAsync(Guid environmentId, CancellationToken cancellationToken);

    /// <inheritdoc cref="ReplayQueries.ReadAsync"/>
    Task<Recording?> ReadAsync(Guid environmentId, Guid operationId, CancellationToken cancellationToken);

    /// <inheritdoc cref="ReplayQueries.SpansAsync"/>
    Task<IReadOnlyList<ResourceSpan>> SpansAsync(Guid environmentId, Guid operationId, string step, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IReplayDesk"/>
public sealed class ReplayDesk(ReplayQueries replays, OperationQueries operations, CurrentActor current, DatabaseReach database) : IReplayDesk
{
    public Task<IReadOnlyList<OperationSummary>> OperationsAsync(Guid environmentId, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await operations.ListAsync(await current.GetAsync(), environmentId, null, IReplayDesk.Choices, token), cancellationToken);

    public Task<Recording?> ReadAsync(Guid environmentId, Guid operationId, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await replays.ReadAsync(await current.GetAsync(), environmentId, operationId, token), cancellationToken);

    public Task<IReadOnlyList<ResourceSpan>> SpansAsync(Guid environmentId, Guid operationId, string step, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await replays.SpansAsync(await current.GetAsync(), environmentId, operationId, step, token), cancellationToken);
}
