using System.Text;
using Dapper;
using Portal.Core;
using Portal.Core.Security;
using Portal.Core.Tokens;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Tokens;

/// <summary>Making, using and taking away tokens, on a real database.</summary>
public sealed class TokensOnPostgresTests : IClassFixture<PostgresFixture>
{
    private static int s_people;

    private readonly ManualClock _clock = new();
    private readonly PostgresFixture _postgres;
    private readonly CreateToken _create;
    private readonly RevokeToken _revoke;
    private readonly TokenQueries _tokens;

    public TokensOnPostgresTests(PostgresFixture postgres)
    {
        _postgres = postgres;
        var (transactions, method) = (TestTransactions.On(postgres.Database), new TokenMethod("Personas"));
        (_create, _revoke, _tokens) = (new CreateToken(transactions, method, _clock), new RevokeToken(transactions, _clock), new TokenQueries(postgres.Database, method, _clock));
    }

    [Fact]
    public async Task Find_AToken_IsItsOwnerLimitedByItsScopes()
    {
        var ada = await PersonAsync([Roles.Ops], ["payments"]);
        var token = await MakeAsync(ada, "ci", null, TokenScope.Request);

        var actor = (await _tokens.FindAsync(token.Text, default))!.Actor;
        (actor.Subject, actor.Name, actor.Kind, actor.Signature).ShouldBe((ada.Subject, ada.Name, ActorKind.Token, $"token ci of {ada.Name}"));
        actor.Teams.ShouldBe(["payments"]);
        actor.Scopes.ShouldBe([TokenScope.Read, TokenScope.Request], ignoreOrder: true);
        (actor.May(Permission.View), actor.May(Permission.RequestEnvironment), actor.May(Permission.Operate)).ShouldBe((true, true, false));

        await RolesAsync(ada, Roles.Viewer);
        (await _tokens.FindAsync(token.Text, default))!.Actor.May(Permission.RequestEnvironment).ShouldBeFalse();
    }

