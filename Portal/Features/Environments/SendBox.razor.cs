using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.JSInterop;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Inquiries;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Infrastructure.Live;

namespace Portal.Features.Environments;

/// <summary>Has a worker send a request to the environment, by its own address and nobody's credentials.</summary>
public sealed partial class SendBox(IInquiryDesk desk, PageOverlays overlays, IJSRuntime browser) : LiveComponent
{
    private readonly DoorForm _form = new();
    private bool _busy;
    private Refusal? _refusal;
    private string? _said;
    private string? _service;
    private string? _node;
    private string? _curl;
    private int? _copied;
    private Specification? _specification;
    private RouteTree? _routes;

    [Parameter, EditorRequired]
    public EnvironmentView View { get; set; } = default!;

    /// <summary>What was sent from the page, whichever node was looked at.</summary>
    [Parameter, EditorRequired]
    public SentRequests Sent { get; set; } = default!;

    /// <summary>The one whose node is looked at; null for the way that all have.</summary>
    [Parameter]
    public ServiceSpecification? Service { get; set; }

    private List<ServiceSpecification> Services => [.. View.Snapshot.Specification.Services.Where(service => service.IsPublic)];

    private string? Chosen
    {
        get => _service;
        set
        {
            _service = value;
            if (Services.Find(service => service.Name == value) is { } chosen)
                _form.Path = DoorForm.PathOf(chosen);
        }
    }

    /// <summary>What the route wants that is not sent along; null for nothing.</summary>
    private string? Asks => Route(_form.Read()) switch
    {
        { IsClosed: true } => null,
        { Authentication: not RouteAuthentication.None } => "This route asks for a sign-in. The portal has nobody's and keeps none, so it goes without: 401 tells that the way to the sign-in works. To come further, copy it as curl and put your token in.",
        { ApiKeyRequired: true } => "This route asks for an API key. The portal has nobody's and keeps none, so it goes without: 403 tells that the gateway asks for it. To come further, copy it as curl and put your key in.",
        _ => null,
    };

    protected override void OnParametersSet()
    {
        if (View.Snapshot.Specification != _specification)
            (_specification, _routes) = (View.Snapshot.Specification, RouteTree.Of(View.Snapshot.Specification.Services));
        if (_service is not null && _node == Service?.Name)
            return;
        _node = Service?.Name;
        Chosen = (Service ?? Services.FirstOrDefault())?.Name ?? "";
        _refusal = null;
    }

    private RouteTree.Method? Route(DoorRequest request) => _routes?.Find(request.Method, request.Path);

    private async Task SendAsync(DoorRequest request)
    {
        if (_busy || (!request.IsSafe && !await overlays.AskAsync(Confirm(request))))
            return;
        (_busy, _refusal, _said, _curl, _copied) = (true, null, null, null, null);
        var at = Clock.Now;
        try
        {
            var outcome = await desk.SendAsync(View.Snapshot.Environment.Id, request, Lifetime);
            _refusal = outcome.Refusal;
            if (outcome.IsRefused)
                return;
            Sent.Add(request, at, outcome.Value);
            _said = $"{request.Subject}: {Status(outcome.Value)}";
        }
        catch (OperationCanceledException) when (Lifetime.IsCancellationRequested)
        {
            // The page is closed, or another node is looked at.
        }
        finally
        {
            _busy = false;
        }
    }

    private Question Confirm(DoorRequest request) => new(
        $"Send {request.Subject}?",
        $"{Route(request)?.Service ?? "Whatever answers"} does with it what it does for anybody, in {View.Snapshot.Environment.Name}{(View.Snapshot.Specification.Class == EnvironmentClass.Production ? ", which is production: real people and real data" : "")}. Nothing here takes it back. That you sent it stands in the events.",
        $"Send {request.Method}");

    private Task KeyAsync(KeyboardEventArgs key) => key.Key == "Enter" ? SendAsync(_form.Read()) : Task.CompletedTask;

    private async Task CopyAsync(int number, DoorRequest request)
    {
        if (View.ApiUrl is not { } api)
            return;
        var text = CurlText.Of(api, request, Route(request));
        var isCopied = await browser.InvokeAsync<bool>("portal.copy", Lifetime, text);
        // A browser may not let it: then it stands there to be selected.
        _copied = isCopied ? number : null;
        _curl = isCopied ? null : text;
    }

    private FieldError? ErrorOf(string field) => (_refusal as InvalidSpecification)?.Errors.FirstOrDefault(error => error.Field.StartsWith(field, StringComparison.Ordinal));

    /// <summary>Why it is refused, where that stands at no field.</summary>
    private string? Unplaced => (_refusal as InvalidSpecification)?.Errors.FirstOrDefault(error => !error.Field.StartsWith("path", StringComparison.Ordinal) && !error.Field.StartsWith("headers", StringComparison.Ordinal) && error.Field != "body")?.Message;

    private string? Invalid(string field) => ErrorOf(field) is null ? null : "true";

    private static string Status(DoorReply? reply) => reply?.Status is { } status ? string.Create(CultureInfo.InvariantCulture, $"{status} {ReasonPhrases.GetReasonPhrase(status)}").Trim() : "No answer";

    private static string ToneOf(DoorReply? reply) => reply?.Status switch { null or >= 500 => "bad", >= 400 => "warn", _ => "ok" };

    private static string Took(DoorReply reply) => string.Create(CultureInfo.InvariantCulture, $"{reply.TookMs:N0} ms");

    private static (string Tone, string Icon, string Word) Look(DoorHopState state) => state switch
    {
        DoorHopState.Passed => ("ok", "ready", "passed"),
        DoorHopState.Ends => ("wait", "leaving", "ends here"),
        DoorHopState.Broke => ("bad", "failed", "breaks here"),
        _ => ("skip", "skipped", "not reached"),
    };
}
