using Portal.Worker.Engine;

namespace Portal.Worker.Rehearsals;

/// <summary>Finds what a worker that died was playing, and what it left.</summary>
public sealed class RehearsalUpkeep(RehearsalStore store, StageDatabases databases) : IRecurring
{
    public string Id => "rehearsals";

    public string Schedule => "* * * * *";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await store.PickUpAsync(cancellationToken);
        await databases.SweepAsync(cancellationToken);
    }
}
