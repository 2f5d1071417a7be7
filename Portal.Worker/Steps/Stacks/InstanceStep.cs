using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Worker.Steps.Stacks;

/// <summary>Stops the RDS instance of a stack, or starts it: CloudFormation has no word for either.</summary>
public sealed class InstanceStep(IDatabases databases, ICloudFormation stacks, IOperationStore store, TimeProvider clock) : IStepExecutor
{
    /// <summary>On AWS; stopping and starting take minutes.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);

    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>();

    public bool Handles(PlannedStep step) => step is { Kind: StepKind.Stack, Action: PlanAction.Sleep or PlanAction.Wake, Rest.Instance: not null };

    /// <summary>RDS refuses everything until it has come to an end with what it was asked for.</summary>
    public bool CanBeBrokenOff => false;

    /// <summary>What is not there rests already, and waking up is not repairing: it is said, and the others go on.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ExecuteAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (await InstanceAsync(context, cancellationToken) is not { } instance)
        {
            await store.NoteMissingAsync(context.Work, context.Step, $"The RDS instance of {context.Step.Subject}", cancellationToken);
            return None;
        }

        try
        {
            await BringAsync(context, instance, context.Step.Action == PlanAction.Sleep ? "stopped" : "available", cancellationToken);
        }
        catch (StepFailedException error) when (error.Failure.Code == IDatabases.NotFound)
        {
            await store.NoteMissingAsync(context.Work, context.Step, $"The RDS instance {instance}", cancellationToken);
        }

        return None;
    }

    /// <summary>
    /// What the stack says of it where nobody has kept that, or what was kept is not whole: its way to rest, or to a destruction, would end here
    /// for ever. Null where there is no such stack, or none that has an instance.
    /// </summary>
    private async Task<string?> InstanceAsync(StepContext context, CancellationToken cancellationToken) =>
        context.Outputs.Find(context.Step.Deployment, context.Step.Rest!.Instance!)
        ?? (await stacks.FindAsync(context.Target, context.Step.Subject, cancellationToken))?.Outputs.GetValueOrDefault(context.Step.Rest.Instance!);

    private async Task BringAsync(StepContext context, string instance, string wanted, CancellationToken cancellationToken)
    {
        var isAsked = false;
        while (true)
        {
            var status = await databases.StatusAsync(context.Target, instance, cancellationToken);
            if (status == wanted)
                return;
            // Asked for once, from the one state that it can be asked for in; whatever else it does is waited for.
            if (!isAsked && status == "available")
                await databases.StopAsync(context.Target, instance, cancellationToken);
            else if (!isAsked && status == "stopped")
                await databases.StartAsync(context.Target, instance, cancellationToken);
            else if (status is "failed" or "storage-full" or "incompatible-parameters" or "incompatible-restore" or "incompatible-network" or "restore-error")
                throw new StepFailedException("rds_unusable", $"The RDS instance {instance} is {status}. Look at it in the console; the step can be tried again afterwards.");
            isAsked |= status is "available" or "stopped";
            await Task.Delay(LookEvery / context.Work.Pace, clock, cancellationToken);
        }
    }
}
