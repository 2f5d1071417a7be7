using Dapper;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Tokens;
using Portal.Ctl;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;

namespace Portal.Tests.Browser;

/// <summary>One portal with rules of its own and without a worker, for several stories; and the use cases beside it, on a clock of theirs: what a worker would bring about, and what days ago somebody did.</summary>
public sealed class RuledPortal : IAsyncLifetime
{
    private const string Rules = """
        lastsDays: 14
        groups:
          - { id: operations, title: Operations, roles: [Ops] }
          - { id: owners, title: Owners of the platform, roles: [Admin] }
        rules:
          - { id: development, title: Development needs nobody, when: { class: [development], losesData: false, kind: [create, change] }, automatic: true }
          - id: production
            title: Production is seen by its owners
            when: { class: [production] }
            stages: [{ group: operations, needed: 1 }, { group: owners, needed: 1, escalate: { afterHours: 24, to: operations } }]
        otherwise: [{ group: operations, needed: 1 }]

        """;

    private const string Teams = """
        visibility: open
        limits: [{ id: few, title: What a team may have, environments: 50 }]
        raisedBy: [Ops]

        """;

    private readonly TemplatesCopy _templates = new();
    private readonly ManualClock _clock = new();
    private NpgsqlDataSource _database = null!;
    private PortalUnderTest _portal = null!;

    public Uri Address => _portal.Address;

    internal StoredEnvironments Stored { get; private set; } = null!;

    /// <summary>As the personas are.</summary>
    internal static Actor Engineer { get; } = new("persona-engineer", "Engineer", Fleet.Engineer.Roles);

    internal static Actor Ops { get; } = new("persona-ops", "Ops", Fleet.Ops.Roles);

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_templates.Path("catalog", "approvals.yaml"), Rules);
        await File.WriteAllTextAsync(_templates.Path("catalog", "teams.yaml"), Teams);
        var connection = await PostgresFixture.CreateDatabaseAsync();
        _database = NpgsqlDataSource.Create(connection);
        _portal = await PortalUnderTest.StartAsync(connection, "Development", ("Templates__Path", _templates.Path()));
        Stored = await StoredEnvironments.OpenAsync(connection, _clock, policy: ApprovalFile.Read(_templates.Path("catalog")));
        At(TimeSpan.Zero);
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await Stored.DisposeAsync();
        await _database.DisposeAsync();
        _templates.Dispose();
    }

    /// <summary>What the use cases do from now on, they do so long from now; the portal goes on with everybody's time.</summary>
    public void At(TimeSpan fromNow) => _clock.Move(TimeProvider.System.GetUtcNow() + fromNow - _clock.GetUtcNow());

    internal async Task<SubmittedRequest> SubmitAsync(Specification specification)
    {
        var target = (await Stored.Get<EnvironmentQueries>().TargetsAsync(Engineer, default))[0];
        var outcome = await Stored.Get<SubmitRequest>().ExecuteAsync(Engineer, specification with { Target = target.Name }, default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }

    internal async Task ApproveAsync(Actor actor, SubmittedRequest request, string comment)
    {
        var detail = (await Stored.Get<RequestQueries>().RequestAsync(actor, request.Number, default))!;
        (await Stored.Get<DecideRequest>().ExecuteAsync(actor, request.Id, Verdict.Approve, detail.Request.PlanHash, comment, default)).Refusal.ShouldBeNull();
    }

    /// <summary>What is under way succeeds.</summary>
    public async Task FinishAsync(string environment) => await Stored.FinishAsync((await Stored.Get<EnvironmentQueries>().FindAsync(Ops, environment, default))!.Value);

    /// <summary>What a worker does every minute with what has expired.</summary>
    public Task ExpireAsync() => Stored.Get<CareSweep>().ExpireAsync(default);

    internal async Task<string> TokenAsync(Actor actor, params TokenScope[] scopes)
    {
        await using (var connection = await _database.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(
                "insert into people (subject, name, roles, told_at, teams) values (@Subject, @Name, @roles, now(), '{}') on conflict do nothing", new { actor.Subject, actor.Name, roles = actor.Roles.ToArray() });
        }

        var create = new CreateToken(TestTransactions.On(_database), new TokenMethod("Personas"), TimeProvider.System);
        return (await create.ExecuteAsync(actor, new NewToken(Guid.NewGuid().ToString("N"), null, scopes, 7), default)).Value!.Text;
    }

    /// <summary>portalctl, as a pipeline runs it.</summary>
    /// <returns>What it wrote to both streams.</returns>
    internal async Task<string> RunAsync(string token, int code, params string[] args)
    {
        using var said = new StringWriter();
        var ended = await CommandLine.RunAsync(args, said, said, name => name == "PORTAL_URL" ? Address.ToString() : name == "PORTAL_TOKEN" ? token : null);
        ended.ShouldBe(code, said.ToString());
        return said.ToString();
    }
}
