using System.Collections.Concurrent;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws;

/// <summary>
/// CloudFormation's limits on the rate of calls, an account and region, in simulated seconds: on a clock that runs
/// 60 times as fast, clients may ask 60 times as often. AWS publishes no numbers; the defaults are [D].
/// </summary>
internal sealed class RateLimits(EmulatorOptions options, EmulatorClock clock)
{
    private readonly ConcurrentDictionary<(string Account, string Region, bool IsWrite), TokenBucket> _buckets = new();

    /// <exception cref="AwsException">Throttling, as AWS answers it.</exception>
    public void Admit(AwsRequest request, bool isWrite)
    {
        var bucket = _buckets.GetOrAdd((request.Caller.AccountId, request.Region, isWrite),
            key => new TokenBucket((key.IsWrite ? options.WritesPerSecond : options.ReadsPerSecond) * clock.Scale, clock.Time));
        if (!bucket.TryTake())
            throw Exceeded();
    }

    public static AwsException Exceeded() => new("Throttling", "Rate exceeded");
}
