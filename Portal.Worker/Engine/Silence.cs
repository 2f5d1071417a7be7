using Portal.Core.Provisioning;

namespace Portal.Worker.Engine;

/// <summary>
/// How long a step has waited for somebody who does not answer, AWS or the cluster's API. It is written with the step, so that the next
/// runner goes on counting, and said in an event when it begins and when it ends.
/// </summary>
internal sealed class Silence(IOperationStore store, OperationWork work, PlannedStep step, TimeProvider clock, CancellationToken stop)
{
    private StepWaiting? _waiting = work.Steps.TryGetValue(step.Name, out var before) ? before.Waiting : null;
    private int _asked;
    private bool _wasAnswered;

    /// <summary>What one more failure means.</summary>
    /// <param name="Asked">How often it was asked in vain in this silence.</param>
    /// <param name="IsFree">Whether waiting costs no attempt.</param>
    /// <param name="IsOver">Whether it has lasted for longer than the policy waits.</param>
    public sealed record Wait(int Asked, bool IsFree, bool IsOver);

    /// <returns>Null where the failure is no silence.</returns>
    public async Task<Wait?> GoesOnAsync(Failure failure)
    {
        if (failure.Silent is not { } whom)
        {
            await EndAsync();
            _wasAnswered = false;
            return null;
        }

        var begins = _waiting is null || _waiting.Whom != whom || _waiting.IsThrottling != failure.IsThrottling;
        if (begins)
        {
            _asked = 0;
            _waiting = new StepWaiting(whom, clock.GetUtcNow(), failure.RootCause ?? failure.Message, failure.IsThrottling);
            await store.NoteWaitingAsync(work, step, _waiting, stop);
        }

        _asked++;
        // A run goes on in the cluster whoever looks: another attempt would be another run beside it.
        var isFree = !(begins && _wasAnswered) || failure.IsThrottling || step.Action == PlanAction.Run;
        if (begins)
            _wasAnswered = false;
        return new Wait(_asked, isFree, !failure.IsThrottling && clock.GetUtcNow() - _waiting!.Since >= step.Retry.AwayLimit);
    }

    /// <summary>It answers again.</summary>
    public async Task EndAsync()
    {
        if (_waiting is not { } waited)
            return;
        (_waiting, _asked, _wasAnswered) = (null, 0, true);
        await store.NoteAnsweredAsync(work, step, waited, stop);
    }

    /// <summary>Why it is given up.</summary>
    public Failure Explain(Failure last) => last with
    {
        Message = $"{_waiting!.Whom} did not answer for {Math.Round((clock.GetUtcNow() - _waiting.Since).TotalMinutes)} minutes, from {_waiting.Since.UtcDateTime:HH:mm} UTC on. Try again when it does.",
        RootCause = last.RootCause ?? last.Message,
    };
}
