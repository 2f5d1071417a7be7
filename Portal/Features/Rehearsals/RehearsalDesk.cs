using Portal.Core;
using Portal.Core.Rehearsals;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Rehearsals;

/// <summary>What the rehearsals of a request need, on whichever page they stand.</summary>
public interface IRehearsalDesk
{
    /// <summary>Beats at once and after each change of any environment or request.</summary>
    Subscription<long> WatchChanges();

    /// <returns>Null where the request is not to be seen.</returns>
    Task<RequestRehearsals?> ReadAsync(Guid requestId, CancellationToken cancellationToken);

    /// <returns>The rehearsal's id; or a refusal.</returns>
    Task<Outcome<Guid>> StartAsync(Guid requestId, CancellationToken cancellationToken);

    /// <inheritdoc cref="StartAsync"/>
    Task<Outcome<Guid>> CancelAsync(Guid rehearsalId, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IRehearsalDesk"/>
public sealed class RehearsalDesk(RehearsalQueries rehearsals, StartRehearsal start, CancelRehearsal cancel, OverviewFeed overview, CurrentActor current, DatabaseReach database) : IRehearsalDesk
{
    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public Task<RequestRehearsals?> ReadAsync(Guid requestId, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await rehearsals.OfAsync(await current.GetAsync(), requestId, token), cancellationToken);

    public Task<Outcome<Guid>> StartAsync(Guid requestId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => start.ExecuteAsync(actor, requestId, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> CancelAsync(Guid rehearsalId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => cancel.ExecuteAsync(actor, rehearsalId, cancellationToken), cancellationToken));
}
