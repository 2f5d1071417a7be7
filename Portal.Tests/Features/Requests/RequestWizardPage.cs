using AngleSharp.Dom;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.JSInterop;
using MudBlazor;
using Portal.Components.Overlays;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

/// <summary>The form's page as its tests open it: with a desk of our own, a clock that they move, and a browser that keeps what it is given.</summary>
public abstract class RequestWizardPage : IAsyncLifetime
{
    private static readonly Actor s_engineer = new("engineer-1", "Engineer", new HashSet<string> { Roles.Engineer });

    protected RequestWizardPage()
    {
        Context.Services.AddSingleton<IRequestDesk>(Desk);
        Context.Services.AddSingleton<TimeProvider>(Clock).AddScoped<PageClock>();
        Context.Services.AddSingleton(Samples.Catalog);
        Context.Services.AddSingleton(new SpecificationValidator(Samples.Catalog));
        Context.Services.AddSingleton(Paths);
        Context.Services.AddPortalOverlays();
        Memory = Context.AddBunitPersistentComponentState();
        Browser.Mode = JSRuntimeMode.Loose;
        Browser.Setup<bool>("portal.save", _ => true).SetResult(true);
    }

    private protected BunitContext Context { get; } = new();

    /// <summary>Those of Templates.</summary>
    private protected static GoldenPaths Paths { get; } = GoldenPathFile.Read(Path.Combine(TemplateSet.Locate(null), "catalog"));

    private protected FakeRequestDesk Desk { get; } = new();

    private protected ManualClock Clock { get; } = new();

    private protected BunitJSInterop Browser => Context.JSInterop;

    private protected BunitPersistentComponentState Memory { get; }

    public Task InitializeAsync() => Task.CompletedTask;

    // Services of MudBlazor can only be disposed of so.
    public Task DisposeAsync() => Context.DisposeAsync().AsTask();

    private protected NavigationManager Navigation => Context.Services.GetRequiredService<NavigationManager>();

    private protected IRenderedComponent<RequestWizard> Open(FormStep step, string? draft = null, Actor? actor = null, ChangeSubject? subject = null, FormOrigin? origin = null, string? address = null)
    {
        Browser.Setup<IJSStreamReference?>("portal.load", _ => true).SetResult(KeptInTab.Of(draft));
        return Context.Render<RequestWizard>(parameters => parameters.Add(wizard => wizard.Actor, actor ?? s_engineer).Add(wizard => wizard.Step, step).Add(wizard => wizard.Subject, subject).Add(wizard => wizard.Origin, origin).Add(wizard => wizard.Draft, address));
    }

    private protected static void Unfold(IRenderedComponent<RequestWizard> page, string title)
    {
        page.WaitForElement("details.section");
        Section().TriggerEvent("ontoggle", EventArgs.Empty);
        page.WaitForAssertion(() => Section().QuerySelector(".section-body").ShouldNotBeNull());

        IElement Section() => page.FindAll("details.section").First(section => section.QuerySelector("summary")!.TextContent.StartsWith(title, StringComparison.Ordinal));
    }

    private protected static void Show(IRenderedComponent<RequestWizard> page, FormStep step) =>
        page.Render(parameters => parameters.Add(wizard => wizard.Step, step));

    private protected static void Type(IRenderedComponent<RequestWizard> page, string field, string text)
    {
        page.WaitForElement(field).Input(text);
        page.WaitForElement(field).Change(text);
    }

    private protected static Task ChooseTargetAsync(IRenderedComponent<RequestWizard> page, string target)
    {
        page.WaitForElement("#field-target");
        var field = page.FindComponent<MudAutocomplete<string>>();
        return field.InvokeAsync(() => field.Instance.ValueChanged.InvokeAsync(target));
    }

    private protected void Pause() => Clock.Move(TimeSpan.FromMilliseconds(200));

    private protected static RequestDraft Complete()
    {
        var draft = new RequestDraft { Environment = "shop", Target = "sandbox", Cidr = "10.40.0.0/16", Size = "small" };
        draft.Services.Add(ServiceDrafts.From(Samples.Catalog.Services[0], []));
        return draft;
    }
}
