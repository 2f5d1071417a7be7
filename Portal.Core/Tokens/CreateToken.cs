using System.Globalization;
using Dapper;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Tokens;

/// <summary>Makes a token for oneself, or for a team one is in. Nobody gets more rights by it: it is limited by its scopes and by what its owner may at that moment.</summary>
public sealed class CreateToken(Transactions transactions, TokenMethod method, TimeProvider clock)
{
    /// <returns>The token, which nobody is shown again; or <see cref="NotAllowed"/>, <see cref="InvalidToken"/>.</returns>
    public async Task<Outcome<MadeToken>> ExecuteAsync(Actor actor, NewToken wanted, CancellationToken cancellationToken)
    {
        if (actor.Kind != ActorKind.Person || !actor.May(Permission.View))
            return new NotAllowed("Only people who may look make tokens. Sign in at the portal.");
        var name = PlainText.Clean(wanted.Name).Trim();
        var scopes = Whole(wanted.Scopes);
        var errors = Faults(actor, wanted, name, scopes).ToList();
        if (errors.Count > 0)
            return new InvalidToken(errors);
        return await transactions.DoAsync(work => MakeAsync(work, actor, wanted with { Name = name, Scopes = scopes }), outcome => !outcome.IsRefused, cancellationToken);
    }

    private static TokenScope[] Whole(IReadOnlyList<TokenScope> scopes) =>
        [.. scopes.Append(TokenScope.Read).Concat(scopes.Contains(TokenScope.Destroy) ? [TokenScope.Request] : []).Where(Enum.IsDefined).Distinct().Order()];

    private static IEnumerable<FieldError> Faults(Actor actor, NewToken wanted, string name, TokenScope[] scopes)
    {
        if (name.Length is 0 or > TokenLimits.MaxName)
            yield return new FieldError("name", name, name.Length == 0 ? "Give it a name to know it by: what uses it." : $"The name has {name.Length} characters; {TokenLimits.MaxName} at most.");
        if (wanted.Days is < 1 or > TokenLimits.MostDays)
            yield return new FieldError("days", wanted.Days.ToString(CultureInfo.InvariantCulture), $"A token is good for 1 to {TokenLimits.MostDays} days.");
        if (wanted.Team is { } team && !actor.Teams.Contains(team))
            yield return new FieldError("team", team, $"You are not in the team {PlainText.Clean(team)}. Choose one of yours.");
        if (wanted.Team is not null && scopes.Contains(TokenScope.Approve))
            yield return new FieldError("scopes", nameof(TokenScope.Approve), "A team's token decides no requests: an approval is somebody's. Leave approve out, or make a token of your own.");
        if (scopes.Contains(TokenScope.Audit) && (wanted.Team is not null || !actor.May(Permission.Audit)))
            yield return new FieldError("scopes", nameof(TokenScope.Audit), $"Only {Policies.InWords(Permission.Audit)} read who did what, with tokens of their own. Leave audit out.");
        if ((scopes.Contains(TokenScope.Request) || wanted.Team is not null) && !actor.May(Permission.RequestEnvironment))
            yield return new FieldError("scopes", nameof(TokenScope.Request), $"You may look only, and so may your tokens. Ask for the role {Roles.Engineer}.");
    }

    private async Task<Outcome<MadeToken>> MakeAsync(Work work, Actor actor, NewToken wanted)
    {
        var now = clock.GetUtcNow();
        var owner = wanted.Team is null ? actor.Subject : null;
        // Two who make one at once come one after the other.
        await work.Connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('tokens:' || @whose, 0))", new { whose = owner ?? Actor.SubjectOf(wanted.Team!) });
        if (owner is not null && !await work.Connection.ExecuteScalarAsync<bool>("select exists (select from people where subject = @owner)", new { owner }))
            return new NotAllowed("Sign out and in again first: it is not known here yet who you are.");
        var there = (await work.Connection.QueryAsync<string>(
            "select name from access_tokens where owner_id is not distinct from @owner and team is not distinct from @Team and revoked_at is null and expires_at > @now",
            new { owner, wanted.Team, now })).AsList();
        if (there.Contains(wanted.Name))
            return new InvalidToken([new FieldError("name", wanted.Name, $"There is a token called '{wanted.Name}' already. Choose another name, or revoke that one first.")]);
        if (there.Count >= TokenLimits.MostAtOnce)
            return new InvalidToken([new FieldError("name", wanted.Name, $"There are {TokenLimits.MostAtOnce} tokens already, which is as many as there can be. Revoke one first.")]);
        var text = TokenText.New();
        var id = Guid.CreateVersion7(now);
        await work.Connection.ExecuteAsync(
            """
            insert into access_tokens (id, hash, prefix, name, method, owner_id, team, scopes, made_by_id, made_by_name, made_at, expires_at)
            values (@id, @hash, @prefix, @Name, @method, @owner, @Team, @scopes, @Subject, @madeBy, @now, @expires)
            """,
            new
            {
                id,
                hash = TokenText.Hash(text),
                prefix = text[..TokenText.PrefixLength],
                wanted.Name,
                method = method.Name,
                owner,
                wanted.Team,
                scopes = wanted.Scopes.Select(scope => scope.ToString()).ToArray(),
                actor.Subject,
                madeBy = actor.Name,
                now,
                expires = now.AddDays(wanted.Days),
            });
        await new NewPortalEvent(actor, "token.made", EventSeverity.Info, $"{actor.Name} made the token {wanted.Name}{(wanted.Team is null ? "" : $" of the team {wanted.Team}")}: {string.Join(", ", wanted.Scopes).ToLowerInvariant()}")
        { Body = new { tokenId = id, wanted.Name, wanted.Team, scopes = wanted.Scopes, expires = now.AddDays(wanted.Days) } }.AppendAsync(work, now);
        return new MadeToken(id, text);
    }
}

/// <summary>Takes a token away at once: one's own, one of a team of one's own, or, for administrators, anybody's.</summary>
public sealed class RevokeToken(Transactions transactions, TimeProvider clock)
{
    /// <returns>Its id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, also where it is another's.</returns>
    public async Task<Outcome<Guid>> ExecuteAsync(Actor actor, Guid tokenId, CancellationToken cancellationToken)
    {
        if (actor.Kind != ActorKind.Person)
            return new NotAllowed("Only people revoke tokens. Sign in at the portal.");
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            var now = clock.GetUtcNow();
            var revoked = await work.Connection.QuerySingleOrDefaultAsync<(string Name, string? OwnerId, string? Team)?>(
                """
                update access_tokens set revoked_at = @now, revoked_by_name = @Name
                where id = @tokenId and revoked_at is null and (owner_id = @Subject or team = any(@teams) or @all)
                returning name, owner_id, team
                """,
                new { now, tokenId, actor.Subject, actor.Name, teams = actor.Teams.ToArray(), all = actor.May(Permission.Administer) });
            if (revoked is not var (name, ownerId, team))
                return new NotFound("There is no such token, or it is revoked already.");
            await new NewPortalEvent(actor, "token.revoked", EventSeverity.Info, $"{actor.Name} revoked the token {name}{(team is null ? "" : $" of the team {team}")}")
            { Body = new { tokenId, name, ownerId, team } }.AppendAsync(work, now);
            return tokenId;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}
