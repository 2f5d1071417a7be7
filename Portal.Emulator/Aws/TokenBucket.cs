namespace Portal.Emulator.Aws;

/// <summary>Admits <paramref name="perSecond"/> calls a second with a burst of twice as many.</summary>
internal sealed class TokenBucket(double perSecond, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _tokens = Math.Max(1, perSecond * 2);
    private long _filledAt = time.GetTimestamp();

    public bool TryTake()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(Math.Max(1, perSecond * 2), _tokens + time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond);
            _filledAt = now;
            if (_tokens < 1)
                return false;
            _tokens--;
            return true;
        }
    }
}
