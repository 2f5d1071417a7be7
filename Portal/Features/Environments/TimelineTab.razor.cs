using System.Globalization;
using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

/// <summary>An operation's steps and, on demand, their resources over time: as they went, as they were expected, and what the end waited for.</summary>
public sealed partial class TimelineTab : LiveComponent
{
    // As the style sheet has them: the wires between rows are drawn over the table.
    private const int RowHeight = 40;
    private const int PartHeight = 28;

    private Timeline _timeline = default!;
    private string? _open;
    private IReadOnlyList<ResourceSpan>? _spans;
    private object? _read;

    [Parameter, EditorRequired]
    public EnvironmentView View { get; set; } = default!;

    protected override async Task OnParametersSetAsync()
    {
        _timeline = new Timeline(View.Snapshot, View.Now);
        if (_open is not null && !Equals(_read, About(_open)))
            await ReadAsync(_open);
    }

    // Whatever changes what is read: another operation, and live what was seen of the step's resources. A replay has read all moments at once.
    private object About(string step)
    {
        var rows = View.IsReplay ? [] : View.Snapshot.Resources.Where(row => row.Step == step).ToList();
        return (View.Snapshot.Operation!.Id, step, View.IsReplay, rows.Count, rows.Select(row => row.ChangedAt).DefaultIfEmpty().Max());
    }

    private TimeSpan Elapsed => _timeline.Now ?? _timeline.Total;

    private string? Said => View.Snapshot.Operation is { ExpectedLow: { } low, ExpectedHigh: { } high } ? Text.Range(TimeSpan.FromSeconds(low), TimeSpan.FromSeconds(high)) : null;

    /// <summary>Where the time went, or goes.</summary>
    private string? Sentence
    {
        get
        {
            if (_timeline.MostOfTheTime is not [var first, ..] most)
                return null;
            var parts = string.Join(", ", most.Select((part, index) => $"{part.Row.Step.Title} {Text.Duration(part.Row.Took)}{(index == 0 ? $" ({part.Percent} %)" : "")}"));
            var late = _timeline.Latest is { } latest ? $" {latest.Row.Step.Title} was late, by {Text.Duration(latest.By)}." : "";
            return $"{(_timeline.Now is null ? "Where the time went" : "What its end waits for")}: {parts}.{late}";
        }
    }

    /// <summary>Those that had begun at the moment that is shown.</summary>
    private IReadOnlyList<ResourceSpan> Spans => [.. _spans!.Where(span => span.BeganAt <= View.Now).Select(span => span.EndedAt > View.Now ? span with { EndedAt = null, IsReady = false, State = "in progress" } : span)];

    private int Height => (View.Snapshot.Steps.Count * RowHeight) + (_open is null ? 0 : Parts * PartHeight);

    private int Parts => _spans is null ? 1 : Math.Max(1, Spans.Count);

    private IEnumerable<(string Path, bool Critical)> Wires
    {
        get
        {
            var middles = new Dictionary<string, double>(StringComparer.Ordinal);
            var top = 0;
            foreach (var step in View.Snapshot.Steps)
            {
                middles[step.Name] = top + (RowHeight / 2.0);
                top += RowHeight + (step.Name == _open ? Parts * PartHeight : 0);
            }

            // The critical ones last: they are to be seen where others cross them.
            foreach (var row in _timeline.Rows.Values.Where(row => row.After is not null).OrderBy(row => row.IsCritical))
            {
                var before = _timeline.Rows[row.After!];
                yield return ($"M{Css(_timeline.Percent(before.End))} {Css(middles[before.Step.Name])}V{Css(middles[row.Step.Name])}H{Css(_timeline.Percent(row.Begin))}", row.IsCritical && before.IsCritical);
            }
        }
    }

    private async Task OpenAsync(StepInfo step)
    {
        (_open, _spans) = (_open == step.Name ? null : step.Name, null);
        if (_open is not null)
            await ReadAsync(_open);
    }

    private async Task ReadAsync(string step)
    {
        _read = About(step);
        var spans = await Desk.SpansAsync(View.Snapshot.Environment.Id, View.Snapshot.Operation!.Id, step, Lifetime);
        if (_open == step)
            _spans = spans;
    }

    private static string Css(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Short(string type) => type.Split("::")[^1];

    private string Took(StepInfo step) => step switch
    {
        { StartedAt: { } start, FinishedAt: { } end } => Text.Duration(end - start),
        { State: StepState.Running, StartedAt: { } start } => Text.Duration(View.Now - start) + (View.Running.FirstOrDefault(running => running.Step == step)?.Overdue is null ? "" : ", overdue"),
        { State: StepState.Pending } => "about " + Text.Duration(TimeSpan.FromSeconds(step.ExpectedSeconds / View.Snapshot.Target.Pace)),
        _ => "",
    };

    private string Explain(TimelineRow row) => row.IsForeseen
        ? $"{row.Step.Title}: likely {Times.Clock(_timeline.Begins + row.Begin)} – {Times.Clock(_timeline.Begins + row.End)}"
        : $"{row.Step.Title}: {Times.Clock(row.Step.StartedAt!.Value)} – {(row.Step.FinishedAt is { } end ? Times.Clock(end) : "now")}";
}
