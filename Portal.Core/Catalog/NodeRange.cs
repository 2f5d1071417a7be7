using Portal.Core.Specifications;

namespace Portal.Core.Catalog;

/// <summary>How many nodes a managed node group has at least, begins with, and has at most.</summary>
public sealed record NodeRange(int Least, int Begins, int Most)
{
    /// <summary>Whether there is anything for a cluster autoscaler to do.</summary>
    public bool Grows => Most > Least;

    /// <summary>What the request says, and the size where it says nothing.</summary>
    public static NodeRange Of(ClusterSpecification cluster, ClusterSize size)
    {
        var (least, most) = (cluster.MinNodes ?? size.Min, cluster.MaxNodes ?? size.Max);
        return new NodeRange(least, Math.Clamp(size.Desired, least, Math.Max(least, most)), most);
    }

    /// <summary>Those that there were, as far as they are still allowed; while there are none, those that it begins with.</summary>
    public int Keeping(int present) => present > 0 ? Math.Clamp(present, Least, Math.Max(Least, Most)) : Begins;
}
