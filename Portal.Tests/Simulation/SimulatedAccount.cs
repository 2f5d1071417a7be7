using Portal.Core.Inquiries;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Steps.Probes;

namespace Portal.Tests.Simulation;

/// <summary>The account beside CloudFormation: databases, load balancers, log groups, what bears a tag, and the front door; and where the report of what is left goes.</summary>
internal sealed class SimulatedAccount(SimulatedProcess process, SimulatedSurroundings around) : IDatabases, ILoadBalancers, ILogGroups, ITaggedResources, IFrontDoor, IResidueStore
{
    public Task<string> StatusAsync(AwsTarget target, string instance, CancellationToken cancellationToken) =>
        CallAsync($"status of {instance}", () => around.World.InstanceStatus(instance), cancellationToken);

    public Task StopAsync(AwsTarget target, string instance, CancellationToken cancellationToken) =>
        CallAsync($"stop {instance}", () => around.World.MoveInstance(instance, "available", "stopping", "stopped"), cancellationToken);

    public Task StartAsync(AwsTarget target, string instance, CancellationToken cancellationToken) =>
        CallAsync($"start {instance}", () => around.World.MoveInstance(instance, "stopped", "starting", "available"), cancellationToken);

    public Task<LoadBalancer?> FindAsync(AwsTarget target, string name, CancellationToken cancellationToken) => CallAsync(
        "find load balancer",
        () => around.World.LoadBalancer is { } state ? new LoadBalancer(name, "arn:lb", "lb.test", "internal", state, null, "vpc", around.Simulator.Now) : null, cancellationToken);

    public Task<bool> IsProtectedAsync(AwsTarget target, string name, CancellationToken cancellationToken) => CallAsync("protection of load balancer", () => false, cancellationToken);

    public Task<IReadOnlyList<TargetGroup>> TargetGroupsAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<TargetGroup>>(
        "target groups",
        () => [.. around.World.Services().Select(service => new TargetGroup($"arn:tg/{service}", service, new Dictionary<string, string> { ["ingress.k8s.aws/resource"] = $"shop/{service}-{service}:80" }))], cancellationToken);

    public Task<IReadOnlyList<TargetState>> TargetsAsync(AwsTarget target, string targetGroupArn, CancellationToken cancellationToken) => CallAsync<IReadOnlyList<TargetState>>(
        "targets", () => around.World.Answers(targetGroupArn[(targetGroupArn.IndexOf('/', StringComparison.Ordinal) + 1)..]) ? [new TargetState("10.0.0.1", "healthy", null)] : [], cancellationToken);

    public Task<IReadOnlyList<string>> FindAsync(AwsTarget target, string tag, string value, CancellationToken cancellationToken) =>
        CallAsync("tags", () => around.World.Tagged(tag), cancellationToken);

    public Task DeleteLeftoverAsync(AwsTarget target, string name, CancellationToken cancellationToken) =>
        around.Wire.CallAsync(process, Peer.Aws, $"delete log group {name}", around.World.DeleteStrayLogs, cancellationToken);

    public Task<DoorAnswer> AskAsync(AwsTarget target, Doorway doorway, DoorRequest request, int mostBody, CancellationToken cancellationToken) =>
        around.Wire.CallAsync(process, Peer.Door, $"{request.Method} {request.Path}", () => around.World.Ask(around.Database.Newest.Plan.Step(StepNames.FrontDoor), request.Method, request.Path), cancellationToken);

    public Task SaveAsync(OperationWork work, IReadOnlyList<Residue> residues, CancellationToken cancellationToken) =>
        around.Wire.CallAsync(process, Peer.Database, "residues", () => around.Database.Report(work, residues), cancellationToken);

    public IAsyncEnumerable<LoadBalancer> ListAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<ListenerRule>> RulesAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken) => throw new NotSupportedException();

    private Task<T> CallAsync<T>(string what, Func<T> effect, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Aws, what, effect, cancellationToken);

    private Task CallAsync(string what, Action effect, CancellationToken cancellationToken) => around.Wire.CallAsync(process, Peer.Aws, what, effect, cancellationToken);
}
