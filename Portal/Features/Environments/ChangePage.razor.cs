using System.Globalization;
using Microsoft.AspNetCore.Components;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

/// <summary>Asks for another version of an environment that exists, and says beside the form what that would do to what is there.</summary>
public sealed partial class ChangePage(IEnvironmentDesk desk, NavigationManager navigation, TimeProvider time) : LiveComponent
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(300);

    private readonly Debouncer _debouncer = new(TypingPause, time);
    private readonly List<ChangedService> _services = [];
    private Guid _environmentId;
    private Specification? _wanted;
    private PlannedChange? _planned;
    private Refusal? _refusal;
    private string _confirmation = "";
    private bool _current;
    private bool _missing;
    private bool _busy;

    [Parameter]
    public string Name { get; set; } = "";

    private string? Sentence => _wanted is null ? null : _planned is { Work.Plan.Steps.Count: > 0 } planned ? $"{planned.Work.Plan.Steps.Count} of its steps would do something" : "nothing would change yet";

    private bool IsReady => _current && _planned is { Work.Plan.Steps.Count: > 0 };

    private IReadOnlyList<FieldError> Errors => _refusal is InvalidSpecification invalid ? invalid.Errors : [];

    /// <summary>What is wrong where this form has no field.</summary>
    private IReadOnlyList<FieldError> Elsewhere =>
        [.. Errors.Where(error => !_services.Exists(service => ErrorOf(service, "image") == error || ErrorOf(service, "replicas") == error))];

    protected override async Task OnInitializedAsync()
    {
        if (await desk.FindAsync(QueryReader.Clean(Name), Lifetime) is not { } id)
        {
            _missing = true;
            return;
        }

        _environmentId = id;
        using var watch = desk.Watch(id);
        if (await watch.Values.ReadAsync(Lifetime) is not { } snapshot)
        {
            _missing = true;
            return;
        }

        // What is being typed stays, whatever happens to the environment meanwhile; the plan is made of what exists when it is asked for.
        _wanted = snapshot.Specification;
        _services.AddRange(snapshot.Specification.Services.Select(service => new ChangedService(service)));
        await PreviewAsync(Lifetime);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _debouncer.Dispose();
        base.Dispose(disposing);
    }

    private Task TurnAsync(ChangedService service) => ChangedAsync(() => service.IsGone = !service.IsGone);

    private async Task ChangedAsync(Action change)
    {
        change();
        _current = false;
        _refusal = null;
        await _debouncer.RunAsync(PreviewAsync);
    }

    private async Task PreviewAsync(CancellationToken cancellationToken)
    {
        if (Read() is not { } wanted)
            return;
        var outcome = await desk.PreviewAsync(_environmentId, wanted, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        (_planned, _refusal, _current) = (outcome.Value, outcome.Refusal, true);
        StateHasChanged();
    }

    private async Task SubmitAsync()
    {
        if (_busy || Read() is not { } wanted)
            return;
        _busy = true;
        try
        {
            var outcome = await desk.ChangeAsync(_environmentId, wanted, _confirmation, Lifetime);
            _refusal = outcome.Refusal;
            if (outcome.Value is { } submitted)
                navigation.NavigateTo($"/requests/{submitted.Number}");
        }
        finally
        {
            _busy = false;
        }
    }

    /// <returns>Null where a number is none; the field says so.</returns>
    private Specification? Read()
    {
        var kept = _services.Where(service => !service.IsGone).ToList();
        var faults = kept.Select((service, index) => (service, index)).Where(item => item.service.Count is null)
            .Select(item => new FieldError($"services[{item.index}].replicas", item.service.Replicas, $"'{item.service.Replicas}' is not a whole number. Write digits only, for example 2.")).ToList();
        if (faults.Count > 0)
        {
            (_planned, _refusal, _current) = (null, new InvalidSpecification(faults), true);
            return null;
        }

        return _wanted! with { Services = [.. kept.Select(service => service.Original with { Image = service.Image.Trim(), Replicas = service.Count!.Value })] };
    }

    private FieldError? ErrorOf(ChangedService service, string field) =>
        Errors.FirstOrDefault(error => error.Field == $"services[{_services.Where(other => !other.IsGone).ToList().IndexOf(service)}].{field}");

    private string? Invalid(ChangedService service, string field) => ErrorOf(service, field) is null ? null : "true";

    private string? Described(ChangedService service, string field) => ErrorOf(service, field) is null ? null : $"{field}-{service.Name}-error";

    private RenderFragment Fault(ChangedService service, string field) => builder =>
    {
        if (ErrorOf(service, field) is not { } error)
            return;
        builder.OpenElement(0, "p");
        builder.AddAttribute(1, "class", "field-error");
        builder.AddAttribute(2, "id", $"{field}-{service.Name}-error");
        builder.AddContent(3, error.Message);
        builder.CloseElement();
    };

    /// <summary>A service as it is typed.</summary>
    private sealed class ChangedService(ServiceSpecification original)
    {
        public ServiceSpecification Original => original;

        public string Name => original.Name;

        public string Image { get; set; } = original.Image;

        public string Replicas { get; set; } = original.Replicas.ToString(CultureInfo.InvariantCulture);

        public bool IsGone { get; set; }

        public int? Count => int.TryParse(Replicas.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) ? count : null;
    }
}
