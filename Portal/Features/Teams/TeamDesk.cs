using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Teams;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Teams;

/// <summary>What the teams' page needs of queries and use cases.</summary>
public interface ITeamDesk
{
    /// <summary>Whether there are limits at all.</summary>
    bool HasLimits { get; }

    /// <summary>For example "Ops or Admin".</summary>
    string RaisedBy { get; }

    Task<bool> MayRaiseAsync();

    /// <inheritdoc cref="TeamQueries.ListAsync"/>
    Task<Page<TeamSummary>> ListAsync(string? search, int page, CancellationToken cancellationToken);

    /// <inheritdoc cref="RaiseLimit.ExecuteAsync"/>
    Task<Outcome<Guid>> RaiseAsync(WantedRaise wanted, CancellationToken cancellationToken);

    /// <inheritdoc cref="RaiseLimit.EndAsync"/>
    Task<Outcome<Guid>> EndAsync(Guid raiseId, CancellationToken cancellationToken);
}

/// <inheritdoc cref="ITeamDesk"/>
public sealed class TeamDesk(TeamQueries teams, RaiseLimit raise, TeamPolicy policy, CurrentActor current, DatabaseReach database) : ITeamDesk
{
    public bool HasLimits => policy.Limits.Count > 0;

    public string RaisedBy => policy.RaisedByInWords;

    public async Task<bool> MayRaiseAsync() => policy.MayRaise(await current.GetAsync());

    public Task<Page<TeamSummary>> ListAsync(string? search, int page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await teams.ListAsync(await current.GetAsync(), search, page, token), cancellationToken);

    public Task<Outcome<Guid>> RaiseAsync(WantedRaise wanted, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => raise.ExecuteAsync(actor, wanted, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> EndAsync(Guid raiseId, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => raise.EndAsync(actor, raiseId, cancellationToken), cancellationToken));
}
