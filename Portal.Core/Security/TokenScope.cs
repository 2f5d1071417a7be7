namespace Portal.Core.Security;

/// <summary>What a program may do in the place of whoever it acts for. Each but the first goes with the first.</summary>
public enum TokenScope
{
    /// <summary>Look at everything that its owner may look at.</summary>
    Read,

    /// <summary>Ask for environments and changes, and operate what is there without losing anything: sleep, wake, restart, scale, cancel, try again, put right what drifted.</summary>
    Request,

    /// <summary>Decide requests, where its owner may.</summary>
    Approve,

    /// <summary>Ask for what takes data away: the end of an environment, or a change that loses data. Goes with <see cref="Request"/>.</summary>
    Destroy,

    /// <summary>Read who did what, where its owner may.</summary>
    Audit,
}
