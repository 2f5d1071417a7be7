using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Engine;

/// <summary>
/// Runs one operation: starts every step whose dependencies succeeded and awaits them together. Where it runs and that it runs again
/// after a crash is Quartz's business; what comes next is decided here, from what the database says.
/// </summary>
public sealed partial class OperationRunner(
    OperationStore store, IEnumerable<IStepExecutor> executors, IClusters clusters, TimeProvider clock, ILogger<OperationRunner> logger)
{
    /// <exception cref="FencedException">Somebody else took over.</exception>
    public async Task RunAsync(Guid operationId, CancellationToken cancellationToken)
    {
        if (await store.BeginAsync(operationId, cancellationToken) is not { } work)
            return;
        LogBegin(logger, work.Environment, operationId, work.Epoch);
        // Faults and fencing of one step end the others: they are awaits, not work, and the next runner takes them up where they stand.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var outputs = new OutputResolver(work, token => PrincipalAsync(work.Target, token));
        var states = work.Steps.ToDictionary(step => step.Key, step => step.Value.State, StringComparer.Ordinal);
        var failures = new Dictionary<string, Failure>(StringComparer.Ordinal);
        var running = new Dictionary<Task<StepResult>, string>();
        try
        {
            foreach (var step in work.Plan.Steps.Where(step => states[step.Name] == StepState.Running))
                running.Add(RunStepAsync(work, step, Math.Max(1, work.Steps[step.Name].Attempt), outputs, stop.Token), step.Name);
            while (true)
            {
                var next = Scheduling.Decide(work.Plan, states);
                foreach (var name in next.Skip)
                {
                    await store.SkipStepAsync(work, work.Plan.Step(name), cancellationToken);
                    states[name] = StepState.Skipped;
                }

                foreach (var name in next.Start)
                {
                    states[name] = StepState.Running;
                    running.Add(RunStepAsync(work, work.Plan.Step(name), work.Steps[name].Attempt + 1, outputs, stop.Token), name);
                }

                if (next.IsDone)
                    break;
                var done = await Task.WhenAny(running.Keys);
                running.Remove(done, out var finished);
                var result = await done;
                states[finished!] = result.State;
                if (result.Failure is { } failure)
                    failures[finished!] = failure;
            }
        }
        finally
        {
            await stop.CancelAsync();
            // What brought us here is on its way up already; the others only say that they were stopped.
            await ((Task)Task.WhenAll(running.Keys)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var failed = work.Plan.Steps.FirstOrDefault(step => states[step.Name] == StepState.Failed);
        await store.FinishAsync(work,
            failed is null ? OperationState.Succeeded : OperationState.Failed,
            failed is null ? null : failures.GetValueOrDefault(failed.Name) ?? new Failure("step_failed", $"{failed.Title} failed."), cancellationToken);
    }

    private async Task<StepResult> RunStepAsync(OperationWork work, PlannedStep step, int attempt, OutputResolver outputs, CancellationToken cancellationToken)
    {
        // Attempts are numbered over the operation's whole life, so that no token comes twice; the policy counts from here.
        var first = attempt;
        var executor = executors.First(candidate => candidate.Handles(step));
        while (true)
        {
            await store.StartStepAsync(work, step, attempt, cancellationToken);
            Failure failure;
            try
            {
                var made = await WithTimeoutAsync(step, token => executor.ExecuteAsync(new StepContext(work, step, attempt, outputs), token), cancellationToken);
                outputs.Set(step.Name, made);
                await store.SucceedStepAsync(work, step, made, cancellationToken);
                return new StepResult(StepState.Succeeded, null);
            }
            catch (StepFailedException error)
            {
                failure = error.Failure;
                LogFailed(logger, error, step.Name, work.Environment, attempt, failure.Code);
            }
            catch (Exception error) when (error is not (OperationCanceledException or FencedException or NpgsqlException))
            {
                // A fault of ours must not take the independent branches down with it.
                failure = new Failure("internal_error", $"{step.Title} met a fault of the portal's own: {error.Message}", error.Message, CanRetry: true);
                LogFailed(logger, error, step.Name, work.Environment, attempt, failure.Code);
            }

            if (!failure.CanRetry || attempt - first + 1 >= step.Retry.MaxAttempts)
            {
                await store.FailStepAsync(work, step, failure, cancellationToken);
                return new StepResult(StepState.Failed, failure);
            }

            // Jitter spreads, it need not surprise.
#pragma warning disable CA5394
            var delay = step.Retry.DelayAfter(attempt - first + 1, Random.Shared.NextDouble(), failure.RetryAfter);
#pragma warning restore CA5394
            await store.NoteRetryAsync(work, step, failure, delay, cancellationToken);
            await Task.Delay(delay, clock, cancellationToken);
            if (!failure.IsThrottling)
                attempt++;
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> WithTimeoutAsync(
        PlannedStep step, Func<CancellationToken, Task<IReadOnlyDictionary<string, string>>> execute, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(step.Retry.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await execute(either.Token);
        }
        catch (OperationCanceledException error) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new StepFailedException("step_timeout", $"{step.Title} took longer than {step.Retry.Timeout.TotalMinutes:0} minutes.", canRetry: false, error);
        }
    }

    // Who an access entry has to name: the role, not one session of it.
    private async Task<string> PrincipalAsync(AwsTarget target, CancellationToken cancellationToken) =>
        target.RoleArn ?? PrincipalArn.OfCaller(await clusters.CallerArnAsync(target, cancellationToken));

    private sealed record StepResult(StepState State, Failure? Failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Running operation {OperationId} of {Environment}, epoch {Epoch}.")]
    private static partial void LogBegin(ILogger logger, string environment, Guid operationId, long epoch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Step {Step} of {Environment} failed at attempt {Attempt}: {Code}.")]
    private static partial void LogFailed(ILogger logger, Exception error, string step, string environment, int attempt, string code);
}
