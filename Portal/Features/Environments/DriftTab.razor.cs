using Microsoft.AspNetCore.Components;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core.Drift;
using Portal.Core.Environments;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

public sealed partial class DriftTab : LiveComponent
{
    private Page<DriftedProperty>? _page;
    private (Guid Environment, DriftSummary? Drift, int Page)? _read;
    private string? _refusal;

    [Parameter, EditorRequired]
    public EnvironmentSnapshot Snapshot { get; set; } = default!;

    /// <summary>From 1, as people count.</summary>
    private string? Page => Navigation.Query("page");

    private bool IsChecking => Snapshot.Drift?.AskedAt is not null;

    private string Sentence => Snapshot.Drift switch
    {
        null => "It was never compared with its plan.",
        { AskedAt: { } asked, AskedBy: var by } => $"{by} asked at {Times.At(asked, Clock.Now)}; what exists is being compared with its plan.",
        { CheckedAt: { } at, Resources: 0 } => $"Nothing was different at {Times.Moment(at)}.",
        { CheckedAt: { } at, Resources: 1 } => $"One resource was different at {Times.Moment(at)}.",
        { CheckedAt: { } at, Resources: var count } => $"{count} resources were different at {Times.Moment(at)}.",
        _ => "It was never compared with its plan.",
    };

    /// <summary>What is said of a resource stands beside its first property.</summary>
    private static IEnumerable<(DriftedProperty Row, bool IsFirst)> Rows(IEnumerable<DriftedProperty> step) =>
        step.GroupBy(row => row.Resource).SelectMany(resource => resource.Select((row, place) => (row, place == 0)));

    protected override async Task OnParametersSetAsync()
    {
        var wanted = (Snapshot.Environment.Id, Snapshot.Drift, new QueryReader().Page(Page));
        if (_read == wanted)
            return;
        _read = wanted;
        await ReadAsync();
    }

    private async Task ReadAsync()
    {
        if (_read is not { } asked)
            return;
        var page = await Desk.DriftAsync(asked.Environment, asked.Page, Lifetime);
        // An answer to an older question may come later.
        if (_read == asked)
            _page = page;
    }

    private async Task CheckAsync() => _refusal = (await Desk.CheckDriftAsync(Snapshot.Environment.Id, CancellationToken.None)).Refusal?.Message;

    private async Task RevertAsync(string step, string title)
    {
        var asked = await Overlays.AskAsync(new Question(
            $"Make {title} as planned?", "Everything of it that differs is set to what was planned, by CloudFormation or helm; pods may restart. What somebody changed by hand is lost.", "Make it as planned"));
        if (asked)
            _refusal = (await Desk.RevertDriftAsync(Snapshot.Environment.Id, step, CancellationToken.None)).Refusal?.Message;
    }

    private async Task IgnoreAsync(DriftedProperty row)
    {
        await Overlays.OpenAsync<IgnoreDialog>($"Leave {row.Resource} as it is?", new MudBlazor.DialogParameters<IgnoreDialog>
        {
            { dialog => dialog.EnvironmentId, Snapshot.Environment.Id },
            { dialog => dialog.Drifted, row },
        });
        await ReadAsync();
    }

    private async Task CountAgainAsync(DriftedProperty row)
    {
        _refusal = (await Desk.IgnoreDriftAsync(Snapshot.Environment.Id, row.Step, row.Resource, null, CancellationToken.None)).Refusal?.Message;
        await ReadAsync();
    }

    private string Address(int page) => $"/environments/{Snapshot.Environment.Name}?tab=drift{(page > 0 ? $"&page={page + 1}" : "")}";
}
