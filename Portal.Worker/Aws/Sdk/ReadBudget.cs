using System.Threading.RateLimiting;
using Portal.Core.Provisioning;

namespace Portal.Worker.Aws.Sdk;

/// <summary>
/// How many calls that only read one target is given by this process: they wait for their turn instead of being refused. Who is in no hurry
/// has a share of it and waits for that first, so that there is always something left for a step.
/// </summary>
internal sealed class ReadBudget : IDisposable
{
    private const double PatientShare = 0.6;
    private const int MostWaiting = 10_000;
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(50);

    private readonly TokenBucketRateLimiter _all;
    private readonly TokenBucketRateLimiter _patient;

    /// <param name="atOnce">How many need not wait; as many as a second brings where nothing is said. The account's own bucket need not be full.</param>
    public ReadBudget(double perSecond, int? atOnce = null) =>
        (_all, _patient) = (Bucket(perSecond, atOnce ?? perSecond), Bucket(perSecond * PatientShare, (atOnce ?? perSecond) * PatientShare));

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

    private static async Task TakeAsync(RateLimiter bucket, CancellationToken cancellationToken)
    {
        using var lease = await bucket.AcquireAsync(1, cancellationToken);
        if (!lease.IsAcquired)
            throw new StepFailedException(new Failure("cfn_throttled", "Too many reads of CloudFormation wait for their turn already.", CanRetry: true) { IsThrottling = true, Silent = Correspondents.Aws });
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
