using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Worker.Aws;
using Portal.Worker.Observe;

namespace Portal.Tests.Worker.Observe;

public sealed class TargetNewsTests
{
    private static readonly AwsTarget s_target = new("sandbox", "000000000000", "us-east-1", null, null) { EventQueue = "events" };

    private readonly ManualClock _clock = new();
    private readonly FakeNews _source = new();

    [Fact]
    public async Task Take_StackToldManyTimes_IsThereOnceWithAllThatWasToldAndChangedOnesFirst()
    {
        var news = New();
        using var stop = new CancellationTokenSource();
        var listening = news.ListenAsync(stop.Token);
        foreach (var one in new StackNews[] { new("a", false, Told("1")), new("b", false), new("b", true), new("a", false, Told("2")), new("b", false) })
            await _source.TellAsync(one);

        await _source.HeardAsync();

        (await news.Arrived.ReadAsync()).ShouldBeTrue();
        var taken = news.Take();
        taken.Select(stack => (stack.StackId, stack.Changes)).ShouldBe([("b", true), ("a", false)]);
        taken[1].Resources.ShouldBe([Told("1"), Told("2")]);
        news.Take().ShouldBeEmpty();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(listening);
    }

    [Fact]
    public async Task IsTelling_WhatPollingFoundFirst_EndsItUntilTheNextEvent()
    {
        var news = New();
        news.IsTelling.ShouldBeFalse("nothing was ever told");
        using var stop = new CancellationTokenSource();
        _ = news.ListenAsync(stop.Token);
        await TellAsync();
        news.IsTelling.ShouldBeTrue();

        news.Missed(null);
        news.Missed(_clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        news.IsTelling.ShouldBeTrue("an event takes its way");
        news.Missed(_clock.GetUtcNow() - TimeSpan.FromSeconds(3));
        news.IsTelling.ShouldBeFalse();

        await TellAsync();
        news.IsTelling.ShouldBeTrue();
        await stop.CancelAsync();
    }

    [Fact]
    public async Task Listen_QueueThatDoesNotAnswer_IsAskedAgainAndIsNoFault()
    {
        var news = New();
        using var stop = new CancellationTokenSource();
        var listening = news.ListenAsync(stop.Token);
        await TellAsync();

        _source.Fail(new StepFailedException("sqs_unreachable", "SQS cannot be reached.", canRetry: true));
        await _clock.SomebodyWaitsAsync();
        news.IsTelling.ShouldBeFalse();
        _clock.Move(TimeSpan.FromSeconds(2));

        await TellAsync();
        news.IsTelling.ShouldBeTrue();
        listening.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
    }

    [Theory]
    [InlineData(false, false, true, null, 1, 30)]
    [InlineData(true, false, false, null, 1, 10)]
    [InlineData(true, true, false, null, 1, 10)]
    [InlineData(true, true, true, null, 1, 120)]
    [InlineData(false, true, true, null, 1, 120)]
    [InlineData(true, true, true, 17, 1, 17)]
    [InlineData(true, true, true, 3, 1, 120)]
    [InlineData(true, true, true, 400, 1, 120)]
    [InlineData(true, true, false, null, 45, 45)]
    public void Pace_After_IsQuickOnlyWhileSomethingMovesThatNobodyTells(bool moving, bool busy, bool told, int? finish, int took, int seconds)
    {
        var now = _clock.GetUtcNow();
        var environment = new ObservedEnvironment(Guid.Empty, "shop", busy, null, null) { NextFinish = finish is { } rest ? now + TimeSpan.FromSeconds(rest) : null };

        PollPace.Of(1).After(moving, told, [environment], now, TimeSpan.FromSeconds(took)).ShouldBe(TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData(false, false, 30)]
    [InlineData(true, false, 10)]
    [InlineData(false, true, 10)]
    public void Pace_LoadBalancersAfter_IsQuickWhileOneIsMadeOrAwaited(bool moving, bool awaited, int seconds) =>
        PollPace.Of(1).LoadBalancersAfter(moving, [new ObservedEnvironment(Guid.Empty, "shop", true, null, null) { AwaitsUntold = awaited }]).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Fact]
    public void Pace_OfAFasterTarget_IsFasterButNeverHasty()
    {
        var pace = PollPace.Of(10_000);

        (pace.Quick, pace.Slow, pace.Gather).ShouldBe((TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public async Task Take_MoreOfAStackThanIsKept_HasItLookedAt()
    {
        var news = New();
        using var stop = new CancellationTokenSource();
        _ = news.ListenAsync(stop.Token);
        for (var number = 0; number < 600; number++)
            await _source.TellAsync(new StackNews("a", false, Told($"{number}")));
        await _source.HeardAsync();

        var taken = news.Take().ShouldHaveSingleItem();
        (taken.Changes, taken.Resources.Count).ShouldBe((true, 500));
        await stop.CancelAsync();
    }

    private static ToldResource Told(string id) => new(id, "Role", "role-1", "AWS::IAM::Role", "CREATE_COMPLETE", null, DateTimeOffset.UnixEpoch);

    private TargetNews New() => new(s_target, _source, _clock, NullLogger.Instance);

    private async Task TellAsync()
    {
        await _source.TellAsync(new StackNews("a", true));
        await _source.HeardAsync();
    }
}

/// <summary>A queue at the port: tells what a test says, and fails when it says so.</summary>
internal sealed class FakeNews : IStackNews
{
    private readonly Channel<(StackNews? News, TaskCompletionSource? Heard, Exception? Fault)> _told = Channel.CreateUnbounded<(StackNews?, TaskCompletionSource?, Exception?)>();

    public async Task TellAsync(StackNews news) => await _told.Writer.WriteAsync((news, null, null));

    /// <summary>Completes when all that was told before has been taken in.</summary>
    public async Task HeardAsync()
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _told.Writer.WriteAsync((null, heard, null));
        await heard.Task;
    }

    public void Fail(Exception fault) => _told.Writer.TryWrite((null, null, fault));

    public async IAsyncEnumerable<StackNews> ListenAsync(AwsTarget target, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (news, heard, fault) in _told.Reader.ReadAllAsync(cancellationToken))
        {
            heard?.SetResult();
            if (fault is not null)
                throw fault;
            if (news is not null)
                yield return news;
        }
    }
}
