namespace Portal.Features.Requests;

/// <summary>Who reads what a request would need.</summary>
public enum NeedsReader
{
    Anybody,

    /// <summary>Who would ask for it.</summary>
    Requester,

    /// <summary>Who would propose it in place of what is asked for.</summary>
    Proposer,
}
