using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Accounts;
using Portal.Core.Catalog;
using Portal.Core.Drafts;
using Portal.Core.Environments;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Features.Requests.Fields;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.Live;

namespace Portal.Features.Requests;

public sealed partial class RequestWizard(
    IRequestDesk desk, SpecificationValidator validator, ServiceCatalog catalog, GoldenPaths paths, NavigationManager navigation, IJSRuntime browser,
    PersistentComponentState state, PageOverlays overlays, TimeProvider clock) : ComponentBase, IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly Debouncer _debouncer = new(s_pause, clock);
    private readonly CancellationTokenSource _gone = new();
    private RequestForm _form = default!;
    private DraftKeeper _keeper = default!;
    private FormScope _scope = default!;
    private FormOrigin? _origin;
    private IReadOnlyList<TargetInfo> _targets = [];
    private IReadOnlyList<string> _teams = [];
    private PersistingComponentStateSubscription _pausing;
    private TabStorage? _storage;
    private Preview? _preview;
    private Refusal? _refusal;
    private FormStep _shownStep;
    private string _confirmation = "";
    private string? _focus;
    private string? _focusOnArrival;
    private string? _shownDraft;
    private int _previewed = -1;
    private bool _open;
    private bool _resumed;
    private bool _faulty;
    private bool _missing;
    private bool _typed;
    private bool _unkept;
    private bool _kept;
    private bool _tooLong;
    private bool _tried;
    private bool _submitting;

    [Parameter, EditorRequired]
    public Actor Actor { get; set; } = default!;

    /// <summary>The environment to change; null to ask for a new one. It does not change while the form is open.</summary>
    [Parameter]
    public ChangeSubject? Subject { get; set; }

    /// <summary>What the form begins with, in place of nothing or of what the environment is; null for that.</summary>
    [Parameter]
    public FormOrigin? Origin { get; set; }

    [Parameter]
    public FormStep Step { get; set; }

    /// <summary>Id of the draft to go on with, from the URL; null for that of the tab. Of a new environment only: a change's draft is the tab's alone.</summary>
    [Parameter]
    public string? Draft { get; set; }

    private string DraftName => Subject?.DraftName ?? "request-draft";

    private bool IsSaved => Subject is null && _typed && _form.Draft.Version > 0;

    private string? Keeping => (_keeper.Refusal, _kept) switch
    {
        (null, _) when IsSaved => "Draft saved",
        (null or DraftChanged or DraftGone, true) => "Draft kept in this tab",
        (DatabaseAway, true) => "Draft kept in this tab until the database answers",
        ({ } refusal, true) => $"Draft kept in this tab only. {refusal.Message}",
        _ when _tooLong => "Too long to be kept in this tab: submit it before you leave, or shorten its variables and files",
        ({ } refusal, false) => refusal.Message,
        _ => null,
    };

    private bool IsCurrent => _previewed == _form.Version;

    private Task<IReadOnlyList<ImagePin>> AskImagesAsync(Specification specification) => desk.ImagesAsync(specification, Subject, _gone.Token);

    private TargetInfo? Target => _targets.FirstOrDefault(target => target.Name == _form.Draft.Target);

    private double Pace => Target?.Pace ?? 1;

    private string NextLabel => Step.Next(Subject, _preview, _submitting);

    protected override async Task OnInitializedAsync()
    {
        _form = new RequestForm(validator, Subject?.Specification, paths, Subject?.GoldenPath);
        _keeper = new DraftKeeper(desk.Drafts, _form);
        _scope = new FormScope(_form, Typed, StateHasChanged) { Subject = Subject, MostRules = () => Target?.MostRules ?? AccountQuotas.Rules.Standard };
        _shownStep = Step;
        BeginAnew();
        // A circuit may be resumed under another cookie than it was paused under.
        if (state.TryTakeFromJson<WizardMemory>(DraftName, out var memory) && memory?.Person == Actor.Subject)
        {
            _form.Resume(memory.Form);
            (_tried, _typed, _kept, _open, _resumed) = (memory.Tried, memory.Typed, memory.Typed, true, true);
        }

        _pausing = state.RegisterOnPersisting(Remember, RenderMode.InteractiveServer);
        _targets = await desk.TargetsAsync(_gone.Token);
        _teams = await desk.TeamsAsync(_gone.Token);
        if (_open)
            await ChooseOnlyTargetAsync();
    }

    private void BeginAnew()
    {
        if (Subject is null)
            _form.Begin(DraftDefaults.Blank(catalog));
        else
            _form.Restore(DraftWriter.Write(Subject.Specification));
    }

    protected override void OnParametersSet()
    {
        if (Step == _shownStep)
            return;
        // Going on, forwards or by a click on a later step, is the moment to say what was left out.
        foreach (var passed in FormSteps.All.Where(step => step < Step && step >= _shownStep))
            _form.Leave(passed);
        if (Step == FormStep.Review)
            _form.Leave(FormStep.Review);
        _focus = _focusOnArrival ?? $"step-{Step.Slug()}";
        _focusOnArrival = null;
        _shownStep = Step;
    }

    protected override Task OnParametersSetAsync() => !_open || _storage is null ? Task.CompletedTask
        : Origin is { } origin && !ReferenceEquals(origin, _origin) ? BeginWithAsync(origin)
        : Draft != _shownDraft ? OpenAddressedAsync()
        : Task.CompletedTask;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
            await StartAsync();
        if (_focus is { } id && _storage is not null)
        {
            _focus = null;
            await browser.InvokeVoidAsync("portal.focus", _gone.Token, id);
        }
    }

    // Only now is there a browser to ask for what it kept; the fields come after it, so that nothing typed is overwritten.
    private async Task StartAsync()
    {
        _storage = new TabStorage(browser, Actor);
        if (!_resumed && await _storage.LoadAsync(DraftName, _gone.Token) is { } kept)
        {
            if (RequestDraft.FromJson(kept) is { } draft)
            {
                _form.Restore(draft);
                _typed = _kept = true;
            }
            else
            {
                _faulty = true;
            }
        }

        if (_resumed)
            _keeper.Begin();
        else if (_typed && Subject is null)
            await _keeper.MeetAsync(_gone.Token);
        if (Origin is { } origin)
            await BeginWithAsync(origin);
        else
            await OpenAddressedAsync();
        if (Origin is null && Step == FormStep.Review && _kept)
            _form.Leave(FormStep.Review);
        else if (Origin is null && Step == FormStep.Review && Subject is null)
            // Nobody is blamed for what an empty form lacks, for example on the way back from a request that was submitted.
            navigation.NavigateTo(_scope.Url(FormStep.Environment), replace: true);
        _open = true;
        await ChooseOnlyTargetAsync();
    }

    // The address leads on to the form itself: opened again, it is the draft's.
    private async Task BeginWithAsync(FormOrigin origin)
    {
        _origin = origin;
        if (await PutAwayAsync($"What {origin.Words} says would take its place."))
        {
            _form.Restore(origin.Draft);
            _keeper.Begin();
            Typed();
            await KeepAsync();
        }

        navigation.NavigateTo(_scope.Url(FormStep.Environment), replace: true);
        if (_open)
            await ChooseOnlyTargetAsync();
    }

    // Reloaded, or in another browser, the address opens the draft that it names; what is typed here already stays.
    private async Task OpenAddressedAsync()
    {
        _shownDraft = Draft;
        if (Draft is null || Subject is not null)
            return;
        var isId = Guid.TryParse(Draft, out var id);
        if (isId && id == _form.Draft.Id && _typed)
            return;
        if (isId && await PutAwayAsync("The draft that the address names would take its place."))
            _missing = !await _keeper.OpenAsync(id, _gone.Token);
        else
            _missing = !isId;
        if (_form.Draft.Id != id)
        {
            navigation.NavigateTo(_scope.Url(Step), replace: true);
            return;
        }

        (_typed, _faulty, _missing, _tried, _preview) = (true, false, false, false, null);
        await KeepAsync();
        await ChooseOnlyTargetAsync();
    }

    private async Task BeginAnotherAsync()
    {
        if (!await PutAwayAsync("An empty form would take its place."))
            return;
        await BlankAsync();
    }

    // What is typed goes out of the form where it can be found again, or where that is meant.
    private async Task<bool> PutAwayAsync(string instead)
    {
        if (!_typed)
            return true;
        await SaveAsync();
        if (Subject is null && _keeper.IsSaved)
            return true;
        var begun = _form.Draft.Environment.Length > 0 && Subject is null ? $" of {_form.Draft.Environment}" : "";
        return await overlays.AskAsync(new Question("Replace what you have begun?", $"This tab has a draft{begun} that was not submitted. {instead}", "Replace it"));
    }

    // The targets and the draft come in either order.
    private async Task ChooseOnlyTargetAsync()
    {
        if (_form.Draft.Target.Length == 0 && _targets.Count == 1)
            await ChooseTargetAsync(_targets[0].Name);
        else if (_form.Draft.Cidr.Length == 0 && _form.Draft.Target.Length > 0)
            await ChooseTargetAsync(_form.Draft.Target);
        else
            Changed();
    }

    private async Task ChooseTargetAsync(string target)
    {
        _form.Draft.Target = target;
        Changed();
        if (target.Length == 0 || (_form.Draft.Cidr.Length > 0 && _form.Draft.Cidr != _form.Draft.SuggestedCidr))
            return;
        var suggested = await desk.SuggestCidrAsync(target, _gone.Token);
        // The answer may come long after the question, when something was typed or another target chosen.
        if (_form.Draft.Target == target && (_form.Draft.Cidr.Length == 0 || _form.Draft.Cidr == _form.Draft.SuggestedCidr))
            _form.Draft.Cidr = _form.Draft.SuggestedCidr = suggested;
        Changed();
    }

    private void Typed()
    {
        // From here on there is something to keep, in the place of whatever could not be read.
        (_typed, _unkept, _faulty, _missing) = (true, true, false, false);
        _form.Draft.Unsaved = Subject is null;
        Changed();
    }

    private void SayWhy(string? reason)
    {
        _form.Draft.Reason = reason ?? "";
        Typed();
    }

    private void Changed()
    {
        _form.Changed();
        _refusal = null;
        StateHasChanged();
        _ = PreviewSoonAsync();
    }

    private async Task PreviewSoonAsync()
    {
        try
        {
            await _debouncer.RunAsync(async cancellationToken =>
            {
                var version = _form.Version;
                await KeepAsync();
                await SaveAsync();
                var preview = await desk.PreviewAsync(_form.Specification, _form.Asked, Subject, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                _form.Found(version, preview.Refusal is InvalidSpecification invalid ? invalid.Errors : []);
                // While fields need mending the last plan still says roughly how long it takes.
                _preview = preview with { Plan = preview.Plan ?? _preview?.Plan };
                _previewed = version;
                StateHasChanged();
                // Now it answers.
                if (_keeper.Refusal is DatabaseAway)
                    await SaveAsync();
            });
        }
        catch (Exception error) when (error is not OperationCanceledException || !_gone.IsCancellationRequested)
        {
            await DispatchExceptionAsync(error);
        }
        catch (OperationCanceledException)
        {
            // The page is gone; nobody waits for the answer.
        }
    }

    private async Task KeepAsync()
    {
        if (_storage is null || !_typed)
            return;
        _unkept = false;
        var text = _form.Draft.ToJson();
        _tooLong = TabStorage.IsTooLong(text);
        _kept = await _storage.SaveAsync(DraftName, text, CancellationToken.None);
    }

    // To its end, also where the page is left meanwhile.
    private async Task SaveAsync()
    {
        if (_storage is null || !_typed || Subject is not null || !_form.Draft.Unsaved)
            return;
        var version = _form.Draft.Version;
        await _keeper.SaveAsync(CancellationToken.None);
        if (_gone.IsCancellationRequested || !_typed)
            return;
        if (_form.Draft.Version != version)
            await NoteKeptAsync();
        StateHasChanged();
    }

    // The tab knows which version it has, and the address which draft; by the router, the page would scroll to its top.
    private async Task NoteKeptAsync()
    {
        await KeepAsync();
        if (Draft != _form.Draft.Id.ToString())
            await browser.InvokeVoidAsync("portal.setQuery", _gone.Token, "draft", _form.Draft.Id);
    }

    private async Task TakeTheirsAsync()
    {
        if (!await _keeper.TakeTheirsAsync(_gone.Token))
            return;
        await KeepAsync();
        await ChooseOnlyTargetAsync();
    }

    private async Task ChooseAsync(Func<CancellationToken, Task> choose)
    {
        await choose(CancellationToken.None);
        await NoteKeptAsync();
    }

    private Task Remember()
    {
        var memory = new WizardMemory(Actor.Subject, _form.Remember(), _tried, _typed);
        // What is longer would end the connection that takes it up again. Then the page is opened anew, with what the tab has kept.
        if (_open && memory.Form.Draft.Length < LiveExtensions.MaxMessage / 4)
            state.PersistAsJson(DraftName, memory);
        return Task.CompletedTask;
    }

    private async Task DiscardAsync()
    {
        var id = _form.Draft.Id;
        await BlankAsync();
        if (Subject is null)
            await _keeper.RemoveAsync(id, _gone.Token);
    }

    private async Task BlankAsync()
    {
        // First, so that nothing is kept any more while the browser is told: what was thrown away would be there again.
        (_faulty, _missing, _typed, _unkept, _kept, _tried, _preview) = (false, false, false, false, false, false, null);
        BeginAnew();
        _keeper.Begin();
        if (_storage is not null)
            await _storage.ClearAsync(DraftName, _gone.Token);
        await ChooseOnlyTargetAsync();
        navigation.NavigateTo(_scope.Url(FormStep.Environment));
    }

    private async Task NextAsync()
    {
        _form.Leave(Step);
        await KeepAsync();
        if (Step != FormStep.Review)
        {
            navigation.NavigateTo(_scope.Url(Step + 1));
            return;
        }

        await SubmitAsync();
    }

    private async Task SubmitAsync()
    {
        _tried = true;
        if (_form.Errors.Count > 0 || !_form.HasOnlyNumbers)
        {
            _focus = "errors";
            return;
        }

        _submitting = true;
        try
        {
            await SaveAsync();
            if (_keeper.IsTorn)
            {
                _focus = TornDraft.Id;
                return;
            }

            var version = _form.Version;
            if (Subject?.Proposal is { } proposal)
            {
                await ProposeAsync(proposal, version);
                return;
            }

            var outcome = await desk.SubmitAsync(_form.Specification, _form.Asked, _form.Draft.Id, Subject, _confirmation, _gone.Token);
            if (outcome.Value is { } submitted)
            {
                await LeaveAsync(
                    submitted.IsApproved ? $"Request {submitted.Number} is approved by a rule: work begins." : $"Request {submitted.Number} is submitted.",
                    submitted.IsApproved ? $"/environments/{submitted.Environment}" : $"/requests/{submitted.Number}");
                return;
            }

            Refused(outcome.Refusal!, version);
        }
        finally
        {
            _submitting = false;
        }
    }

    private async Task ProposeAsync(ProposalSubject proposal, int version)
    {
        var outcome = await desk.Proposals.ProposeAsync(proposal, _form.Draft.Id, _form.Specification, _form.Draft.Reason, _gone.Token);
        if (outcome.Refusal is { } refusal)
            Refused(refusal, version);
        else
            await LeaveAsync($"Your proposal is sent: {proposal.RequestedBy} accepts it or declines.", $"/requests/{proposal.Number}");
    }

    private async Task LeaveAsync(string done, string address)
    {
        await _storage!.ClearAsync(DraftName, _gone.Token);
        _storage = null;
        overlays.Done(done);
        // The form is empty from here on: the way back must not lead to its review.
        navigation.NavigateTo(address, replace: true);
    }

    private void Refused(Refusal refusal, int version)
    {
        _refusal = refusal is InvalidSpecification ? null : refusal;
        if (refusal is InvalidSpecification invalid)
            _form.Found(version, invalid.Errors);
        _focus = refusal is ReasonMissing ? "reason" : "errors";
    }

    private void Jump(string field)
    {
        _form.Touch(field);
        if (FormSteps.Of(field) == Step)
        {
            _focus = _form.IdOf(field);
            return;
        }

        _focusOnArrival = _form.IdOf(field);
        navigation.NavigateTo(_scope.Url(FormSteps.Of(field)));
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        _pausing.Dispose();
        // Left within the pause after the last letter.
        if (_unkept)
            await KeepAsync();
        await SaveAsync();
        _debouncer.Dispose();
        _gone.Dispose();
    }

    private sealed record WizardMemory(string Person, FormMemory Form, bool Tried, bool Typed);
}
