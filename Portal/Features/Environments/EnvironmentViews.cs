using System.Runtime.CompilerServices;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Topology;

namespace Portal.Features.Environments;

/// <summary>What pages say of snapshots, worked out once for all circuits that look at the same one in the same zone.</summary>
public sealed class EnvironmentViews(TopologyBuilder topologies)
{
    /// <summary>How old a view may be that stands for now while something is under way: pages look once a second.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    private readonly ConditionalWeakTable<EnvironmentSnapshot, Dictionary<string, EnvironmentView>> _kept = [];

    /// <summary>As it is now.</summary>
    public EnvironmentView Of(EnvironmentSnapshot snapshot, Times times, DateTimeOffset now)
    {
        var kept = _kept.GetOrCreateValue(snapshot);
        lock (kept)
        {
            if (kept.TryGetValue(times.ZoneName, out var view) && IsSame(view, times, now))
                return view;
            return kept[times.ZoneName] = new EnvironmentView(snapshot, topologies, times, now);
        }
    }

    /// <summary>As it was, so long after the recording's beginning.</summary>
    public EnvironmentView Of(Recording recording, TimeSpan at, Times times) => new(recording.At(at), topologies, times, recording.Begins + at, isReplay: true);

    // What rests changes its words with the day.
    private static bool IsSame(EnvironmentView view, Times times, DateTimeOffset now) =>
        view.Runs ? (now - view.Now).Duration() < Fresh : times.Day(view.Now) == times.Day(now);
}
