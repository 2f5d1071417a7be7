using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Portal.Tests.Fixtures.LongestFirst", "Portal.Tests")]

namespace Portal.Tests.Fixtures;

/// <summary>Begins with what takes longest, so that nothing long is left to run alone at the end. The others stay in xunit's order.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] s_longest = [typeof(Faults.HealthTests), typeof(Faults.ChaosTests)];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Array.Exists(s_longest, type => collection.DisplayName.EndsWith($" {type.FullName}", StringComparison.Ordinal)) ? 0 : 1).ToList();
}
