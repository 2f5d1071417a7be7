using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Live;

public sealed class OpenCircuitsTests
{
    private readonly ManualClock _clock = new();
    private readonly OpenCircuits _circuits;

    public OpenCircuitsTests() => _circuits = new OpenCircuits(_clock, NullLogger<OpenCircuits>.Instance);

    [Fact]
    public async Task Pause_NobodyThere_IsDoneAtOnce() => await _circuits.PauseAsync().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);

    [Fact]
    public async Task Pause_Circuits_AsksEachAndWaitsUntilTheyAreGone()
    {
        var (one, other) = (new Browser(), new Browser());
        Open("1", one);
        Open("2", other);
        Open("3", new Browser());
        var paused = _circuits.PauseAsync();

        Close("1");
        paused.IsCompleted.ShouldBeFalse();
        // Its browser does not know yet that it is paused.
        _circuits.Gone("circuit-2");
        paused.IsCompleted.ShouldBeFalse();
        _circuits.Disconnected("2");
        // Its circuit is still on its way into the database.
        _circuits.Disconnected("3");
        paused.IsCompleted.ShouldBeFalse();
        _circuits.Gone("circuit-3");

        await paused.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        (one.Asked, other.Asked).ShouldBe(("portal.pause", "portal.pause"));
    }

    [Fact]
    public async Task Pause_OneNeverAnswers_IsGivenUpInTime()
    {
        Open("1", new Browser());
        var paused = _circuits.PauseAsync();
        await _clock.SomebodyWaitsAsync();

        _clock.Move(TimeSpan.FromSeconds(8));

        await paused.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
    }

    private void Open(string connection, Browser browser)
    {
        _circuits.Connected(connection);
        _circuits.Opened($"circuit-{connection}", browser);
    }

    private void Close(string connection)
    {
        _circuits.Gone($"circuit-{connection}");
        _circuits.Disconnected(connection);
    }

    private sealed class Browser : IJSRuntime
    {
        public string? Asked { get; private set; }

        public ValueTask<T> InvokeAsync<T>(string identifier, object?[]? args) => InvokeAsync<T>(identifier, CancellationToken.None, args);

        public ValueTask<T> InvokeAsync<T>(string identifier, CancellationToken cancellationToken, object?[]? args)
        {
            Asked = identifier;
            return default;
        }
    }
}
