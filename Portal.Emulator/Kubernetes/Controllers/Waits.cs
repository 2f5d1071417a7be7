using System.Globalization;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>
/// Simulated waits of a cluster's controllers. Those that a client can see the end of are kept on disk, so that after a kill -9
/// they take what was left of them.
/// </summary>
internal sealed class Waits
{
    private readonly Dictionary<string, DateTimeOffset> _due = new(StringComparer.Ordinal);
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private bool _isOver;
    private readonly IDocumentStore _documents;
    private readonly EmulatorClock _clock;
    private readonly string _collection;

    public Waits(IDocumentStore documents, EmulatorClock clock, string clusterId)
    {
        (_documents, _clock, _collection) = (documents, clock, $"kubernetes-waits-{clusterId}");
        foreach (var (wait, due) in documents.All(_collection))
        {
            _due[wait] = DateTimeOffset.Parse(due, CultureInfo.InvariantCulture);
            _kept.Add(wait);
        }
    }

    /// <summary>Real time left of a wait that began when it was first asked for; zero once it is over.</summary>
    public TimeSpan Remaining(string wait, TimeSpan simulated, bool isKept)
    {
        lock (_gate)
        {
            var now = _clock.Now;
            if (!_due.TryGetValue(wait, out var due))
            {
                _due[wait] = due = now + _clock.ToReal(simulated);
                if (isKept && due > now && !_isOver)
                {
                    _documents.Put(_collection, wait, due.ToString("O", CultureInfo.InvariantCulture));
                    _kept.Add(wait);
                }
            }

            return due > now ? due - now : TimeSpan.Zero;
        }
    }

    public void Forget(string wait)
    {
        lock (_gate)
        {
            _due.Remove(wait);
            if (_kept.Remove(wait))
                _documents.Delete(_collection, wait);
        }
    }

    /// <summary>The cluster goes.</summary>
    public void ForgetAll()
    {
        lock (_gate)
        {
            _isOver = true;
            _kept.Clear();
            _documents.PutAll([.. _documents.All(_collection).Select(entry => (_collection, entry.Key, (string?)null))]);
        }
    }
}
