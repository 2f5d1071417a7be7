using Microsoft.AspNetCore.Components;
using Portal.Core.Environments;
using Portal.Core.Inquiries;
using Portal.Core.Provisioning;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

/// <summary>The log of one pod of a service. It is read again every other second while somebody follows it and the page is open.</summary>
public sealed partial class PodLogs : LiveComponent
{
    private const int MostKept = 1_000;
    private const int BeatsBetween = 2;

    private readonly List<LogLine> _lines = [];
    private int _beats;
    private string _chosen = "";
    private string _filter = "";
    private string? _trouble;
    private string? _step;
    private bool _follows = true;
    private bool _isReading;

    [Parameter, EditorRequired]
    public EnvironmentView View { get; set; } = default!;

    /// <summary>The release whose pods they are.</summary>
    [Parameter, EditorRequired]
    public string Step { get; set; } = "";

    private string Chosen
    {
        get => _chosen;
        set => Choose(value);
    }

    private IEnumerable<string> Pods => View.Snapshot.Resources.Where(row => row.Type == "Kubernetes::Pod" && row.Step == Step).Select(row => row.Name)
        .Concat(_chosen.Length > 0 ? [_chosen] : []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private IEnumerable<LogLine> Shown => _filter.Trim() is { Length: > 0 } wanted ? _lines.Where(line => line.Text.Contains(wanted, StringComparison.OrdinalIgnoreCase)) : _lines;

    protected override void OnParametersSet()
    {
        if (_step is not null && _step != Step)
            Choose("");
        _step = Step;
    }

    protected override void OnInitialized() => EverySecond(() =>
    {
        _beats++;
        if (_beats % BeatsBetween == 0 && _follows && _chosen.Length > 0)
            _ = ReadAsync(_chosen);
    });

    private void Choose(string? pod)
    {
        _lines.Clear();
        (_chosen, _trouble, _filter, _follows, _isReading) = (pod ?? "", null, "", true, false);
        if (_chosen.Length > 0)
            _ = ReadAsync(_chosen);
    }

    private async Task ReadAsync(string pod)
    {
        if (_isReading)
            return;
        _isReading = true;
        try
        {
            var answer = await Desk.ReadAsync(View.Snapshot.Environment.Id, pod, Lifetime);
            // Another one was chosen meanwhile.
            if (pod != _chosen)
                return;
            _isReading = false;
            _trouble = answer.Refusal?.Message ?? answer.Value!.Trouble;
            // Who may not read it now may not in two seconds either.
            if (answer.IsRefused)
                _follows = false;
            else
                _lines.AddRange(answer.Value!.After(_lines.LastOrDefault()));
            if (_lines.Count > MostKept)
                _lines.RemoveRange(0, _lines.Count - MostKept);
            StateHasChanged();
        }
        catch (OperationCanceledException)
        {
            // The page is closed.
        }
        catch (Exception error)
        {
            await DispatchExceptionAsync(error);
        }
    }
}
