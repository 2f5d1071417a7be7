using System.Data.Common;
using Dapper;
using Portal.Core.Persistence;
using Portal.Core.Security;

namespace Portal.Core.Drafts;

/// <summary>Throws one of the person's own drafts away; one that is gone, or is another's, is none of them.</summary>
public sealed class RemoveDraft(Transactions transactions)
{
    /// <returns>The draft's id; or <see cref="NotAllowed"/>.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        if (!actor.Lets(TokenScope.Request))
            return new NotAllowed("This token throws no drafts away: it lacks the scope request.");
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            await InAsync(work.Connection, actor, id);
            return id;
        }, cancellationToken);
    }

    /// <summary>With what else happens to it.</summary>
    internal static Task InAsync(DbConnection connection, Actor actor, Guid id) =>
        connection.ExecuteAsync("delete from drafts where owner_id = @Subject and id = @id", new { actor.Subject, id });
}
