using System.Threading.RateLimiting;
using Portal.Core.Provisioning;

namespace Portal.Worker.Aws.Sdk;

/// <summary>
/// How many calls that only read one target is given by this process: they wait for their turn instead of being refused. Where others share
/// the account, a call costs as many turns as there are workers, so that all of them together keep to it without a word. Who is in no hurry
/// has a share of it and waits for that first, so that there is always something left for a step.
/// </summary>
internal sealed class ReadBudget : IDisposable
{
    private const double PatientShare = 0.6;
    private const int MostWaiting = 10_000;
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(50);

    private readonly TokenBucketRateLimiter _all;
    private readonly TokenBucketRateLimiter _patient;

    private readonly Func<int> _workers;

    /// <param name="workers">How many share it.</param>
    /// <param name="atOnce">How many need not wait; as many as a second brings where nothing is said. The account's own bucket need not be full.</param>
    public ReadBudget(double perSecond, Func<int> workers, int? atOnce = null) =>
        (_all, _patient, _workers) = (Bucket(perSecond, atOnce ?? perSecond), Bucket(perSecond * PatientShare, (atOnce ?? perSecond) * PatientShare), workers);

    /// <exception cref="StepFailedException">Too many wait already.</exception>
    public async Task TakeAsync(bool isPatient, CancellationToken cancellationToken)
    {
        if (isPatient)
            await TakeAsync(_patient, cancellationToken);
        await TakeAsync(_all, cancellationToken);
    }

    public void Dispose()
    {
        _all.Dispose();
        _patient.Dispose();
    }

    private async Task TakeAsync(RateLimiter bucket, CancellationToken cancellationToken)
    {
        // One after the other: there may be more workers than a second brings turns.
        for (var workers = _workers(); workers > 0; workers--)
        {
            using var lease = await bucket.AcquireAsync(1, cancellationToken);
            if (!lease.IsAcquired)
                throw new StepFailedException(new Failure("cfn_throttled", "Too many reads of CloudFormation wait for their turn already.", CanRetry: true) { IsThrottling = true, Silent = Correspondents.Aws });
        }
    }

    private static TokenBucketRateLimiter Bucket(double perSecond, double atOnce)
    {
        var tokens = Math.Max(1, (int)Math.Ceiling(perSecond * ShortestPeriod.TotalSeconds));
        return new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = Math.Max(tokens, (int)atOnce),
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromSeconds(tokens / perSecond),
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            QueueLimit = MostWaiting,
        });
    }
}
