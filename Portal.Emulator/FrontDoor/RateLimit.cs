namespace Portal.Emulator.FrontDoor;

/// <summary>A token bucket of a burst's size, filled at a rate. Real time: that is what callers feel.</summary>
internal sealed class RateLimit(TimeProvider time)
{
    private readonly Lock _gate = new();
    private double? _tokens;
    private long _filledAt = time.GetTimestamp();

    /// <summary>The limits are given each time, so that an update of the stage takes effect at once.</summary>
    public bool TryTake(double perSecond, double burst)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var tokens = _tokens is { } left ? Math.Min(burst, left + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond)) : burst;
            _filledAt = now;
            _tokens = tokens < 1 ? tokens : tokens - 1;
            return tokens >= 1;
        }
    }
}
