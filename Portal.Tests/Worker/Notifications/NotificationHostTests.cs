using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Core;
using Portal.Core.Notifications;
using Portal.Core.Requests;
using Portal.Tests.Approvals;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;
using Portal.Worker.Notifications;

namespace Portal.Tests.Worker.Notifications;

public sealed class NotificationHostTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly FakeMessenger _messenger = new();
    private StoredEnvironments _stored = default!;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(await PostgresFixture.CreateDatabaseAsync(), _clock, policy: TestRules.Policy);
        (await _stored.Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.InProduction(Samples.Shop("told", "10.40.0.0/16")), default)).Refusal.ShouldBeNull();
    }

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    [Fact]
    public async Task Work_OfTwoWorkersAtOnce_SendsEachOnce()
    {
        await Task.WhenAll(Host().WorkAsync(default), Host().WorkAsync(default));
        await Host().WorkAsync(default);

        _messenger.Sent.ShouldHaveSingleItem().Recipient.ShouldBe("chat");
        (await _stored.Get<DeadLetters>().ListAsync(Fleet.Ops, 0, default)).Total.ShouldBe(0);
    }

    [Fact]
    public async Task Work_OfAWorkerThatDiedWhileItSent_IsDoneByAnotherWithTheSameId()
    {
        await _stored.Get<SpreadNotices>().RunAsync(Routes, default);
        var taken = (await _stored.Get<Deliveries>().TakeAsync(10, default)).ShouldHaveSingleItem();
        await Host().WorkAsync(default);
        _messenger.Sent.ShouldBeEmpty("somebody has it");
        _clock.Move(Deliveries.Lease);

        await Host().WorkAsync(default);

        var sent = _messenger.Sent.ShouldHaveSingleItem();
        (sent.Id, sent.Attempt).ShouldBe((taken.Id, 2));
        // The one that was taken for dead wakes up, and changes nothing.
        await _stored.Get<Deliveries>().FailedAsync(taken, new DeliveryTrouble("x", CanRetry: false), default);
        (await _stored.Get<DeadLetters>().ListAsync(Fleet.Ops, 0, default)).Total.ShouldBe(0);
    }

    [Fact]
    public async Task Work_OfWhatIsNeverTaken_BecomesADeadLetterThatAnOperatorSendsAgain()
    {
        var letters = _stored.Get<DeadLetters>();
        _messenger.Trouble = new DeliveryTrouble("It answered 503.");
        var waits = NoticeCatalog.Read().Waits;
        foreach (var wait in waits)
        {
            await Host().WorkAsync(default);
            (await letters.ListAsync(Fleet.Ops, 0, default)).Rows.ShouldHaveSingleItem().NextTry.ShouldBe(_clock.GetUtcNow() + wait);
            _clock.Move(wait);
        }

        await Host().WorkAsync(default);
        var dead = (await letters.ListAsync(Fleet.Ops, 0, default)).Rows.ShouldHaveSingleItem();
        (dead.NextTry, dead.Attempts, dead.Trouble).ShouldBe((null, waits.Count + 1, "It answered 503."));
        await Should.ThrowAsync<UnauthorizedAccessException>(() => letters.ListAsync(Fleet.Engineer, 0, default));
        (await letters.RetryAsync(Fleet.Engineer, dead.Id, default)).Refusal.ShouldBeOfType<NotAllowed>();

        _messenger.Trouble = null;
        (await letters.RetryAsync(Fleet.Ops, dead.Id, default)).Refusal.ShouldBeNull();
        (await letters.RetryAsync(Fleet.Ops, dead.Id, default)).Refusal.ShouldBeOfType<NotFound>();
        await Host().WorkAsync(default);

        _messenger.Sent.ShouldHaveSingleItem().Id.ShouldBe(dead.Id);
        (await letters.ListAsync(Fleet.Ops, 0, default)).Total.ShouldBe(0);
    }

    [Fact]
    public async Task Failed_WhereTheOtherSideAsksForLonger_WaitsSoLong()
    {
        _messenger.Trouble = new DeliveryTrouble("It answered 429.", RetryAfter: TimeSpan.FromHours(2));

        await Host().WorkAsync(default);

        (await _stored.Get<DeadLetters>().ListAsync(Fleet.Ops, 0, default)).Rows.ShouldHaveSingleItem().NextTry.ShouldBe(_clock.GetUtcNow() + TimeSpan.FromHours(2));
    }

    [Fact]
    public async Task Lease_OfAFleet_SaysWhetherThereIsAnythingToTell()
    {
        var lease = new WorkerLease(_stored.Get<NpgsqlDataSource>(), _clock, NullLogger<WorkerLease>.Instance);
        await lease.RenewAsync(isHeld: false);
        await lease.RenewAsync(isHeld: true);
        lease.Fleet!.IsAnythingToTell.ShouldBeTrue();

        await Host().WorkAsync(default);
        await lease.RenewAsync(isHeld: true);

        lease.Fleet!.IsAnythingToTell.ShouldBeFalse();
    }

    private static NoticeRoutes Routes => new(HasMail: false, [new WebhookRoute("chat", [])]);

    private NotificationHost Host() => new(
        _stored.Get<SpreadNotices>(), _stored.Get<Deliveries>(), _stored.Get<NoticeChoices>(), [_messenger],
        new WorkerLease(_stored.Get<NpgsqlDataSource>(), _clock, NullLogger<WorkerLease>.Instance),
        Options.Create(new NotificationOptions { Webhooks = [new WebhookOptions { Name = "chat" }] }), _clock, NullLogger<NotificationHost>.Instance);

    private sealed class FakeMessenger : IMessenger
    {
        private readonly ConcurrentQueue<Delivery> _sent = [];

        public DeliveryChannel Channel => DeliveryChannel.Webhook;

        public DeliveryTrouble? Trouble { get; set; }

        public IReadOnlyCollection<Delivery> Sent => _sent;

        public Task SendAsync(Delivery delivery, CancellationToken cancellationToken)
        {
            if (Trouble is { } trouble)
                throw new DeliveryFailedException(trouble);
            _sent.Enqueue(delivery);
            return Task.CompletedTask;
        }
    }
}
