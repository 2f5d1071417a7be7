using System.Reflection;
using Dapper;
using Portal.Core;
using Portal.Core.Drift;
using Portal.Core.Inquiries;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Teams;

/// <summary>Who may do what to whose environment: every use case, by role and by team.</summary>
public sealed class OwnershipTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly Specification s_shop = Samples.Shop("shop-owned");

    private static readonly Dictionary<string, Func<StoredEnvironments, Actor, Things, Task<Refusal?>>> s_useCases = new(StringComparer.Ordinal)
    {
        ["CancelOperation.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<CancelOperation>().ExecuteAsync(actor, it.Operation, long.MaxValue, default)).Refusal,
        ["RetryOperation.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<RetryOperation>().ExecuteAsync(actor, it.Operation, default)).Refusal,
        ["UndoOperation.PreviewAsync"] = async (stored, actor, it) => (await stored.Get<UndoOperation>().PreviewAsync(actor, it.Operation, default)).Refusal,
        ["UndoOperation.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<UndoOperation>().ExecuteAsync(actor, it.Operation, default)).Refusal,
        ["WithdrawOperation.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<WithdrawOperation>().ExecuteAsync(actor, it.Waiting, default)).Refusal,
        ["SleepEnvironment.SleepAsync"] = async (stored, actor, it) => (await stored.Get<SleepEnvironment>().SleepAsync(actor, it.Environment, null, default)).Refusal,
        ["SleepEnvironment.WakeAsync"] = async (stored, actor, it) => (await stored.Get<SleepEnvironment>().WakeAsync(actor, it.Environment, null, default)).Refusal,
        ["RepairEnvironment.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<RepairEnvironment>().ExecuteAsync(actor, it.Environment, default)).Refusal,
        ["EnvironmentCare.SetAsync"] = async (stored, actor, it) => (await stored.Get<EnvironmentCare>().SetAsync(actor, it.Environment, new CareSettings(null, null, false), default)).Refusal,
        ["EnvironmentCare.KeepAsync"] = async (stored, actor, it) => (await stored.Get<EnvironmentCare>().KeepAsync(actor, it.Environment, 7, default)).Refusal,
        ["OperateService.RestartAsync"] = async (stored, actor, it) => (await stored.Get<OperateService>().RestartAsync(actor, it.Environment, "cart-service", default)).Refusal,
        ["OperateService.RunAsync"] = async (stored, actor, it) => (await stored.Get<OperateService>().RunAsync(actor, it.Environment, "cart-service", default)).Refusal,
        ["OperateService.ScaleAsync"] = async (stored, actor, it) => (await stored.Get<OperateService>().ScaleAsync(actor, it.Environment, "cart-service", 2, default)).Refusal,
        ["OperateService.RollBackAsync"] = async (stored, actor, it) => (await stored.Get<OperateService>().RollBackAsync(actor, it.Environment, "cart-service", "cart:1", default)).Refusal,
        ["CheckDrift.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<CheckDrift>().ExecuteAsync(actor, it.Environment, default)).Refusal,
        ["IgnoreDrift.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<IgnoreDrift>().ExecuteAsync(actor, it.Environment, "cluster", "Cluster", null, default)).Refusal,
        ["RevertDrift.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<RevertDrift>().ExecuteAsync(actor, it.Environment, "cluster", default)).Refusal,
        ["ChangeEnvironment.PreviewAsync"] = async (stored, actor, it) => (await stored.Get<ChangeEnvironment>().PreviewAsync(actor, it.Environment, s_shop, default)).Refusal,
        ["ChangeEnvironment.PreviewDestructionAsync"] = async (stored, actor, it) => (await stored.Get<ChangeEnvironment>().PreviewDestructionAsync(actor, it.Environment, default)).Refusal,
        ["ChangeEnvironment.SubmitAsync"] = async (stored, actor, it) => (await stored.Get<ChangeEnvironment>().SubmitAsync(actor, it.Environment, s_shop, "", default)).Refusal,
        ["ChangeEnvironment.SubmitDestructionAsync"] = async (stored, actor, it) => (await stored.Get<ChangeEnvironment>().SubmitDestructionAsync(actor, it.Environment, "", default)).Refusal,
        ["ReadPodLog.AskAsync"] = async (stored, actor, it) => (await stored.Get<ReadPodLog>().AskAsync(actor, it.Environment, "shop/cart-service-1", default)).Refusal,
        ["AskFrontDoor.AskAsync"] = async (stored, actor, it) => (await stored.Get<AskFrontDoor>().AskAsync(actor, it.Environment, new DoorRequest("GET", "/cart"), default)).Refusal,
        ["StartRehearsal.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<StartRehearsal>().ExecuteAsync(actor, it.Request, default)).Refusal,
        ["CancelRehearsal.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<CancelRehearsal>().ExecuteAsync(actor, it.Rehearsal, default)).Refusal,
        ["HandOverEnvironment.ExecuteAsync"] = async (stored, actor, it) => (await stored.Get<HandOverEnvironment>().ExecuteAsync(actor, it.Environment, "shop", default)).Refusal,
    };

    private static readonly (Actor Actor, Access Access)[] s_people =
    [
        (Person("nobody"), Access.Role),
        (Person("viewer", Roles.Viewer) with { Teams = Teams("shop") }, Access.Role),
        (Person("teamless", Roles.Engineer), Access.Team),
        (Person("stranger", Roles.Engineer) with { Teams = Teams("payments") }, Access.Team),
        (Person("member", Roles.Engineer) with { Teams = Teams("payments", "shop") }, Access.Granted),
        (Person("ops", Roles.Ops), Access.Granted),
        (Person("admin", Roles.Admin) with { Teams = Teams("payments") }, Access.Granted),
    ];

    private StoredEnvironments _stored = null!;
    private Things _things = null!;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock());
        await using var connection = await postgres.Database.OpenConnectionAsync();
        if (await connection.ExecuteScalarAsync<Guid?>("select id from environments") is not { } environment)
        {
            environment = await _stored.ReadyAsync(s_shop);
            var request = (await _stored.Get<ChangeEnvironment>().SubmitDestructionAsync(Fleet.Ops, environment, s_shop.Environment, default)).Value!;
            await _stored.Get<StartRehearsal>().ExecuteAsync(Fleet.Ops, request.Id, default);
            await connection.ExecuteAsync("update environments set team = 'shop'");
            // One runs, one waits: each use case finds what it is about.
            await _stored.Get<OperateService>().RestartAsync(Fleet.Ops, environment, "cart-service", default);
            await _stored.Get<OperateService>().RestartAsync(Fleet.Ops, environment, "user-service", default);
        }

        _things = new Things(
            environment, await connection.ExecuteScalarAsync<Guid>("select id from operations order by created_at desc limit 1"),
            await connection.ExecuteScalarAsync<Guid>("select id from waiting_operations limit 1"),
            await connection.ExecuteScalarAsync<Guid>("select request_id from rehearsals"), await connection.ExecuteScalarAsync<Guid>("select id from rehearsals"));
    }

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    public static TheoryData<string> UseCases => [.. s_useCases.Keys];

    [Theory]
    [MemberData(nameof(UseCases))]
    public async Task UseCase_OfATeamsEnvironment_IsForItsPeopleAndOperations(string name)
    {
        foreach (var (actor, access) in s_people)
        {
            var refusal = await s_useCases[name](_stored, actor, _things);

            var found = refusal is not NotAllowed { What: var why } ? Access.Granted
                : why.Contains("is the team shop's", StringComparison.Ordinal) ? Access.Team
                : why.StartsWith($"{actor.Name} may look", StringComparison.Ordinal) ? Access.Role
                : Access.Granted;
            found.ShouldBe(access, $"{name} by {actor.Name}: {refusal?.Message}");
        }
    }

    /// <summary>A use case that is added belongs into the table.</summary>
    [Fact]
    public void UseCases_OfCore_AreAllInTheTable()
    {
        string[] about = ["environmentId", "operationId", "waitingId", "rehearsedId", "rehearsalId"];
        var found = typeof(Plan).Assembly.GetExportedTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetParameters() is [{ ParameterType: var first }, ..] parameters && first == typeof(Actor) && Array.Exists(parameters, one => about.Contains(one.Name)))
            .Where(method => method.ReturnType is { IsGenericType: true } result && result.GetGenericArguments()[0] is { IsGenericType: true } outcome && outcome.GetGenericTypeDefinition() == typeof(Outcome<>))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}").Distinct();

        found.Order(StringComparer.Ordinal).ShouldBe(s_useCases.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Environment_OfNoTeam_IsForWhoeverMayAsk()
    {
        var (_, environment) = await _stored.ApproveAsync(Samples.Shop("shop-free", "10.41.0.0/16"));

        (await _stored.Get<EnvironmentCare>().KeepAsync(s_people[3].Actor, environment, 7, default)).Refusal.ShouldBeNull();
    }

    /// <summary>The pages hide what the use cases refuse, by the same rule.</summary>
    [Fact]
    public void Ownership_OfATeam_AllowsAsTheTableSays()
    {
        var whose = new Ownership("shop", "shop");

        foreach (var (actor, access) in s_people.Where(one => one.Access != Access.Role))
            whose.Allows(actor).ShouldBe(access == Access.Granted, actor.Name);
    }

    private static Actor Person(string name, params string[] roles) => new(name, name, roles.ToHashSet());

    private static HashSet<string> Teams(params string[] names) => [.. names];

    private sealed record Things(Guid Environment, Guid Operation, Guid Waiting, Guid Request, Guid Rehearsal);

    private enum Access
    {
        Granted,
        Role,
        Team,
    }
}
