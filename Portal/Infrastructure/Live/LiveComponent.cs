using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;

namespace Portal.Infrastructure.Live;

/// <summary>
/// A component that follows something outside of its circuit: every callback enters through InvokeAsync, a fault surfaces on the
/// page, and what was started ends with the component.
/// </summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _lifetime = new();
    private readonly List<IDisposable> _owned = [];
    private bool _disposed;

    protected LiveComponent() => Lifetime = _lifetime.Token;

    [Inject]
    protected PageClock Clock { get; set; } = default!;

    /// <summary>How times are told on this page.</summary>
    protected Times Times => Clock.Times;

    /// <summary>Cancelled when the component goes.</summary>
    protected CancellationToken Lifetime { get; }

    /// <summary>Applies each value and renders, until the component goes or the result is disposed.</summary>
    protected IDisposable Follow<T>(Subscription<T> subscription, Func<T, Task> apply)
    {
        Own(subscription);
        _ = FollowAsync(subscription, apply);
        return subscription;
    }

    /// <inheritdoc cref="Follow{T}(Subscription{T}, Func{T, Task})"/>
    protected IDisposable Follow<T>(Subscription<T> subscription, Action<T> apply) => Follow(subscription, value =>
    {
        apply(value);
        return Task.CompletedTask;
    });

    /// <summary>Runs inside the circuit every second.</summary>
    protected void EverySecond(Action beat) => Own(Clock.EverySecond(() => Enter(beat)));

    /// <summary>The same for what takes a while: its faults surface on the page.</summary>
    protected void EverySecond(Func<Task> beat) => Own(Clock.EverySecond(() => Enter(beat)));

    /// <summary>Disposed with the component.</summary>
    protected void Own(IDisposable disposable)
    {
        if (_disposed)
            disposable.Dispose();
        else
            _owned.Add(disposable);
    }

    /// <summary>From any thread: runs inside the circuit.</summary>
    protected void Enter(Action action) => _ = EnterAsync(() =>
    {
        action();
        return Task.CompletedTask;
    });

    /// <inheritdoc cref="Enter(Action)"/>
    protected void Enter(Func<Task> action) => _ = EnterAsync(action);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing || _disposed)
            return;
        _disposed = true;
        _lifetime.Cancel();
        foreach (var owned in _owned)
            owned.Dispose();
        _lifetime.Dispose();
    }

    private async Task FollowAsync<T>(Subscription<T> subscription, Func<T, Task> apply)
    {
        await foreach (var value in subscription.Values.ReadAllAsync(CancellationToken.None))
        {
            await EnterAsync(async () =>
            {
                await apply(value);
                StateHasChanged();
            });
        }
    }

    private async Task EnterAsync(Func<Task> action)
    {
        try
        {
            await InvokeAsync(async () =>
            {
                if (!_disposed)
                    await action();
            });
        }
        catch (Exception) when (_disposed)
        {
            // The circuit went away while its page was being told; nobody is left to see it.
        }
        catch (Exception error)
        {
            await DispatchExceptionAsync(error);
        }
    }
}