    [Fact]
    public async Task Table_HasNoTokenButItsHash()
    {
        var token = await MakeAsync(await PersonAsync([Roles.Engineer]), "ci", null);

        await using var connection = await _postgres.Database.OpenConnectionAsync();
        var (row, hash) = await connection.QuerySingleAsync<(string, byte[])>("select to_jsonb(t)::text, hash from access_tokens t where id = @Id", token);
        row.ShouldContain(token.Text[..TokenText.PrefixLength]);
        row.ShouldNotContain(token.Text[..(TokenText.PrefixLength + 1)]);
        hash.ShouldBe(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(token.Text)));
    }

    [Fact]
    public async Task Find_OverRevokedUnknownOrOfAnotherWayToSignIn_IsNobody()
    {
        var ada = await PersonAsync([Roles.Engineer]);
        var (over, revoked, other) = (await MakeAsync(ada, "over", null), await MakeAsync(ada, "revoked", null), await MakeAsync(ada, "other", null));
        (await _revoke.ExecuteAsync(await PersonAsync([Roles.Engineer]), revoked.Id, default)).Refusal.ShouldBeOfType<NotFound>();
        (await _revoke.ExecuteAsync(ada, revoked.Id, default)).Refusal.ShouldBeNull();

        (await _tokens.FindAsync(revoked.Text, default)).ShouldBeNull();
        (await _tokens.FindAsync(TokenText.New(), default)).ShouldBeNull();
        (await _tokens.FindAsync("pt_", default)).ShouldBeNull();
        (await new TokenQueries(_postgres.Database, new TokenMethod("EntraId"), _clock).FindAsync(other.Text, default)).ShouldBeNull();
        _clock.Move(TimeSpan.FromDays(30));
        (await _tokens.FindAsync(over.Text, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Find_OfWhomNothingWasHeardForLong_RestsUntilTheySignInAgain()
    {
        var ada = await PersonAsync([Roles.Engineer]);
        var token = (await _create.ExecuteAsync(ada, new NewToken("long", null, [], TokenLimits.MostDays), default)).Value!;
        _clock.Move(TokenLimits.OwnerUnheard);
        (await _tokens.FindAsync(token.Text, default)).ShouldBeNull();

        await HeardAsync(ada);
        (await _tokens.FindAsync(token.Text, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Create_WhatCannotBe_NamesEveryField()
    {
        var viewer = await PersonAsync([Roles.Viewer], ["payments"]);
        FieldsOf(await _create.ExecuteAsync(viewer, new NewToken(" ", "others", [TokenScope.Approve], 0), default)).ShouldBe(["name", "days", "team", "scopes", "scopes"]);
        FieldsOf(await _create.ExecuteAsync(viewer, new NewToken(new string('x', 41), null, [TokenScope.Destroy], 367), default)).ShouldBe(["name", "days", "scopes"]);
        FieldsOf(await _create.ExecuteAsync(viewer, new NewToken("audit", null, [TokenScope.Audit], 7), default)).ShouldBe(["scopes"]);
        (await _create.ExecuteAsync(viewer with { Kind = ActorKind.Token }, new NewToken("ci", null, [], 7), default)).Refusal.ShouldBeOfType<NotAllowed>();

        await MakeAsync(viewer, "ci", null);
        FieldsOf(await _create.ExecuteAsync(viewer, new NewToken("ci", null, [], 7), default)).ShouldBe(["name"]);
    }

    [Fact]
    public async Task Create_MoreThanThereMayBe_IsRefused()
    {
        var ada = await PersonAsync([Roles.Engineer]);
        for (var one = 0; one < TokenLimits.MostAtOnce; one++)
            await MakeAsync(ada, $"t{one}", null);
        FieldsOf(await _create.ExecuteAsync(ada, new NewToken("more", null, [], 7), default)).ShouldBe(["name"]);
    }

    [Fact]
    public async Task TeamsToken_ActsForTheTeam_AndEachOfItMayRevokeIt()
    {
        var team = $"team{s_people}";
        var (ada, bob) = (await PersonAsync([Roles.Engineer], [team]), await PersonAsync([Roles.Viewer], [team]));
        var token = await MakeAsync(ada, "ci", team, TokenScope.Destroy);

        var actor = (await _tokens.FindAsync(token.Text, default))!.Actor;
        (actor.Subject, actor.Name).ShouldBe((Actor.SubjectOf(team), team));
        actor.Roles.ShouldBe([Roles.Engineer]);
        ada.IsWhoAsked(actor.Subject).ShouldBeTrue();
        (await _tokens.ListAsync(bob, 0, default)).Rows.ShouldHaveSingleItem().Scopes.ShouldBe([TokenScope.Read, TokenScope.Request, TokenScope.Destroy]);
        (await _revoke.ExecuteAsync(bob, token.Id, default)).Refusal.ShouldBeNull();
        (await _tokens.ListAsync(bob, 0, default)).Rows.ShouldHaveSingleItem().RevokedAt.ShouldBe(_clock.GetUtcNow());
    }

    private async Task<MadeToken> MakeAsync(Actor actor, string name, string? team, params TokenScope[] scopes)
    {
        var outcome = await _create.ExecuteAsync(actor, new NewToken(name, team, scopes, 30), default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }

    private static IEnumerable<string> FieldsOf(Outcome<MadeToken> outcome) => outcome.Refusal.ShouldBeOfType<InvalidToken>().Errors.Select(error => error.Field);

    private async Task<Actor> PersonAsync(string[] roles, string[]? teams = null)
    {
        var number = Interlocked.Increment(ref s_people);
        var person = new Actor($"token-{number}", $"Person {number}", roles.ToHashSet()) { Teams = (teams ?? []).ToHashSet() };
        await using var connection = await _postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "insert into people (subject, name, roles, teams, told_at) values (@Subject, @Name, @roles, @teams, @now)",
            new { person.Subject, person.Name, roles, teams = person.Teams.ToArray(), now = _clock.GetUtcNow() });
        return person;
    }

    private async Task RolesAsync(Actor person, params string[] roles)
    {
        await using var connection = await _postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("update people set roles = @roles where subject = @Subject", new { person.Subject, roles });
    }

    private async Task HeardAsync(Actor person)
    {
        await using var connection = await _postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("update people set told_at = @now where subject = @Subject", new { person.Subject, now = _clock.GetUtcNow() });
    }
}
