namespace Portal.Core.Inquiries;

/// <summary>What came of a request through a front door.</summary>
public sealed record DoorReply
{
    /// <summary>Null where nothing answered.</summary>
    public int? Status { get; init; }

    /// <summary>From the first byte that was sent until the last that was read; milliseconds.</summary>
    public double TookMs { get; init; }

    /// <summary>As they came, a line each, without what looks like a secret; bounded.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>The body as text, without what looks like a secret; null where there is none, or it is no text.</summary>
    public string? Body { get; init; }

    /// <summary>What is not as it came, in a sentence: cut, made readable, or left out; null where all of it stands there.</summary>
    public string? BodyNote { get; init; }

    /// <summary>From the client to the pod.</summary>
    public IReadOnlyList<DoorHop> Hops { get; init; } = [];
}

public enum DoorHopState
{
    Passed,

    /// <summary>It came no further, as it should be.</summary>
    Ends,
    Broke,
    NotReached,
}

/// <summary>One station of a request's way.</summary>
/// <param name="Says">What happened there; null where there is nothing to say.</param>
public sealed record DoorHop(string Title, DoorHopState State, string? Says = null);
