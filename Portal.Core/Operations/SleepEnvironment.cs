using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Core.Operations;

/// <summary>Another operation is under way, or the environment is in no state for this one.</summary>
public sealed record EnvironmentBusy(string What) : Refusal("environment_busy", What)
{
    public EnvironmentBusy() : this("Another operation of this environment is under way. Wait until it has finished, or cancel it first.")
    {
    }

    public static EnvironmentBusy LineIsFull { get; } = new($"{WaitingLine.Most} operations of this environment wait for their turn already. Wait until one has begun, or withdraw one.");

    public static EnvironmentBusy Asleep(string name) => new($"{name} is asleep, or a part of it is. Wake it up first.");
}

/// <summary>Has an environment rest, and wakes it up again. Nothing is lost by it, so that nobody has to approve it.</summary>
public sealed class SleepEnvironment(Transactions transactions, Lifecycle lifecycle)
{
    /// <param name="why">What stands in the event after who did it; null for a person's own wish.</param>
    /// <returns>The operation's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>, <see cref="EnvironmentBusy"/>.</returns>
    public Task<Outcome<Guid>> SleepAsync(Actor actor, Guid environmentId, string? why, CancellationToken cancellationToken) => DoAsync(
        actor, environmentId, OperationKind.Sleep, EnvironmentState.Ready, environment => $"{actor.Name} sends {environment} to sleep{Because(why)}", cancellationToken);

    /// <inheritdoc cref="SleepAsync"/>
    public Task<Outcome<Guid>> WakeAsync(Actor actor, Guid environmentId, string? why, CancellationToken cancellationToken) => DoAsync(
        actor, environmentId, OperationKind.Wake, EnvironmentState.Asleep, environment => $"{actor.Name} wakes {environment} up{Because(why)}", cancellationToken);

    /// <summary>Sends what woke up by itself to sleep again.</summary>
    internal Task<Outcome<Guid>> AgainAsync(Guid environmentId, CancellationToken cancellationToken) => DoAsync(
        Actor.System, environmentId, OperationKind.Sleep, EnvironmentState.Asleep,
        environment => $"{environment} is sent to sleep again: RDS starts a stopped instance by itself after seven days", cancellationToken);

    private static string Because(string? why) => why is null ? "" : $": {why}";

    private async Task<Outcome<Guid>> DoAsync(
        Actor actor, Guid environmentId, OperationKind kind, EnvironmentState from, Func<string, string> sentence, CancellationToken cancellationToken)
    {
        if (actor.Kind != ActorKind.System && !actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not change anything. Ask for the role {Roles.Engineer}.");
        return await transactions.DoWithJobsAsync<Outcome<Guid>>(async work =>
        {
            await Lifecycle.HoldEnvironmentAsync(work, environmentId);
            if (await FoundEnvironment.FindAsync(work.Connection, environmentId) is not { } environment)
                return new NotFound("There is no such environment.");
            if (environment.Ownership.Refusal(actor) is { } refusal)
                return refusal;
            // One that stopped half-way between the two can be taken either way.
            var between = environment is { State: EnvironmentState.Failed or EnvironmentState.Cancelled, Kind: OperationKind.Sleep or OperationKind.Wake };
            if (environment.Becomes != from && !between)
            {
                return new EnvironmentBusy(kind == OperationKind.Wake
                    ? $"{environment.Name} is not asleep."
                    : $"{environment.Name} is not ready: what is half made cannot sleep. Have it finished or destroyed first.");
            }

            var deployed = await Deployments.ReadAsync(work.Connection, environmentId, cancellationToken);
            var plan = ServicePlans.Of(kind, environment.Plan, [.. deployed.Select(one => one.Plan)], null, null)!;
            var operation = new NewOperation(environmentId, null, kind, plan, actor) { Line = new LinePlace(IsPlannedAnew: true) };
            var said = new NewEvent(actor, environmentId, null, null, kind == OperationKind.Sleep ? "sleep.asked" : "wake.asked", EventSeverity.Info, sentence(environment.Name));
            return await lifecycle.QueueAsync(work, operation, said) is { } id ? id : EnvironmentBusy.LineIsFull;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }
}
