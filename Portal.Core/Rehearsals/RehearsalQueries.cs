using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Rehearsals;

/// <summary>The rehearsals of a request, for whoever sees it.</summary>
public sealed class RehearsalQueries(NpgsqlDataSource database, ApprovalPolicy policy, Sight sight, TimeProvider clock)
{
    /// <returns>Null where there is no such request, or none that the actor sees.</returns>
    public async Task<RequestRehearsals?> OfAsync(Actor actor, Guid requestId, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        if (await FoundRequest.FindAsync(connection, requestId) is not { } request || !await sight.SeesAsync(connection, actor, request.EnvironmentId))
            return null;
        var may = request.State == RequestState.Submitted && await RehearsalRows.RefusalAsync(connection, policy, actor, request, clock.GetUtcNow()) is null;
        return new RequestRehearsals(await RehearsalRows.ReadAsync(connection, requestId, cancellationToken), may);
    }
}
