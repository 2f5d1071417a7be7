using Portal.Core.Provisioning;

namespace Portal.Tests.Simulation;

/// <summary>A part of what <c>dotnet run -c Release --project Portal.Tests/Benchmarks -- simulate</c> tries.</summary>
public sealed class SimulationTests
{
    private const int Seeds = 150;

    [Fact]
    public void Engine_OneCallInFiveGoesWrong_KeepsEveryInvariant()
    {
        var results = Enumerable.Range(1, Seeds).Select(seed => Simulation.Run(seed)).ToList();

        results.Where(result => result.Violation is not null).Select(result => $"Seed {result.Seed}: {result.Violation}").ShouldBeEmpty();
        // Who lives with the environment does all that there is to be done with it.
        OperationKind[] all =
        [
            OperationKind.Create, OperationKind.Change, OperationKind.Destroy, OperationKind.Undo, OperationKind.Restart, OperationKind.Sleep, OperationKind.Wake,
            OperationKind.Repair, OperationKind.RevertDrift, OperationKind.TakeBack,
        ];
        all.Except(results.SelectMany(result => result.Succeeded)).ShouldBeEmpty();
        results.Sum(result => result.WaysBackWithout).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Simulation_NothingGoesWrong_EndsWithoutAFault()
    {
        var results = Enumerable.Range(1, 20).Select(seed => Simulation.Run(seed, faults: 0)).ToList();

        results.ShouldAllBe(result => result.Violation == null && result.Faults == 0 && result.Kills == 0);
    }

    [Fact]
    public void Simulation_SameSeed_IsTheSameToTheLastMoment()
    {
        var one = Simulation.Run(7, isTraced: true);
        var other = Simulation.Run(7, isTraced: true);

        other.Digest.ShouldBe(one.Digest);
        other.Trace.ShouldBe(one.Trace);
        one.Kills.ShouldBeGreaterThan(0);
        Simulation.Run(8).Digest.ShouldNotBe(one.Digest);
    }

    // An enum of the simulation's own, which a public method cannot name.
    [Theory]
    [InlineData(nameof(Mutation.FenceIsNotChecked), "A runner of epoch")]
    [InlineData(nameof(Mutation.StacksAreNotLookedFor), "exists")]
    [InlineData(nameof(Mutation.IntentIsNotSaved), "no deployment tells of it")]
    public void Simulation_FaultInTheEngine_IsFound(string mutation, string violation) =>
        Violations(20, Enum.Parse<Mutation>(mutation)).ShouldContain(found => found.Contains(violation, StringComparison.Ordinal));

    private static List<string> Violations(int seeds, Mutation mutation) =>
        [.. Enumerable.Range(1, seeds).Select(seed => Simulation.Run(seed, mutation: mutation)).Where(result => result.Violation is not null).Select(result => $"Seed {result.Seed}: {result.Violation}")];
}
