using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Faults;

/// <summary>What is seen of a target is seen once and in full, whatever becomes of the worker that looks.</summary>
public sealed class ObserversTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task Events_ThrottledAllAlongAndTheWorkerRestarted_AreReadInFullAndOnce()
    {
        await using var fleet = await Fleet.StartAsync(scale: 200);
        var worker = await fleet.StartWorkerAsync();
        await fleet.FaultAsync(new { kind = "throttle", action = "DescribeStackEvents", rate = 0.5 });
        var environment = await fleet.ApproveShopAsync("shop-read");
        var ready = await fleet.WaitAsync(environment, snapshot => snapshot.Environment.State == EnvironmentState.Ready, Patience);

        var seen = ready.Resources.Where(row => !row.Type.StartsWith("Kubernetes::", StringComparison.Ordinal) && row.Step != StepNames.LoadBalancer).Select(row => $"{row.Step}/{row.Name}");
        seen.ShouldBe(await fleet.StackResourcesAsync(environment), ignoreOrder: true);

        var observer = await fleet.ObserverAsync();
        await worker.KillAsync();
        await fleet.StartWorkerAsync();
        await fleet.ObservedAnewAsync(observer);
        await SeenOnceAsync(fleet, environment);
        (await fleet.SnapshotAsync(environment)).Environment.LastEvent.ShouldBe(ready.Environment.LastEvent);
    }

    private static async Task SeenOnceAsync(Fleet fleet, Guid environment)
    {
        var queries = fleet.Services.GetRequiredService<EnvironmentQueries>();
        var events = new List<EventInfo>();
        EventStretch stretch;
        do
        {
            stretch = await queries.EventsAsync(Fleet.Viewer, environment, new EventFilter(), long.MaxValue, events.Count, EnvironmentQueries.MaxPageSize, default);
            events.AddRange(stretch.Events);
        }
        while (events.Count < stretch.Total);
        events.Where(row => row.Kind == "resource.changed" && row.Message.EndsWith(" ready", StringComparison.Ordinal)).GroupBy(row => (row.Step, row.Message))
            .Where(group => group.Count() > 1).ShouldBeEmpty();
    }
}
