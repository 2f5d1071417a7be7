using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Portal.Tests.Fixtures.LongestFirst", "Portal.Tests")]

namespace Portal.Tests.Fixtures;

/// <summary>Begins with what takes longest, so that nothing long is left to run alone at the end. The others stay in xunit's order.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] s_longest =
    [
        typeof(Browser.StoryTests), typeof(Faults.HealthTests), typeof(Faults.ChaosTests), typeof(Operations.SmallOperationTests), typeof(Browser.ApprovalStoryTests),
        typeof(Simulation.SimulationTests), typeof(Infrastructure.Embedded.EmbeddedStartTests), typeof(Browser.CircuitTests), typeof(Faults.WaysOnTests), typeof(Browser.RolesTests),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.FindIndex(s_longest, type => collection.DisplayName.EndsWith($" {type.FullName}", StringComparison.Ordinal)) is >= 0 and var place ? place : s_longest.Length).ToList();
}
