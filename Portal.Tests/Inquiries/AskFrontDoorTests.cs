using Dapper;
using Npgsql;
using Portal.Core;
using Portal.Core.Inquiries;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Inquiries;
using Portal.Worker.Steps.Probes;

namespace Portal.Tests.Inquiries;

public sealed class AskFrontDoorTests : IAsyncLifetime
{
    private static readonly DoorRequest s_post = new("POST", "/cart/1?note=mine") { Headers = [new("Content-Type", "application/json")], Body = "{\"item\":1}" };

    private readonly ManualClock _clock = new();
    private readonly FakeDoor _door = new();
    private StoredEnvironments _stored = null!;
    private Guid _environment;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(await PostgresFixture.CreateDatabaseAsync(), _clock);
        _environment = await _stored.ReadyAsync(Samples.Shop());
        await DoAsync(
            """
            update deployments set outputs = '{"RestApiId":"a1","DomainTarget":"d-1.execute-api.eu-central-1.amazonaws.com"}' where environment_id = @_environment and step = 'edge-base';
            update deployments set outputs = '{"ApiUrl":"https://api.shop.example.com/v2"}' where environment_id = @_environment and step = 'edge-routes';
            """);
    }

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Ask_StateChangingRequest_IsSentOnceToTheDeployedAddressAndToldOf()
    {
        var asks = _stored.Get<AskFrontDoor>();
        var id = (await asks.AskAsync(Fleet.Engineer with { Address = "192.0.2.7" }, _environment, s_post, default)).Value;
        (await asks.FindAsync(Fleet.Engineer, id, default)).ShouldBeNull();

        await Worker().RunAsync(id, default);
        await Worker().RunAsync(id, default);

        var (doorway, sent) = _door.Sent.ShouldHaveSingleItem();
        doorway.ShouldBe(new Doorway("a1", "v2", "api.shop.example.com", "d-1.execute-api.eu-central-1.amazonaws.com"));
        (sent.Method, sent.Path, sent.Body).ShouldBe((s_post.Method, s_post.Path, s_post.Body));
        sent.Headers.ShouldBe(s_post.Headers);
        var reply = (await asks.FindAsync(Fleet.Engineer, id, default)).ShouldNotBeNull();
        (reply.Status, reply.Body).ShouldBe((201, "made"));
        reply.Hops[^1].ShouldBe(new DoorHop("cart-service", DoorHopState.Passed, "cart-service answers with 201 itself."));
        (await asks.FindAsync(Fleet.Ops, id, default)).ShouldBeNull();
        var (message, body, address) = await OneAsync<(string, string, string)>("select message, body::text, actor_address from events where kind = 'door.asked'");
        message.ShouldBe($"{Fleet.Engineer.Name} sent POST /cart/1 through the front door: 201");
        body.ShouldNotContain("mine");
        body.ShouldNotContain("item");
        address.ShouldBe("192.0.2.7");
    }

    [Fact]
    public async Task Run_WorkerThatEndsBeforeItTells_LeavesNoBodyAndIsToldOfOnce()
    {
        var id = (await _stored.Get<AskFrontDoor>().AskAsync(Fleet.Engineer, _environment, s_post, default)).Value;
        _door.Fault = new InvalidOperationException("the worker dies");

        await Should.ThrowAsync<InvalidOperationException>(() => Worker().RunAsync(id, default));

        (await OneAsync<string?>("select ask::text from inquiries")).ShouldBeNull();
        await Worker().RunAsync(id, default);
        _door.Sent.Count.ShouldBe(1);
        _clock.Move(ReadPodLog.Kept + TimeSpan.FromSeconds(1));
        await new ForgetInquiries(_stored.Get<Transactions>(), _clock).RunAsync(default);
        await new ForgetInquiries(_stored.Get<Transactions>(), _clock).RunAsync(default);
        (await OneAsync<string>("select message from events where kind = 'door.asked'")).ShouldBe($"{Fleet.Engineer.Name} sent POST /cart/1 through the front door: its worker ended before it could tell what came of it");
    }

    [Fact]
    public async Task Ask_WhatCannotBeAsked_IsRefusedAndWhatIsTooLateNotSent()
    {
        var asks = _stored.Get<AskFrontDoor>();
        (await asks.AskAsync(Fleet.Viewer, _environment, s_post, default)).Refusal.ShouldBeOfType<NotAllowed>();
        (await asks.AskAsync(Fleet.Engineer, Guid.NewGuid(), s_post, default)).Refusal.ShouldBeOfType<NotFound>();
        (await asks.AskAsync(Fleet.Engineer, _environment, s_post with { Path = "//elsewhere/../x" }, default)).Refusal.ShouldBeOfType<InvalidSpecification>();

        var first = (await asks.AskAsync(Fleet.Engineer, _environment, s_post, default)).Value;
        (await asks.AskAsync(Fleet.Ops, _environment, s_post, default)).Refusal.ShouldBeNull();
        (await asks.AskAsync(Fleet.Ops with { Subject = "third" }, _environment, s_post, default)).Refusal.ShouldBeOfType<TooManyInquiries>().Message.ShouldContain("under way");
        _clock.Move(AskFrontDoor.TakenWithin + TimeSpan.FromSeconds(1));
        await Worker().RunAsync(first, default);
        _door.Sent.ShouldBeEmpty();

        await DoAsync($"update inquiries set answered_at = asked_at; insert into inquiries (id, environment_id, kind, subject, asked_by, asked_at, answered_at) select gen_random_uuid(), @_environment, 'DoorRequest', 'GET /', '{Fleet.Engineer.Subject}', '{_clock.GetUtcNow():O}', '{_clock.GetUtcNow():O}' from generate_series(1, {AskFrontDoor.MostAPerson})");
        (await asks.AskAsync(Fleet.Engineer, _environment, s_post, default)).Refusal.ShouldBeOfType<TooManyInquiries>().Message.ShouldContain("as many as one person sends");

        await DoAsync("update deployments set asleep = true where step = 'nodes'");
        (await asks.AskAsync(Fleet.Ops, _environment, s_post, default)).Refusal.ShouldBeOfType<DoorAway>().Message.ShouldContain("wake it up first");
        await DoAsync("update deployments set asleep = false; update deployments set outputs = '{}' where step = 'edge-routes'");
        (await asks.AskAsync(Fleet.Ops, _environment, s_post, default)).Refusal.ShouldBeOfType<DoorAway>().Message.ShouldContain("was not made");
    }

    private NpgsqlDataSource Database => _stored.Get<NpgsqlDataSource>();

    private AnswerDoorRequest Worker() => new(Database, _stored.Get<Transactions>(), _door, _clock);

    private async Task DoAsync(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, new { _environment });
    }

    private async Task<T> OneAsync<T>(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return await connection.QuerySingleAsync<T>(sql);
    }

    private sealed class FakeDoor : IFrontDoor
    {
        public List<(Doorway Doorway, DoorRequest Request)> Sent { get; } = [];

        public Exception? Fault { get; set; }

        public Task<DoorAnswer> AskAsync(AwsTarget target, Doorway doorway, DoorRequest request, int mostBody, CancellationToken cancellationToken)
        {
            Sent.Add((doorway, request));
            return Fault is null ? Task.FromResult(new DoorAnswer(201, null, null) { Body = "made"u8.ToArray() }) : Task.FromException<DoorAnswer>(Fault);
        }
    }
}
