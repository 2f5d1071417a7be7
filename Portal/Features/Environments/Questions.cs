using Portal.Components.Overlays;

namespace Portal.Features.Environments;

/// <summary>What is asked at more than one place before something is done.</summary>
internal static class Questions
{
    public static Question Repair(EnvironmentView view) => new(
        $"Repair {view.Snapshot.Environment.Name}?",
        $"Every stack and release is compared with what was approved: what differs is put right, what is gone is made anew. Data that went with a store does not come back by it. {view.WaitsInLine}",
        "Repair");
}
