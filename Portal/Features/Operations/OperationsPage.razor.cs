using System.Globalization;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Features.Requests;
using Portal.Infrastructure.Live;

namespace Portal.Features.Operations;

/// <summary>What those who operate the portal look at, live. Who has gone silent tells nobody, so that it is also read again every few seconds.</summary>
public sealed partial class OperationsPage : LiveComponent
{
    private static readonly TimeSpan Oldest = TimeSpan.FromSeconds(5);

    private static readonly Tone s_queued = new("wait", "waiting", "Queued");
    private static readonly Tone s_running = new("busy", "busy", "Running");
    private static readonly Tone s_cancelling = new("busy", "leaving", "Being cancelled");
    private static readonly Tone s_alive = new("ok", "ready", "Running");
    private static readonly Tone s_gone = new("bad", "unseen", "Silent");

    private OperationsView? _view;
    private DateTimeOffset _readAt;
    private int _reading;

    private int Queued => _view!.Overview.Open.Count(one => one.State == OperationState.Queued);

    private int Running => _view!.Overview.OpenTotal - Queued;

    private int Ended => _view!.Overview.Days.Sum(day => day.Succeeded + day.Failed);

    /// <summary>In percent, of what was not cancelled; null where nothing ended.</summary>
    private int? Rate => Ended == 0 ? null : Text.Percent((double)_view!.Overview.Days.Sum(day => day.Succeeded) / Ended);

    private string? Sentence => _view is null ? null
        : !_view.Overview.Workers.Any(worker => worker.IsAlive) ? "no worker is running: nothing goes on until one is"
        : string.Join(", ", new[]
        {
            _view.Overview.OpenTotal > 0 ? $"{_view.Overview.OpenTotal} under way" : null,
            _view.Counts.Requested > 0 ? $"{_view.Counts.Requested} waiting for approval" : null,
            _view.Counts.Failed + _view.Counts.Degraded is > 0 and var looks ? $"{looks} to be looked at" : null,
        }.OfType<string>()) is { Length: > 0 } text ? text : "nothing is under way, and nothing waits for you";

    protected override void OnInitialized()
    {
        Follow(Desk.WatchChanges(), _ => ReadAsync());
        EverySecond(async () =>
        {
            if (_view is null || Clock.Now - _readAt < Oldest)
                return;
            await ReadAsync();
            StateHasChanged();
        });
    }

    private async Task ReadAsync()
    {
        var mine = ++_reading;
        _readAt = Clock.Now;
        var view = await Desk.ReadAsync(Times.Zone, Lifetime);
        if (mine == _reading)
            _view = view;
    }

    private static Tone Look(TargetSummary target) => target switch
    {
        { Trouble: not null } => new("bad", "unseen", "Not seen"),
        { Throttled: > 0 } => new("warn", "clock", "Throttled"),
        { Waiting: > 0 } => new("warn", "clock", "Silent"),
        { Environments: 0, SeenAt: null } => new("wait", "waiting", "Not used"),
        _ => new("ok", "ready", "Seen"),
    };

    private static string Css(decimal share) => (share * 100).ToString("0.#", CultureInfo.InvariantCulture);
}
