using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using Portal.Components.Shared;
using Portal.Core.Catalog;
using Portal.Core.Environments;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Features.Requests.Fields;
using Portal.Features.Requests.Form;

namespace Portal.Features.Requests;

public sealed partial class RequestWizard(
    IRequestDesk desk, SpecificationValidator validator, ServiceCatalog catalog, NavigationManager navigation, IJSRuntime browser, TimeProvider clock)
    : ComponentBase, IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly RequestForm _form = new(validator);
    private readonly Debouncer _debouncer = new(s_pause, clock);
    private readonly CancellationTokenSource _gone = new();
    private FormScope _scope = default!;
    private IReadOnlyList<TargetInfo> _targets = [];
    private DraftStorage? _storage;
    private Preview? _preview;
    private Refusal? _refusal;
    private FormStep _shownStep;
    private string? _focus;
    private string? _focusOnArrival;
    private int _previewed = -1;
    private bool _kept;
    private bool _tried;
    private bool _submitting;

    [Parameter, EditorRequired]
    public Actor Actor { get; set; } = default!;

    [Parameter]
    public FormStep Step { get; set; }

    private bool IsCurrent => _previewed == _form.Version;

    private double Pace => _targets.FirstOrDefault(target => target.Name == _form.Draft.Target)?.Pace ?? 1;

    private string NextLabel => Step switch
    {
        FormStep.Services => "Review",
        FormStep.Review when _submitting => "Submitting…",
        FormStep.Review when _preview is not null => $"Submit for approval · {Text.Money(_preview.Cost.Monthly)} / month",
        FormStep.Review => "Submit for approval",
        _ => "Continue",
    };

    protected override async Task OnInitializedAsync()
    {
        _scope = new FormScope(_form, Changed, StateHasChanged);
        _shownStep = Step;
        _form.Draft.Size = catalog.DefaultClusterSize;
        _form.Changed();
        _targets = await desk.TargetsAsync(_gone.Token);
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

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
            await StartAsync();
        if (_focus is { } id && _storage is not null)
        {
            _focus = null;
            await _storage.FocusAsync(id, _gone.Token);
        }
    }

    // Only now is there a browser to ask for what it kept.
    private async Task StartAsync()
    {
        _storage = await DraftStorage.OpenAsync(browser, Actor, _gone.Token);
        if (RequestDraft.FromJson(await _storage.LoadAsync(_gone.Token)) is { } draft)
        {
            _form.Restore(draft);
            _kept = true;
        }

        if (Step == FormStep.Review)
            _form.Leave(FormStep.Review);
        if (_form.Draft.Target.Length == 0 && _targets.Count == 1)
            await ChooseTargetAsync(_targets[0].Name);
        else
            Changed();
    }

    private async Task ChooseTargetAsync(string target)
    {
        _form.Draft.Target = target;
        if (target.Length > 0 && (_form.Draft.Cidr.Length == 0 || _form.Draft.Cidr == _form.Draft.SuggestedCidr))
            _form.Draft.Cidr = _form.Draft.SuggestedCidr = await desk.SuggestCidrAsync(target, _gone.Token);
        Changed();
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
                var preview = await desk.PreviewAsync(_form.Specification, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                _form.Found(version, preview.Refusal is InvalidSpecification invalid ? invalid.Errors : []);
                // While fields need mending the last plan still says roughly how long it takes.
                _preview = preview with { Plan = preview.Plan ?? _preview?.Plan };
                _previewed = version;
                StateHasChanged();
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
        if (_storage is not null)
            _kept = await _storage.SaveAsync(_form.Draft.ToJson(), _gone.Token);
    }

    private async Task NextAsync()
    {
        _form.Leave(Step);
        await KeepAsync();
        if (Step != FormStep.Review)
        {
            navigation.NavigateTo((Step + 1).Url());
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
            var version = _form.Version;
            var outcome = await desk.SubmitAsync(_form.Specification, _gone.Token);
            if (outcome.Value is { } submitted)
            {
                await _storage!.ClearAsync(_gone.Token);
                _storage = null;
                navigation.NavigateTo($"/requests/{submitted.Number}");
                return;
            }

            _refusal = outcome.Refusal is InvalidSpecification ? null : outcome.Refusal;
            if (outcome.Refusal is InvalidSpecification invalid)
                _form.Found(version, invalid.Errors);
            _focus = "errors";
        }
        finally
        {
            _submitting = false;
        }
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
        navigation.NavigateTo(FormSteps.Of(field).Url());
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        _debouncer.Dispose();
        if (_storage is not null)
            await _storage.DisposeAsync();
        _gone.Dispose();
    }
}
