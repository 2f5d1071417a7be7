using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Topology;
using Portal.Features.Environments;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Environments;

public sealed class TimelineTabTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private readonly BunitContext _context = new();
    private readonly FakeReplayDesk _desk = new();

    public TimelineTabTests() => _context.Services.AddSingleton<TimeProvider>(new ManualClock()).AddScoped<PageClock>().AddSingleton<IReplayDesk>(_desk);

    public void Dispose() => _context.Dispose();

    /// <summary>In a replay another operation can be chosen while a step is unfolded.</summary>
    [Fact]
    public void UnfoldedStep_AnotherOperation_ShowsWhatThatOneMade()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        _desk.Spans[first] = "Old";
        _desk.Spans[second] = "New";
        var tab = _context.Render<TimelineTab>(all => all.Add(one => one.View, View(first, isReplay: true)));
        tab.Find("button.fold").Click();
        tab.WaitForAssertion(() => tab.Find(".part th").TextContent.ShouldContain("Old"));

        tab.Render(all => all.Add(one => one.View, View(second, isReplay: true)));

        tab.WaitForAssertion(() => tab.Find(".part th").TextContent.ShouldContain("New"));
    }

    [Fact]
    public void UnfoldedStep_IsReadAgain_WhenItsResourcesChangedAndNotAtEachBeat()
    {
        var operation = Guid.NewGuid();
        _desk.Spans[operation] = "Role";
        var tab = _context.Render<TimelineTab>(all => all.Add(one => one.View, View(operation)));
        tab.Find("button.fold").Click();
        tab.Render(all => all.Add(one => one.View, View(operation)));
        _desk.Reads.ShouldBe(1);

        var seen = new ResourceInfo { Step = "iam", Type = "AWS::IAM::Role", Name = "Role", State = "CREATE_COMPLETE", Ready = true, ChangedAt = Start };
        tab.Render(all => all.Add(one => one.View, View(operation, resources: [seen])));

        _desk.Reads.ShouldBe(2);
    }

    private static EnvironmentView View(Guid operation, bool isReplay = false, IReadOnlyList<ResourceInfo>? resources = null) => new(
        Samples.Snapshot(Start, ("iam", StepState.Running)) with
        {
            Operation = new OperationInfo(operation, OperationKind.Create, OperationState.Running, "", Start, null),
            Resources = resources ?? [],
        },
        new TopologyBuilder(Samples.Catalog), Times.Utc, Start.AddMinutes(1), isReplay);

    private sealed class FakeReplayDesk : IReplayDesk
    {
        public Dictionary<Guid, string> Spans { get; } = [];

        public int Reads { get; private set; }

        public Task<IReadOnlyList<OperationSummary>> OperationsAsync(Guid environmentId, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<OperationSummary>>([]);

        public Task<Recording?> ReadAsync(Guid environmentId, Guid operationId, CancellationToken cancellationToken) => Task.FromResult<Recording?>(null);

        public Task<IReadOnlyList<ResourceSpan>> SpansAsync(Guid environmentId, Guid operationId, string step, CancellationToken cancellationToken)
        {
            Reads++;
            return Task.FromResult<IReadOnlyList<ResourceSpan>>([new("AWS::IAM::Role", Spans[operationId], "CREATE_COMPLETE", true, Start, Start.AddSeconds(5))]);
        }
    }
}
