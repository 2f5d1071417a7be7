namespace Portal.Emulator.Contracts;

/// <summary>
/// The one clock of the emulator. Durations are given in simulated time and pass <see cref="Scale"/> times as fast.
/// Timestamps shown to clients are real time: clients compare them with their own clocks.
/// </summary>
public sealed class EmulatorClock(TimeProvider time, double scale)
{
    public double Scale { get; } = scale is >= 1 and <= 10_000
        ? scale
        : throw new ArgumentOutOfRangeException(nameof(scale), scale, "Emulator:ClockScale takes a number from 1 to 10000.");

    public TimeProvider Time => time;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>How long <paramref name="simulated"/> takes in real time.</summary>
    public TimeSpan ToReal(TimeSpan simulated) => simulated / Scale;

    public Task Delay(TimeSpan simulated, CancellationToken cancellationToken) => Task.Delay(ToReal(simulated), time, cancellationToken);
}
