using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Kubernetes;
using Portal.Worker.Observe;

namespace Portal.Tests.Operations;

/// <summary>A secret that was rotated restarts who reads it, once, whatever happens meanwhile.</summary>
public sealed class SecretRotationsTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private const string Step = "svc-cart-service";
    private const string Payment = "secret-bb75441ca7";
    private const string Flag = "secret-c5f3580151";

    private static int s_numbers;

    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = null!;
    private ObserverClaim _claim = null!;
    private Guid _environment;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock);
        var number = Interlocked.Increment(ref s_numbers);
        var shop = Samples.Shop($"rotating-{number}", $"10.{number}.0.0/16");
        _environment = await _stored.ReadyAsync(shop with { Services = [.. shop.Services.Select(service => service.Name == "cart-service" ? service with { Variables = [new("KEY", "${secret:shop/payment#apiKey}"), new("FLAG", "${ssm:/shop/flag}")] } : service)] });
        _claim = await TestClaims.TakeAsync(postgres.Database, "here");
    }

    public async Task DisposeAsync() => await _stored.DisposeAsync();

    [Fact]
    public async Task Restart_NewVersionInSeveralPods_IsOneWithItsReason()
    {
        await SeeAsync("web-1", $"{Payment}=v1 {Payment}-61ea4113f5=v1 {Flag}=1");
        await SeeAsync("web-2", $"{Payment}=v1 {Payment}-61ea4113f5=v1 {Flag}=1");
        (await RestartAsync()).ShouldBeNull();

        // A worker that lists again, as one that has just begun, sees nothing new.
        await SeeAsync("web-1", $"{Payment}=v1 {Payment}-61ea4113f5=v1 {Flag}=1");
        (await RestartAsync()).ShouldBeNull();

        await SeeAsync("web-1", $"{Payment}=v2 {Payment}-61ea4113f5=v2 {Flag}=1");
        var restart = (await RestartAsync())!;
        (restart.Kind, restart.State).ShouldBe((OperationKind.Restart, OperationState.Queued));
        (await SaidAsync()).ShouldBe(["cart-service is restarted, because the secret shop/payment has a new version: pods read secrets when they start"]);

        // The other pod finds out while the restart is under way, and is gone with it.
        await SeeAsync("web-2", $"{Payment}=v2 {Payment}-61ea4113f5=v2 {Flag}=1");
        (await RestartAsync())!.Id.ShouldBe(restart.Id);
        await GoneAsync("web-1");
        await GoneAsync("web-2");
        await SeeAsync("web-3", $"{Payment}=v2 {Payment}-61ea4113f5=v2 {Flag}=1");
        await _stored.FinishAsync(_environment);
        (await RestartAsync()).ShouldBeNull();
        (await SaidAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Restart_BehindAnotherOperation_WaitsInLineOnce()
    {
        var other = (await _stored.Get<Portal.Core.Requests.OperateService>().RestartAsync(Fleet.Engineer, _environment, "product-service", default)).Value;
        await SeeAsync("web-1", $"{Payment}=v1 {Flag}=1");
        await SeeAsync("web-1", $"{Payment}=v2 {Flag}=2");

        (await RestartAsync())!.Id.ShouldBe(other);
        // Another one while it waits.
        await SeeAsync("web-1", $"{Payment}=v3 {Flag}=2");
        await RestartAsync();
        (await SaidAsync()).ShouldBe(["cart-service is restarted, because the secret shop/payment and the parameter /shop/flag have new versions: pods read secrets when they start"]);

        await _stored.FinishAsync(_environment);
        var begun = (await _stored.SnapshotAsync(_environment)).Operation!;
        (begun.Kind, begun.Id == other).ShouldBe((OperationKind.Restart, false));

        // A pod that is there although the restart has ended was made by it: what came since is news to it.
        await _stored.FinishAsync(_environment);
        (await RestartAsync())!.State.ShouldBe(OperationState.Queued);
    }

    [Fact]
    public async Task Restart_PodOnItsWayOut_IsNone()
    {
        await SeeAsync("web-1", $"{Payment}=v1");
        await SeeAsync("web-1", $"{Payment}=v2", isLeaving: true);

        (await RestartAsync()).ShouldBeNull();
    }

    /// <summary>The pods that a rollout replaces are given the names of after it until they are gone.</summary>
    [Fact]
    public async Task Restart_SecretAddedOrLeftOut_IsNone()
    {
        await SeeAsync("web-1", $"{Payment}=v1");
        await SeeAsync("web-1", $"{Payment}=v1 {Flag}=1");
        (await RestartAsync()).ShouldBeNull();
        await SeeAsync("web-1", $"{Flag}=1");
        (await RestartAsync()).ShouldBeNull();

        await SeeAsync("web-1", $"{Flag}=2 {Payment}=v2");
        (await RestartAsync())!.State.ShouldBe(OperationState.Queued);
        (await SaidAsync()).ShouldBe(["cart-service is restarted, because the parameter /shop/flag has a new version: pods read secrets when they start"]);
    }

    /// <returns>What is under way then; null for nothing.</returns>
    private async Task<OperationInfo?> RestartAsync()
    {
        await new SecretRotations(postgres.Database, _stored.Get<Transactions>(), _stored.Get<Lifecycle>()).RestartAsync(default);
        return (await _stored.SnapshotAsync(_environment)).Operation is { State: OperationState.Queued or OperationState.Running } operation ? operation : null;
    }

    // What waits in line says so at its end.
    private async Task<IReadOnlyList<string>> SaidAsync() =>
        [.. (await _stored.SnapshotAsync(_environment)).Events.Where(said => said.Message.StartsWith("cart-service is restarted", StringComparison.Ordinal)).Select(said => said.Message.Split(';')[0])];

    /// <summary>As the observer of the cluster sees it.</summary>
    private async Task SeeAsync(string pod, string versions, bool isLeaving = false)
    {
        await WriteAsync(
            ClusterObserver.Seen(Object(ObjectKind.Pod, pod, new PodStatus("Running", !isLeaving, 0, null, null, "n-1", "10.0.0.1", "web", "web:1")) with { IsDeleting = isLeaving }),
            ClusterObserver.Seen(Object(ObjectKind.MountedSecrets, pod, new MountedSecretsStatus("cart-service", versions.Split(' ')))));
    }

    private Task GoneAsync(string pod) => WriteAsync(
        new SeenResource(Step, "Kubernetes::Pod", $"shop/{pod}", null, "Gone", false, null, null) { IsGone = true },
        new SeenResource(Step, SecretRotations.Type, $"shop/{pod}", null, "Gone", false, null, null) { IsGone = true });

    private Task WriteAsync(params SeenResource[] seen) =>
        new ObservedWriter(postgres.Database, _stored.Get<Transactions>(), _clock).WriteAsync(_claim, _environment, null, seen, default);

    private ClusterObject Object(ObjectKind kind, string pod, ObjectStatus status) =>
        new(kind, "shop", pod, $"uid-{pod}", "1", _clock.GetUtcNow(), false, new Dictionary<string, string> { ["app.kubernetes.io/instance"] = "cart-service" }, status);
}
