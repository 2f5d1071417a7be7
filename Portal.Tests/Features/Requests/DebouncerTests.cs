using Portal.Features.Requests.Form;

using Portal.Tests.Fixtures;

namespace Portal.Tests.Features.Requests;

public sealed class DebouncerTests
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task RunAsync_TypingGoesOn_RunsTheLastOnly()
    {
        using var debouncer = new Debouncer(s_pause, _clock);
        var ran = new List<int>();

        var first = debouncer.RunAsync(_ => Note(1));
        _clock.Move(s_pause / 2);
        var second = debouncer.RunAsync(_ => Note(2));
        _clock.Move(s_pause / 2);
        ran.ShouldBeEmpty();
        _clock.Move(s_pause / 2);

        (await first).ShouldBeFalse();
        (await second).ShouldBeTrue();
        ran.ShouldBe([2]);

        Task Note(int number)
        {
            ran.Add(number);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task RunAsync_WhileAnOlderRuns_CancelsTheOlder()
    {
        using var debouncer = new Debouncer(s_pause, _clock);
        var answer = new TaskCompletionSource();
        var older = debouncer.RunAsync(cancellationToken => answer.Task.WaitAsync(cancellationToken));
        _clock.Move(s_pause);

        var newer = debouncer.RunAsync(_ => Task.CompletedTask);
        _clock.Move(s_pause);

        (await older).ShouldBeFalse();
        (await newer).ShouldBeTrue();
    }

    [Fact]
    public async Task Dispose_WhileWaiting_EndsQuietly()
    {
        var debouncer = new Debouncer(s_pause, _clock);
        var waiting = debouncer.RunAsync(_ => Task.CompletedTask);

        debouncer.Dispose();

        (await waiting).ShouldBeFalse();
    }

    [Fact]
    public async Task RunAsync_WorkFails_Throws()
    {
        using var debouncer = new Debouncer(TimeSpan.Zero, _clock);

        var run = debouncer.RunAsync(_ => throw new InvalidOperationException("the database is away"));

        await Should.ThrowAsync<InvalidOperationException>(run);
    }
}
