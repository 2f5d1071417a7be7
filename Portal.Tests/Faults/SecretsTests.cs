using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Faults;

/// <summary>A secret from its name in a request to the pods, with a real worker, helm and emulator: not there, there, rotated.</summary>
public sealed class SecretsTests
{
    private const string Name = "shop/payment";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Service_ReadsASecret_WaitsForItAndIsRestartedWhenItIsRotated()
    {
        await using var fleet = await Fleet.StartAsync(scale: 400);
        await fleet.StartWorkerAsync();
        var shop = Samples.Shop("shop-secret");
        var service = shop.Services[0] with { Stores = [], Variables = [new Variable("API_KEY", $"${{secret:{Name}#apiKey}}")] };
        var environment = await fleet.ApproveAsync(shop with { Services = [service] });

        var failed = await fleet.WaitAsync(environment, snapshot => snapshot.Operation!.State.IsSettled(), Patience);
        var step = failed.Steps.Single(step => step.State == StepState.Failed);
        (step.Name, step.Failure!.Code).ShouldBe((StepNames.Service(service.Name), "pods_secret_missing"));
        step.Failure.Message.ShouldBe($"There is no secret '{Name}', which product-service reads. Create it in Secrets Manager, in us-east-1, then try again.");
        step.Failure.Evidence!.SelectMany(part => part.Lines).ShouldContain(line => line.EndsWith("ResourceNotFoundException: Secrets Manager can't find the specified secret.", StringComparison.Ordinal));

        await fleet.SecretAsync("CreateSecret", new JsonObject { ["Name"] = Name, ["SecretString"] = """{"apiKey":"one"}""" });
        (await fleet.Services.GetRequiredService<RetryOperation>().ExecuteAsync(Fleet.Engineer, failed.Operation!.Id, default)).Refusal.ShouldBeNull();
        await fleet.WaitAsync(environment, snapshot => snapshot.Environment.State == EnvironmentState.Ready && Mounted(snapshot).Count == service.Replicas, Patience);
        var rotations = ActivatorUtilities.CreateInstance<SecretRotations>(fleet.Services);
        await rotations.RestartAsync(default);
        (await fleet.SnapshotAsync(environment)).Operation!.Kind.ShouldBe(OperationKind.Create);

        await fleet.SecretAsync("PutSecretValue", new JsonObject { ["SecretId"] = Name, ["SecretString"] = """{"apiKey":"two"}""" });
        await fleet.WaitAsync(environment, snapshot => Mounted(snapshot).Any(row => row.State.StartsWith(SecretRotations.Rotated, StringComparison.Ordinal)), Patience);
        await rotations.RestartAsync(default);
        var restarted = await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { Kind: OperationKind.Restart, State: OperationState.Succeeded }, Patience);
        restarted.Events.ShouldContain(said => said.Message == $"product-service is restarted, because the secret {Name} has a new version: pods read secrets when they start");
        await fleet.WaitAsync(environment, snapshot => Mounted(snapshot) is { Count: > 0 } rows && rows.All(row => row.State == SecretRotations.Current), Patience);

        // The driver goes after those who need it, with its kinds.
        await fleet.ApproveDestructionAsync(environment);
        (await fleet.WaitAsync(environment, snapshot => snapshot.Operation is { Kind: OperationKind.Destroy } operation && operation.State.IsSettled(), Patience)).Environment.State.ShouldBe(EnvironmentState.Destroyed);
    }

    private static IReadOnlyList<ResourceInfo> Mounted(EnvironmentSnapshot snapshot) => [.. snapshot.Resources.Where(row => row.Type == SecretRotations.Type)];
}
