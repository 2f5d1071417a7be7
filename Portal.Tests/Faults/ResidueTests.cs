using System.Net.Http.Json;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Faults;

/// <summary>What a destroyed environment leaves in the account is found by its tags and reported.</summary>
public sealed class ResidueTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task Destruction_OfProduction_ReportsWhatItsStoresKeep()
    {
        await using var fleet = await Fleet.StartAsync(scale: 400);
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-residue");
        var products = shop.Services.Single(service => service.Name == "product-service");
        products = products with { Stores = [.. products.Stores, new() { Name = "pictures", Type = "s3" }, new() { Name = "cache", Type = "valkey" }] };
        var environment = await fleet.ApproveAsync(Samples.InProduction(shop with { Services = [products] }));
        (await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience)).Environment.State.ShouldBe(EnvironmentState.Ready);

        await fleet.ApproveDestructionAsync(environment);
        var gone = await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { Kind: OperationKind.Destroy } operation && operation.State.IsSettled(), Patience);

        gone.Environment.State.ShouldBe(EnvironmentState.Destroyed);
        gone.Steps[^1].Name.ShouldBe(StepNames.Sweep);
        gone.Residues.ShouldAllBe(residue => residue.IsKept);
        gone.Residues.Select(residue => residue.Title[..^12]).Order().ShouldBe(
            ["Bucket shop-residue-store-pictures-product-service-bucket-", "Final snapshot shop-residue-data-product-service-snapshot-cluster-", "Snapshot of a cache shop-residue-store-cache-product-service-snapshot-cache-"]);
        gone.Events.ShouldContain(line => line.Message == "Of shop-residue stays what is kept on purpose: 3");
    }

    [Fact]
    public async Task Sweep_AwsDoesNotAnswer_WaitsAndThenFindsNothing()
    {
        await using var fleet = await Fleet.StartAsync(scale: 400);
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-blind");
        var environment = await fleet.ApproveAsync(shop with { Services = [shop.Services[0] with { Stores = Samples.Stores("none") }] });
        (await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience)).Environment.State.ShouldBe(EnvironmentState.Ready);
        using var planted = await fleet.Emulator.PostAsJsonAsync("/_emulator/faults", new { kind = "error", service = "tagging", action = "GetResources", rate = 1 });
        planted.EnsureSuccessStatusCode();

        await fleet.ApproveDestructionAsync(environment);
        var waiting = await fleet.WaitAsync(environment, snapshot => snapshot.Steps.Any(step => step is { Name: StepNames.Sweep, Waiting: not null }), Patience);
        waiting.Environment.State.ShouldBe(EnvironmentState.Destroying);
        (await fleet.Emulator.DeleteAsync(planted.Headers.Location)).EnsureSuccessStatusCode();
        var gone = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);

        gone.Environment.State.ShouldBe(EnvironmentState.Destroyed);
        gone.Residues.ShouldBeEmpty();
    }
}
