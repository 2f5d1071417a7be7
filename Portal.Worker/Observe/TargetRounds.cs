using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Portal.Core.Provisioning;

namespace Portal.Worker.Observe;

/// <summary>
/// When a target is looked at: its stacks as soon as the pace says, its load balancers likewise, and what is told or asked for as it comes.
/// </summary>
internal sealed partial class TargetRounds(
    ObserverClaim claim, TargetObserver stacks, TargetLoadBalancers loadBalancers, TargetNews news, PollPace pace,
    Func<CancellationToken, Task<IReadOnlyList<ObservedEnvironment>>> follow, Sights sights, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SlowestAfterErrors = TimeSpan.FromMinutes(2);

    private int _errors;

    /// <summary>Until when nothing is read, after what could not be.</summary>
    private DateTimeOffset? _restsUntil;

    private (DateTimeOffset At, bool IsMoving)? _balanced;
    private (DateTimeOffset At, string? Trouble) _said;

    /// <param name="wake">Readable when somebody has asked for something, or waits for what nobody tells of.</param>
    public async Task GoOnAsync(ChannelReader<bool> wake, CancellationToken cancellationToken)
    {
        while (true)
        {
            var environments = await follow(cancellationToken);
            var rest = DueAt(environments) - clock.GetUtcNow();
            if (rest <= TimeSpan.Zero)
                await PollAsync(environments, cancellationToken);
            else
                await WaitAsync(rest, wake, cancellationToken);
        }
    }

    private DateTimeOffset DueAt(IReadOnlyList<ObservedEnvironment> environments) =>
        _restsUntil ?? (StacksDueAt(environments) is var first && BalancersDueAt(environments) is var second && first < second ? first : second);

    private DateTimeOffset StacksDueAt(IReadOnlyList<ObservedEnvironment> environments) =>
        stacks.Polled is { } polled ? polled.At + pace.After(polled.IsMoving, news.IsTelling, environments, polled.At, polled.Took) : DateTimeOffset.MinValue;

    private DateTimeOffset BalancersDueAt(IReadOnlyList<ObservedEnvironment> environments) =>
        _balanced is { } balanced ? balanced.At + pace.LoadBalancersAfter(balanced.IsMoving, environments) : DateTimeOffset.MinValue;

    private async Task PollAsync(IReadOnlyList<ObservedEnvironment> environments, CancellationToken cancellationToken)
    {
        var began = clock.GetUtcNow();
        try
        {
            if (_restsUntil is not null || StacksDueAt(environments) <= began)
            {
                await stacks.PollAsync(environments, news.IsTelling, cancellationToken);
                news.Missed(stacks.FoundByPolling);
            }

            if (_restsUntil is not null || BalancersDueAt(environments) <= began)
                _balanced = (began, await loadBalancers.PollAsync(environments, cancellationToken));
            (_errors, _restsUntil) = (0, null);
            await SayAsync(began, null, cancellationToken);
        }
        catch (StepFailedException error)
        {
            var pause = Rest();
            LogPollFailed(logger, claim.Target, error.Failure.Message, pause.TotalSeconds);
            // To be asked for patience is an answer too; only where it goes on for long nothing is seen.
            if (!error.Failure.IsThrottling)
                await SayAsync(began, error.Failure.Message, cancellationToken);
        }
    }

    /// <summary>Until the next poll is due, or something has come that may bring it forward.</summary>
    private async Task WaitAsync(TimeSpan rest, ChannelReader<bool> wake, CancellationToken cancellationToken)
    {
        using var over = new CancellationTokenSource(rest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            // Whoever asks for patience is not to be asked more; somebody who was just answered is another matter.
            var woken = wake.WaitToReadAsync(either.Token).AsTask();
            var arrived = _restsUntil is null ? news.Arrived.WaitToReadAsync(either.Token).AsTask() : Task.Delay(Timeout.InfiniteTimeSpan, clock, either.Token);
            await await Task.WhenAny(woken, arrived);
            // Never quicker than so, however much comes: what a moment brings is taken together.
            await Task.Delay(pace.Gather, clock, either.Token);
            var isAsked = wake.TryRead(out _);
            if (isAsked)
                _restsUntil = null;
            if (_restsUntil is not null)
                return;
            news.Arrived.TryRead(out _);
            var environments = await follow(cancellationToken);
            if (isAsked && news.IsTelling)
                await stacks.CatchUpAsync(environments, cancellationToken);
            if (news.Take() is { Count: > 0 } told)
                await stacks.TakeInAsync(told, environments, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next poll is due.
        }
        catch (StepFailedException error)
        {
            // The poll reads it, when it is due.
            LogNewsUnread(logger, claim.Target, error.Failure.Message);
            Rest();
        }
        finally
        {
            // Nobody waits any more.
            await either.CancelAsync();
        }
    }

    private TimeSpan Rest()
    {
        _errors++;
        var pause = TimeSpan.FromTicks(Math.Min(SlowestAfterErrors.Ticks, pace.Quick.Ticks << Math.Min(_errors, 12)));
        _restsUntil = clock.GetUtcNow() + pause;
        return pause;
    }

    private async Task SayAsync(DateTimeOffset began, string? trouble, CancellationToken cancellationToken)
    {
        if (trouble == _said.Trouble && began - _said.At < TellEvery)
            return;
        await sights.SaveAsync(claim, began, trouble, cancellationToken);
        _said = (began, trouble);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Target {Target} could not be observed: {Reason} Next try in {Seconds:0.#} s.")]
    private static partial void LogPollFailed(ILogger logger, string target, string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What was told of target {Target} could not be read and will be polled: {Reason}")]
    private static partial void LogNewsUnread(ILogger logger, string target, string reason);
}
