using Bunit;
using Microsoft.Extensions.DependencyInjection;
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

    private OperationsView Of(Parts parts) => new(
        new Overview
        {
            Open = parts.Open,
            OpenTotal = parts.Open.Count,
            InLine = 0,
            Workers = parts.Workers ?? [new("worker-1", _clock.GetUtcNow(), _clock.GetUtcNow(), IsAlive: true, 1, 1)],
            Targets = [],
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
