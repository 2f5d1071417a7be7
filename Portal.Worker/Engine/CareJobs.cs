using Portal.Core.Environments;
using Portal.Core.Operations;

namespace Portal.Worker.Engine;

/// <summary>Lifetimes: reminders, and the end of what has expired.</summary>
public sealed class ExpiryJob(CareSweep sweep) : IRecurring
{
    public string Id => "expiry";

    public string Schedule => "* * * * *";

    public Task RunAsync(CancellationToken cancellationToken) => sweep.ExpireAsync(cancellationToken);
}

/// <summary>Sends environments to sleep and wakes them up by their timetables.</summary>
public sealed class TimetableJob(CareSweep sweep) : IRecurring
{
    public string Id => "timetables";

    public string Schedule => "* * * * *";

    public Task RunAsync(CancellationToken cancellationToken) => sweep.FollowTimetablesAsync(cancellationToken);
}

/// <summary>Restarts who reads secrets that were rotated.</summary>
public sealed class RotationJob(SecretRotations rotations) : IRecurring
{
    public string Id => "rotations";

    public string Schedule => "* * * * *";

    public Task RunAsync(CancellationToken cancellationToken) => rotations.RestartAsync(cancellationToken);
}

/// <summary>Forgets what is kept only to be learned from, or looked at again, once a day.</summary>
public sealed class RetentionJob(StepDurations durations, ReplayRetention replays) : IRecurring
{
    public string Id => "retention";

    public string Schedule => "17 3 * * *";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await durations.ForgetAsync(cancellationToken);
        await replays.ForgetAsync(cancellationToken);
    }
}
