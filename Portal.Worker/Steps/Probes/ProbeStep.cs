using System.Globalization;
using Portal.Core.Inquiries;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Observe;

namespace Portal.Worker.Steps.Probes;

/// <summary>
/// Asks the front door for each service as a client would. A path settles within moments of its last part, for example when the load
/// balancer has found the pods healthy; what has not by then is told with the hop at which it breaks.
/// </summary>
public sealed class ProbeStep(IFrontDoor door, ILoadBalancers loadBalancers, TimeProvider clock) : IStepExecutor
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(1);

    // Of the step's own time limit: what was found last is worth more than that it took too long.
    private const double ShareToSettle = 0.8;

    public bool Handles(PlannedStep step) => step.Kind == StepKind.Probe;

    public bool CanBeBrokenOff => true;

    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        var values = context.Outputs.Values(context.Step);
        var requests = FrontDoorProbe.FromValues(values);
        var doorway = new Doorway(values["api"]!.GetValue<string>(), values["stage"]!.GetValue<string>(), values["domain"]?.GetValue<string>(), values["domainTarget"]?.GetValue<string>());
        var patience = clock.GetUtcNow() + context.Step.Retry.Timeout * ShareToSettle;
        while (true)
        {
            var asked = new List<Asked>();
            foreach (var request in requests)
                asked.Add(await AskAsync(context.Target, doorway, request, cancellationToken));
            asked.AddRange(await BehindClosedDoorsAsync(context, requests, values["loadBalancer"]!.GetValue<string>(), cancellationToken));
            if (asked.TrueForAll(one => one.Failure is null))
                return asked.ToDictionary(one => one.What, one => one.Said, StringComparer.Ordinal);
            if (clock.GetUtcNow() >= patience)
                throw new StepFailedException(Explain(asked));
            await Task.Delay(AskAgainAfter, clock, cancellationToken);
        }
    }

    private async Task<Asked> AskAsync(AwsTarget target, Doorway doorway, FrontDoorProbe.Request request, CancellationToken cancellationToken)
    {
        var what = $"{request.Service}: {request.Method} {request.Path}{request.Expect switch { FrontDoorProbe.Expectation.SignIn => " without sign-in", FrontDoorProbe.Expectation.Key => " without key", _ => "" }}";
        try
        {
            var answer = await door.AskAsync(target, doorway, new DoorRequest(request.Method, request.Path), mostBody: 0, cancellationToken);
            return new Asked(what, $"{answer.Status}{(answer.GatewayError is { } error ? $" {error} of the gateway" : answer.IsOfLoadBalancer ? " of the load balancer" : " of the service")}", DoorVerdict.Of(request, answer));
        }
        catch (StepFailedException error)
        {
            return new Asked(what, "no answer", error.Failure);
        }
    }

    /// <summary>Of services that nobody may ask without a sign-in or key: what the load balancer's own health checks say.</summary>
    private async Task<IReadOnlyList<Asked>> BehindClosedDoorsAsync(
        StepContext context, IReadOnlyList<FrontDoorProbe.Request> requests, string name, CancellationToken cancellationToken)
    {
        var open = requests.Where(request => request.Expect == FrontDoorProbe.Expectation.Answer).Select(request => request.Service).ToHashSet(StringComparer.Ordinal);
        var closed = requests.Select(request => request.Service).Where(service => !open.Contains(service)).Distinct(StringComparer.Ordinal).ToList();
        if (closed.Count == 0)
            return [];
        if (await loadBalancers.FindAsync(context.Target, name, cancellationToken) is not { } loadBalancer)
            return [new Asked("load balancer", "is not there", new Failure("front_door_load_balancer", $"There is no load balancer {name}.", CanRetry: true))];
        var seen = (await new TargetHealth(context.Target, loadBalancers).ReadAsync(loadBalancer, cancellationToken)).Select(TargetHealth.Of).ToDictionary(targets => targets.Service, StringComparer.Ordinal);
        return [.. closed.Select(service =>
        {
            var targets = seen.GetValueOrDefault(service);
            var (all, sick) = (targets?.Total ?? 0, targets?.Unhealthy ?? 0);
            return new Asked($"{service}: pods at the load balancer", string.Create(CultureInfo.InvariantCulture, $"{all - sick} of {all} healthy"), all > sick ? null
                : new Failure("front_door_target", $"The load balancer finds no pod of {service} healthy{(targets?.Reason is { } reason ? $" ({reason})" : "")}.", CanRetry: true));
        })];
    }

    private static Failure Explain(List<Asked> asked)
    {
        var first = asked.Select(one => one.Failure).OfType<Failure>().First();
        var (failed, all) = (asked.Count(one => one.Failure is not null), asked.Count);
        return first with
        {
            Message = failed == 1 ? first.Message : $"{first.Message} {failed} of {all} requests through the front door failed.",
            RootCause = first.Message,
            Evidence = [Evidence.Of("What was asked through the front door", asked.Select(one => $"{one.What} → {one.Said}{(one.Failure is null ? "" : "  ✕")}"))],
        };
    }

    private sealed record Asked(string What, string Said, Failure? Failure);
}
