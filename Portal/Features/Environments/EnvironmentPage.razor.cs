using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Topology;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

/// <summary>One environment, live. A change gives a new snapshot; between changes a second's beat only moves the percentages.</summary>
public sealed partial class EnvironmentPage : LiveComponent
{
    private EnvironmentSnapshot? _snapshot;
    private EnvironmentView? _view;
    private IDisposable? _following;
    private string? _name;
    private PictureOptions _options = new();
    private bool _missing;
    private IReadOnlyList<string> _teams = [];
    private Guid? _id;
    private string? _replayed;
    private Recording? _recording;
    private IReadOnlyList<OperationSummary> _operations = [];
    private TimeSpan _at;
    private string? _replayFault;
    private SentRequests _sent = new();

    [Parameter]
    public string Name { get; set; } = "";

    [SupplyParameterFromQuery]
    private string? Tab { get; set; }

    /// <summary>Id of the chosen node.</summary>
    [SupplyParameterFromQuery]
    private string? Node { get; set; }

    /// <summary>"list", else it is a picture.</summary>
    [SupplyParameterFromQuery]
    private string? Form { get; set; }

    /// <summary>Whether the network's second level of detail is drawn.</summary>
    [SupplyParameterFromQuery]
    private string? Network { get; set; }

    /// <summary>Ids of the groups that are folded, with commas.</summary>
    [SupplyParameterFromQuery]
    private string? Folded { get; set; }

    /// <summary>Id of the operation that is looked at as it went; null for how things stand now.</summary>
    [SupplyParameterFromQuery]
    private string? Replay { get; set; }

    /// <summary>Seconds since its beginning.</summary>
    [SupplyParameterFromQuery]
    private string? At { get; set; }

    private string CurrentTab => Tab is "timeline" or "resources" or "events" or "drift" ? Tab : "topology";

    protected override void OnInitialized() => EverySecond(() =>
    {
        if (_view is not { Runs: true, IsReplay: false })
            return;
        Look();
        StateHasChanged();
    });

    protected override async Task OnParametersSetAsync()
    {
        _options = new PictureOptions { Network = Network == "1", Folded = (Folded ?? "").Split(',', 12, StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal) };
        if (Name == _name)
        {
            await ReplayAsync();
            return;
        }

        _name = Name;
        _following?.Dispose();
        (_snapshot, _view, _missing, _sent) = (null, null, false, new SentRequests());
        var id = await Desk.FindAsync(QueryReader.Clean(Name), Lifetime);
        if (_name != Name)
            return;
        (_missing, _id, _replayed, _recording) = (id is null, id, null, null);
        _teams = await Desk.TeamsAsync(Lifetime);
        if (id is not null)
        {
            _following = Follow(Desk.Watch(id.Value), Show);
            await ReplayAsync();
        }
    }

    private void Show(EnvironmentSnapshot? snapshot)
    {
        // A last one of the environment before may still be under way.
        if (snapshot?.Environment.Name != _name)
            return;
        _snapshot = snapshot;
        Look();
    }

    private void Look() => _view = _recording is { } recording ? Views.Of(recording, _at, Times) : _snapshot is null ? null : Views.Of(_snapshot, Times, Clock.Now);

    private async Task ReplayAsync()
    {
        if (Replay == _replayed || _id is not { } environment)
            return;
        var asked = _replayed = Replay;
        (_recording, _replayFault) = (null, null);
        if (asked is not null)
        {
            var recording = Guid.TryParse(asked, out var operation) ? await Desk.Replays.ReadAsync(environment, operation, Lifetime) : null;
            var operations = await Desk.Replays.OperationsAsync(environment, Lifetime);
            // Another one was asked for meanwhile, or another environment.
            if (asked != Replay || environment != _id)
                return;
            (_recording, _operations) = (recording, operations);
            _replayFault = recording is null ? "There is no such operation of this environment to look at." : null;
            _at = recording is null ? TimeSpan.Zero : ReplayMoment.Read(At, recording);
        }

        Look();
    }

    private void Seek(TimeSpan at)
    {
        _at = at;
        Look();
    }

    private string? Sentence => _view is { IsReplay: true } ? $"as it was at {Times.At(_view.Now, Clock.Now)}{(_view.Sentence is { } then ? $": {then}" : "")}" : _view!.Sentence;

    private string LiveAddress => PageAddress.Of($"/environments/{Name}", ("tab", Tab));

    private string ReplayAddress(Guid operation) => PageAddress.Of($"/environments/{Name}", ("tab", CurrentTab is "drift" or "topology" ? null : CurrentTab), ("replay", operation.ToString()));

    private string NodeAddress(string? node) => With("node", node);

    private string File(string file, string? theme) => PictureDownload.UrlOf(Name, file, [("theme", theme), ("network", _options.Network ? "1" : null), .. ReplayMoment.ParametersOf(Moment)]);

    private string FoldAddress(string group) => With("folded", string.Join(',', _options.Folded.Contains(group) ? _options.Folded.Except([group]) : _options.Folded.Append(group)) is { Length: > 0 } all ? all : null);

    // Whatever else the address says stays as it is.
    private string With(string name, string? value) => Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { [name] = value, ["at"] = Moment?.Seconds });

    private ReplayMoment? Moment => _recording is null ? null : new ReplayMoment(_recording.Operation.Id, _at);

    private string Address(string? tab) => PageAddress.Of($"/environments/{Name}", [("tab", tab), .. ReplayMoment.ParametersOf(Moment)]);

    private string? IsTab(string tab) => CurrentTab == tab ? "page" : null;
}
