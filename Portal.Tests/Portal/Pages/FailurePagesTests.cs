using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Browser;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Engine;

namespace Portal.Tests.Pages;

/// <summary>What a person sees and can do when an operation has failed, in a real browser; what a worker would write is written by its own store.</summary>
public sealed class FailurePagesTests(ChromiumFixture chromium) : IClassFixture<ChromiumFixture>, IAsyncLifetime
{
    private const string Address = "/environments/shop-staging";

    private ServiceProvider _services = null!;
    private PortalUnderTest _portal = null!;
    private OperationStore _store = null!;
    private Guid _environment;

    public async Task InitializeAsync()
    {
        var database = await PostgresFixture.CreateDatabaseAsync();
        _portal = await PortalUnderTest.StartAsync(database, "Development");
        _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(database).BuildServiceProvider();
        _store = new OperationStore(_services.GetRequiredService<Npgsql.NpgsqlDataSource>(), _services.GetRequiredService<Transactions>(), _services.GetRequiredService<Lifecycle>(), _services.GetRequiredService<StepDurations>(), TimeProvider.System);
        var submitted = (await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Fleet.Engineer, Samples.Shop(), default)).Value!;
        var detail = (await _services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!;
        (await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).Refusal.ShouldBeNull();
        _environment = submitted.EnvironmentId;
    }

    public async Task DisposeAsync()
    {
        await chromium.CloseAsync();
        await _portal.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Page_StepFailed_SaysWhyWithEvidenceAndEveryWayOn()
    {
        await FailAsync();
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.GoAsync(Address);
        var card = engineer.Page.Locator("section.card[aria-labelledby=failure-title]");
        await card.GetByText("You have reached the quota of 40 DB clusters.", new LocatorGetByTextOptions { Exact = true }).WaitForAsync();
        (await card.InnerTextAsync()).ShouldContain("It costs about $");
        await engineer.LookAsync("failure");
        await card.Locator("summary").First.ClickAsync();
        await card.GetByText("CREATE_FAILED").WaitForAsync();
        await engineer.LookAsync("failure-evidence");
        foreach (var way in new[] { "Try again from here", "Roll back what failed", "Destroy" })
            await card.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = way }).WaitForAsync();

        await engineer.ClickAsync("Try again from here");
        await engineer.Page.GetByRole(AriaRole.Dialog).GetByText("What succeeded stays as it is.").WaitForAsync();
        await engineer.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Cancel" }).ClickAsync();
        await engineer.ClickAsync("Roll back what failed");
        var dialog = engineer.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByText("Goes, because it is half made: Aurora PostgreSQL for product-service.").WaitForAsync();
        await engineer.LookAsync("failure-roll-back");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Roll back" }).ClickAsync();

