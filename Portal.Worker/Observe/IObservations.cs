namespace Portal.Worker.Observe;

/// <summary>What steps say to whoever observes their target.</summary>
public interface IObservations
{
    /// <summary>
    /// Says that something was just asked for, so that nobody takes what was seen before for its result, and wakes the observer.
    /// </summary>
    Task ExpectAsync(Observation expected, CancellationToken cancellationToken);

    /// <summary>Wakes the observer: somebody waits for what nobody tells of.</summary>
    Task LookAsync(string target, CancellationToken cancellationToken);
}

/// <summary>Where steps wait for what is observed.</summary>
public interface IObservationHub
{
    /// <summary>Completes with the first observation of that thing that <paramref name="until"/> accepts.</summary>
    Task<Observation> WaitAsync(string target, string kind, string name, Func<Observation, bool> until, CancellationToken cancellationToken);
}
