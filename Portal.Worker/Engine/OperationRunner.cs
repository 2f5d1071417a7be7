using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Engine;

/// <summary>
/// Runs one operation: starts every step whose dependencies succeeded and awaits them together. Where it runs and that it runs again
/// after a crash is the host's business; what comes next is decided here, from what the database says.
/// </summary>
public sealed partial class OperationRunner(
    IOperationStore store, IEnumerable<IStepExecutor> executors, IClusters clusters, TimeProvider clock, ILogger<OperationRunner> logger)
{
    /// <param name="cancel">Somebody wants the operation cancelled: no new step starts, and those that run come to a state to go on from.</param>
    /// <param name="stop">The process stops, or may no longer run it: everything is left as it stands for the next runner.</param>
    /// <param name="begun">Called with the epoch that it runs in.</param>
    /// <exception cref="FencedException">Somebody else took over.</exception>
    public async Task RunAsync(Guid operationId, CancellationToken cancel, CancellationToken stop, Action<Fence>? begun = null)
    {
        if (await store.BeginAsync(operationId, stop) is not { } work)
            return;
        begun?.Invoke(work.Fence);
        LogBegin(logger, work.Environment, operationId, work.Fence.Epoch);
        if (!work.IsAsApproved)
        {
            await store.FinishAsync(work, OperationState.Failed, new Failure("plan_changed",
                "The stored plan is not the one that was approved: somebody changed it in the database. Nothing was done. Ask for the environment anew."), stop);
            return;
        }

        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (work.IsCancelling)
            await cancelled.CancelAsync();
        await new Run(this, store, work, cancelled.Token).ToTheEndAsync(stop);
    }

    /// <summary>One take-over of one operation.</summary>
    private sealed class Run(OperationRunner runner, IOperationStore store, OperationWork work, CancellationToken cancel)
    {
        private readonly OutputResolver _outputs = new(work, token => runner.PrincipalAsync(work.Target, token));
        private readonly Dictionary<string, StepState> _states = work.Steps.ToDictionary(step => step.Key, step => step.Value.State, StringComparer.Ordinal);
        private readonly Dictionary<string, Failure> _failures = new(StringComparer.Ordinal);
        private readonly Dictionary<Task<StepResult>, string> _running = [];

        public async Task ToTheEndAsync(CancellationToken stop)
        {
            // Faults and fencing of one step end the others: they are awaits, not work, and the next runner takes them up where they stand.
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var asked = new TaskCompletionSource();
            await using var registration = cancel.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), asked);
            try
            {
                foreach (var step in work.Plan.Steps.Where(step => _states[step.Name] == StepState.Running))
                    Start(step, Math.Max(1, work.Steps[step.Name].Attempt), ended.Token);
                while (await GoOnAsync(ended.Token))
                {
                    if (await Task.WhenAny([.. _running.Keys, .. cancel.IsCancellationRequested ? Array.Empty<Task>() : [asked.Task]]) is not Task<StepResult> done)
                        continue;
                    _running.Remove(done, out var finished);
                    var result = await done;
                    _states[finished!] = result.State;
                    if (result.Failure is { } failure)
                        _failures[finished!] = failure;
                }
            }
            finally
            {
                End(ended);
                // What brought us here is on its way up already; the others only say that they were stopped.
                await ((Task)Task.WhenAll(_running.Keys)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }

            await FinishAsync(stop);
        }

        /// <summary>Starts what can start.</summary>
        /// <returns>Whether there is anything to wait for.</returns>
        private async Task<bool> GoOnAsync(CancellationToken stop)
        {
            if (cancel.IsCancellationRequested)
            {
                foreach (var step in work.Plan.Steps.Where(step => _states[step.Name] == StepState.Pending))
                {
                    await store.CancelStepAsync(work, step, stop);
                    _states[step.Name] = StepState.Cancelled;
                }

                return _running.Count > 0;
            }

            var next = Scheduling.Decide(work.Plan, _states);
            foreach (var name in next.Skip)
            {
                await store.SkipStepAsync(work, work.Plan.Step(name), stop);
                _states[name] = StepState.Skipped;
            }

            foreach (var name in next.Start)
            {
                _states[name] = StepState.Running;
                Start(work.Plan.Step(name), work.Steps[name].Attempt + 1, stop);
            }

            return !next.IsDone;
        }

        // Here and now: what waits is over when this returns, and in the same order every time.
        private static void End(CancellationTokenSource running) => running.Cancel();

        private void Start(PlannedStep step, int attempt, CancellationToken stop) =>
            _running.Add(runner.RunStepAsync(work, step, attempt, _outputs, cancel, stop), step.Name);

        private Task FinishAsync(CancellationToken stop)
        {
            // Cancelled is what was kept from being done; where everything had been done by then, it succeeded.
            if (_states.ContainsValue(StepState.Cancelled) || (cancel.IsCancellationRequested && _states.Values.Any(state => state != StepState.Succeeded)))
                return store.FinishAsync(work, OperationState.Cancelled, null, stop);
            var failed = work.Plan.Steps.FirstOrDefault(step => _states[step.Name] == StepState.Failed);
            return store.FinishAsync(work,
                failed is null ? OperationState.Succeeded : OperationState.Failed,
                failed is null ? null : _failures.GetValueOrDefault(failed.Name) ?? new Failure("step_failed", $"{failed.Title} failed."), stop);
        }
    }

    private async Task<StepResult> RunStepAsync(OperationWork work, PlannedStep step, int attempt, OutputResolver outputs, CancellationToken cancel, CancellationToken stop)
    {
        // Attempts are numbered over the operation's whole life, so that no token comes twice; the policy counts from here.
        var first = attempt;
        var executor = executors.First(candidate => candidate.Handles(step));
        var silence = new Silence(store, work, step, clock, stop);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(stop, executor.CanBeBrokenOff ? cancel : CancellationToken.None);
        await store.StartStepAsync(work, step, attempt, stop);
        while (true)
        {
            Failure failure;
            var context = new StepContext(work, step, attempt, outputs) { AnsweredAsync = silence.EndAsync };
            try
            {
                var made = await WithTimeoutAsync(step, token => executor.ExecuteAsync(context, token), broken.Token);
                outputs.Set(step.Name, made);
                await store.SucceedStepAsync(work, step, made, stop);
                return new StepResult(StepState.Succeeded, null);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                return await CancelledAsync(executor, context, stop);
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

            // Somebody who does not answer is waited for. Only one who answered meanwhile, and then fell silent again, costs an attempt.
            var waits = await silence.GoesOnAsync(failure);
            if (waits is not null && cancel.IsCancellationRequested)
            {
                return await CancelledAsync(executor, context, stop);
            }

            if (waits is { IsOver: true })
                failure = silence.Explain(failure);
            if (!failure.CanRetry || cancel.IsCancellationRequested || waits is { IsOver: true } || (waits is not { IsFree: true } && attempt - first + 1 >= step.Retry.MaxAttempts))
            {
                await store.FailStepAsync(work, step, failure, stop);
                return new StepResult(StepState.Failed, failure);
            }

            var jitter = Jitter(work, step, attempt, waits?.Asked ?? 0);
            var delay = waits is null ? step.Retry.DelayAfter(attempt - first + 1, jitter, failure.RetryAfter) : step.Retry.DelayWhileAway(waits.Asked, jitter, failure.RetryAfter);
            if (waits is null)
                await store.NoteRetryAsync(work, step, failure, delay, stop);
            try
            {
                await PauseAsync(delay, cancel, stop);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested && waits is not null)
            {
                return await CancelledAsync(executor, context, stop);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                await store.FailStepAsync(work, step, failure, stop);
                return new StepResult(StepState.Failed, failure);
            }

            if (waits is not { IsFree: true })
                await store.StartStepAsync(work, step, ++attempt, stop);
        }
    }

    private async Task<StepResult> CancelledAsync(IStepExecutor executor, StepContext context, CancellationToken stop)
    {
        try
        {
            await executor.BreakOffAsync(context, stop);
        }
        catch (StepFailedException error)
        {
            // The operation is cancelled nevertheless: who does not answer cannot keep it from that.
            LogFailed(logger, error, context.Step.Name, context.Work.Environment, context.Attempt, error.Failure.Code);
        }

        await store.CancelStepAsync(context.Work, context.Step, stop);
        return new StepResult(StepState.Cancelled, null);
    }

    /// <summary>Spreads those that failed together. It need not surprise: the same failure has the same pause.</summary>
    private static double Jitter(OperationWork work, PlannedStep step, int attempt, int asked) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{work.OperationId:N}-{step.Name}-{attempt}-{asked}"))) / (double)uint.MaxValue;

    private async Task PauseAsync(TimeSpan delay, CancellationToken cancel, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, stop);
        await Task.Delay(delay, clock, either.Token);
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