        await card.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        var undone = (await SnapshotAsync()).Operation!;
        undone.Kind.ShouldBe(OperationKind.Undo);
        undone.State.ShouldBe(OperationState.Queued);
        engineer.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Page_StackThatStandsHalfWayBack_GoesOnWithoutWhatSomebodyChooses()
    {
        await FailAsync(new Failure(Failure.HalfBack, "Stack shop-staging-data-product-service could not be changed, nor go back to what it was.", "DBCluster not found")
        {
            Resources = [new FailedResource("Cluster", "Aurora cluster Cluster", "was not found", IsGone: true), new FailedResource("Secret", "Secret Secret", "Not now", IsGone: false)],
        });
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.GoAsync(Address);

        await engineer.ClickAsync("Go back without …");
        var dialog = engineer.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Aurora cluster Cluster").WaitForAsync();
        (await dialog.GetByLabel("Aurora cluster Cluster").IsCheckedAsync()).ShouldBeTrue();
        (await dialog.GetByLabel("Secret Secret").IsCheckedAsync()).ShouldBeFalse();
        await engineer.LookAsync("failure-way-back");
        await dialog.GetByLabel("Try again what was approved").CheckAsync();
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Go on without it" }).ClickAsync();

        await engineer.Page.Locator("section.card[aria-labelledby=failure-title]").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        (await SnapshotAsync()).Events.ShouldContain(row => row.Kind == "way-back.without" && row.Message.EndsWith("without Aurora cluster Cluster: it stays as it is"));
        engineer.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Page_StepFailed_OffersAViewerNothing()
    {
        await FailAsync();
        var viewer = await Person.SignInAsync(chromium.Browser, _portal.Address, "viewer");
        await viewer.GoAsync(Address);

        await viewer.Page.GetByText("Somebody with the role Engineer can try again").WaitForAsync();

        (await viewer.Page.Locator("section.card[aria-labelledby=failure-title] button").CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Page_AwsDoesNotAnswer_SaysSinceWhen()
    {
        var work = (await _store.BeginAsync((await SnapshotAsync()).Operation!.Id, default))!;
        await _store.StartStepAsync(work, work.Plan.Step(StepNames.NetworkCore), 1, default);
        await _store.NoteWaitingAsync(work, work.Plan.Step(StepNames.NetworkCore), new StepWaiting("AWS", new DateTimeOffset(2026, 11, 22, 12, 3, 0, TimeSpan.Zero), "HTTP 500"), default);
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.GoAsync(Address);

        await engineer.Page.GetByText(new Regex("AWS does not answer since 22 Nov.* 12:03:00 UTC; it goes on by itself")).WaitForAsync();

        await engineer.LookAsync("waiting");
    }

    [Fact]
    public async Task Page_Destroyed_SaysWhatIsLeftInTheAccount()
    {
        var operation = (await SnapshotAsync()).Operation!.Id;
        var work = (await _store.BeginAsync(operation, default))!;
        await _store.FinishAsync(work, OperationState.Failed, new Failure("x", "X."), default);
        var step = new PlannedStep { Name = StepNames.NetworkCore, Kind = StepKind.Stack, Title = "VPC and subnets", Subject = "shop-staging-net-core" };
        await _services.GetRequiredService<Transactions>().DoAsync(
            write => write.DoAsync([.. Deployments.Begin(_environment, operation, work.Plan, step, TimeProvider.System.GetUtcNow())]), default);
        var changes = _services.GetRequiredService<ChangeEnvironment>();
        var asked = (await changes.SubmitDestructionAsync(Fleet.Engineer, _environment, "shop-staging", default)).Value!;
        var detail = (await _services.GetRequiredService<RequestQueries>().RequestAsync(Fleet.Engineer, asked.Number, default))!;
        (await _services.GetRequiredService<DecideRequest>().ExecuteAsync(Fleet.Ops, asked.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).Refusal.ShouldBeNull();
        var destroying = (await _store.BeginAsync((await SnapshotAsync()).Operation!.Id, default))!;
        foreach (var one in destroying.Plan.Steps)
        {
            await _store.StartStepAsync(destroying, one, 1, default);
            if (one.Name == StepNames.Sweep)
                await new ResidueStore(_services.GetRequiredService<Transactions>(), TimeProvider.System).SaveAsync(destroying, Left, default);
            await _store.SucceedStepAsync(destroying, one, new Dictionary<string, string>(), default);
        }

        await _store.FinishAsync(destroying, OperationState.Succeeded, null, default);
        var engineer = await Person.SignInAsync(chromium.Browser, _portal.Address, "engineer");
        await engineer.GoAsync(Address);

        await engineer.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Left over: 2 · kept on purpose: 1" }).WaitForAsync();
        await engineer.Page.GetByText("about $ 16.43 a month").WaitForAsync();
        await engineer.LookAsync("residue");
    }

    private static IReadOnlyList<Residue> Left =>
    [
        Residue.Of("arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/shop-staging-alb/50dc6c495c0c9188", true)!,
        Residue.Of("arn:aws:ec2:us-east-1:000000000000:security-group/sg-0a1b2c3d4e5f", true)!,
        Residue.Of("arn:aws:rds:us-east-1:000000000000:cluster-snapshot:shop-staging-data-product-service-snapshot-cluster-1a2b3c", true)!,
    ];

    private async Task FailAsync(Failure? why = null)
    {
        var work = (await _store.BeginAsync((await SnapshotAsync()).Operation!.Id, default))!;
        const string failed = "data-product-service";
        var skipped = new HashSet<string>(StringComparer.Ordinal) { "bind-product-service", "svc-product-service" };
        foreach (var step in work.Plan.Steps)
        {
            if (skipped.Contains(step.Name))
            {
                await _store.SkipStepAsync(work, step, default);
                continue;
            }

            await _store.StartStepAsync(work, step, 1, default);
            if (step.Name != failed)
                await _store.SucceedStepAsync(work, step, new Dictionary<string, string>(), default);
        }

        var failure = why ?? new Failure("stack_resource_limit", "Aurora cluster Cluster failed: You have reached the quota of 40 DB clusters.", "You have reached the quota of 40 DB clusters.")
        {
            Evidence = [Evidence.Of("What CloudFormation said of shop-staging-data-product-service", ["12:03:04 AWS::RDS::DBCluster Cluster CREATE_FAILED: Resource handler returned message: \"You have reached the quota of 40 DB clusters.\" (RequestToken: 4b3c, HandlerErrorCode: ServiceLimitExceeded)"])],
        };
        await _store.FailStepAsync(work, work.Plan.Step(failed), failure, default);
        await _store.FinishAsync(work, OperationState.Failed, failure, default);
    }

    private async Task<EnvironmentSnapshot> SnapshotAsync() => (await _services.GetRequiredService<EnvironmentQueries>().SnapshotAsync(_environment, default))!;
}
