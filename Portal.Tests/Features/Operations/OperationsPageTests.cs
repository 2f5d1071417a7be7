using System.Text.RegularExpressions;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Accounts;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Features.Operations;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Features.Operations;

public sealed class OperationsPageTests : IDisposable
{
    private readonly BunitContext _context = new();
    private readonly FakeOperationsDesk _desk = new();
    private readonly ManualClock _clock = new();

    public OperationsPageTests() => _context.Services.AddSingleton<TimeProvider>(_clock).AddScoped<PageClock>().AddSingleton<IOperationsDesk>(_desk);

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Page_NoWorker_SaysThatNothingGoesOn()
    {
        _desk.View = Of(new() { Workers = [] });

        var page = _context.Render<OperationsPage>();

        page.WaitForAssertion(() => page.Markup.ShouldContain("no worker is running: nothing goes on until one is"));
        page.Find(".notice").TextContent.ShouldContain("Start one with the same database.");
    }

    [Fact]
    public void Page_AWorkerGoesSilent_IsSeenWithoutAnEvent()
    {
        _desk.View = Of(new());
        var page = _context.Render<OperationsPage>();
        page.WaitForAssertion(() => page.Find(".rows .chip").TextContent.ShouldBe("Running"));

        _desk.View = Of(new() { Workers = [new("worker-1", _clock.GetUtcNow(), _clock.GetUtcNow(), IsAlive: false, 1, 1)] });
        _clock.Move(TimeSpan.FromSeconds(6));

        page.WaitForAssertion(() => page.Find(".rows .chip").TextContent.ShouldBe("Silent"));
    }

    [Fact]
    public void Page_OperationLaterThanWasSaid_SaysByHowMuch()
    {
        var open = new OpenOperation(
            Guid.NewGuid(), "shop", OperationKind.Destroy, OperationState.Running, "Ada", _clock.GetUtcNow(), "worker-1", 0.4, new Forecast(OperationKind.Destroy, _clock.GetUtcNow().AddMinutes(2), _clock.GetUtcNow().AddMinutes(3)), null);
        _desk.View = Of(new() { Open = [open] });
        var page = _context.Render<OperationsPage>();
        page.WaitForAssertion(() => page.Find("td.progress").TextContent.ShouldContain("gone in 2 – 3 min"));

        _clock.Move(TimeSpan.FromMinutes(5));

        page.WaitForAssertion(() => page.Find("td.progress").TextContent.ShouldContain("overdue by 2 min"));
    }

    [Fact]
    public void Page_AccountOfATarget_SaysWhatIsFullAndWhatCouldNotBeRead()
    {
        var account = new AccountSummary(
            [new(AccountQuotas.Vpcs, 5, 5), new(AccountQuotas.NatGateways, 5, 2), new(AccountQuotas.Rules, 100, null)], _clock.GetUtcNow(), ["EKS in sandbox (us-east-1) does not allow DescribeClusterVersions."]);
        _desk.View = Of(new() { Targets = [new("sandbox", "us-east-1", "000000000000", _clock.GetUtcNow(), null, 1, 100, 0, 0, 0) { Account = account }] });
        _clock.Move(TimeSpan.FromMinutes(3));

        var page = _context.Render<OperationsPage>();

        page.WaitForAssertion(() => page.Find(".full").TextContent.ShouldBe("5 of 5 VPCs"));
        var row = Regex.Replace(page.Find("[aria-labelledby=targets] li").TextContent, "\\s+", " ");
        row.ShouldContain("5 of 5 VPCs · 2 of 5 NAT gateways in a zone · 100 rules of a load balancer · read 3 min ago");
        row.ShouldContain("could not all be read: EKS in sandbox (us-east-1) does not allow DescribeClusterVersions.");
    }

    private OperationsView Of(Parts parts) => new(
        new Overview
        {
            Open = parts.Open,
            OpenTotal = parts.Open.Count,
            InLine = 0,
            Workers = parts.Workers ?? [new("worker-1", _clock.GetUtcNow(), _clock.GetUtcNow(), IsAlive: true, 1, 1)],
            Targets = parts.Targets,
            Days = [.. Enumerable.Range(0, OverviewQueries.Days).Select(day => new OperationsDay(new DateOnly(2026, 1, 1).AddDays(day), 0, 0, 0, null))],
            Teams = [],
            Created = null,
            Monthly = 0,
        },
        new DashboardCounts(0, 0, 0, 0, 0, 0, 0, null), new([], 0, 0), new([], 0, 0), new([], 0, 0));

    private sealed record Parts
    {
        public IReadOnlyList<OpenOperation> Open { get; init; } = [];
        public IReadOnlyList<WorkerInfo>? Workers { get; init; }
        public IReadOnlyList<TargetSummary> Targets { get; init; } = [];
    }

    private sealed class FakeOperationsDesk : IOperationsDesk
    {
        private readonly System.Threading.Channels.Channel<long> _beats = System.Threading.Channels.Channel.CreateUnbounded<long>();

        public FakeOperationsDesk() => _beats.Writer.TryWrite(0);

        public OperationsView View { get; set; } = null!;

        public Subscription<long> WatchChanges() => new(_beats.Reader, () => { });

        public Task<OperationsView> ReadAsync(TimeZoneInfo zone, CancellationToken cancellationToken) => Task.FromResult(View);
    }
}
