using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.SignalR;
using Microsoft.JSInterop;

namespace Portal.Infrastructure.Live;

/// <summary>
/// The circuits that a browser is connected to. A process that stops in good order asks each browser to pause its circuit: the browser
/// keeps the circuit's state, and goes on with it in whichever portal is ready first.
/// </summary>
public sealed partial class OpenCircuits(TimeProvider clock, ILogger<OpenCircuits> logger)
{
    // Well within the ten seconds that a container runtime leaves between SIGTERM and SIGKILL.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly ConcurrentDictionary<string, IJSRuntime> _open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _connections = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _paused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _pausing;

    public void Opened(string circuitId, IJSRuntime browser) => _open[circuitId] = browser;

    public void Gone(string circuitId)
    {
        _open.TryRemove(circuitId, out _);
        SeeWhoIsLeft();
    }

    public void Connected(string connectionId) => _connections[connectionId] = 0;

    public void Disconnected(string connectionId)
    {
        _connections.TryRemove(connectionId, out _);
        SeeWhoIsLeft();
    }

    /// <summary>Completes when every browser has paused its circuit and closed its connection, or was given its time.</summary>
    /// <remarks>
    /// In whichever order: a browser that was cut off before it heard of its pause would hold the circuit for lost, and one that has hung up
    /// before it was sent the circuit's state finds it in the database, where the circuit's end puts it.
    /// </remarks>
    public async Task PauseAsync()
    {
        _pausing = true;
        var asked = _open.Count;
        if (asked == 0)
            return;
        await Task.WhenAll(_open.Values.Select(AskAsync));
        SeeWhoIsLeft();
        await _paused.Task.WaitAsync(Patience, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        LogPaused(logger, asked - _open.Count, asked);
    }

    private void SeeWhoIsLeft()
    {
        if (_pausing && _open.IsEmpty && _connections.IsEmpty)
            _paused.TrySetResult();
    }

    private async Task AskAsync(IJSRuntime browser)
    {
        try
        {
            await browser.InvokeVoidAsync("portal.pause", Patience);
        }
        catch (Exception error) when (error is JSException or JSDisconnectedException or OperationCanceledException)
        {
            // That page is on its way out, or still starting: it comes back by loading itself again.
            LogNotAsked(logger, error);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Paused {Paused} of {Open} circuits; they go on in the next portal that is ready.")]
    private static partial void LogPaused(ILogger logger, int paused, int open);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A browser could not be asked to pause.")]
    private static partial void LogNotAsked(ILogger logger, Exception error);
}

/// <summary>Tells <see cref="OpenCircuits"/> of one circuit.</summary>
internal sealed class CircuitWatch(OpenCircuits circuits, IJSRuntime browser) : CircuitHandler
{
    public override Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        circuits.Opened(circuit.Id, browser);
        return Task.CompletedTask;
    }

    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        circuits.Gone(circuit.Id);
        return Task.CompletedTask;
    }
}

/// <summary>Tells <see cref="OpenCircuits"/> of the connections that carry circuits.</summary>
internal sealed class ConnectionWatch(OpenCircuits circuits) : IHubFilter
{
    public Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        circuits.Connected(context.Context.ConnectionId);
        return next(context);
    }

    public async Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        try
        {
            await next(context, exception);
        }
        finally
        {
            circuits.Disconnected(context.Context.ConnectionId);
        }
    }
}
