using Portal.Core.Provisioning;

namespace Portal.Core.Environments;

/// <summary>Which of an environment's events are wanted; what is null does not narrow them.</summary>
public sealed record EventFilter
{
    /// <summary>Somewhere in the message or the step's name, in whatever case.</summary>
    public string? Search { get; init; }

    public EventSeverity? Severity { get; init; }

    public string? Step { get; init; }

    /// <summary>What happened in that operation.</summary>
    public Guid? Operation { get; init; }

    /// <summary>The name of who did it, as it was then.</summary>
    public string? By { get; init; }

    public bool IsAll => this == new EventFilter();
}

/// <summary>A piece of a list that is read where somebody looks.</summary>
/// <param name="Total">How many the whole list has.</param>
public sealed record EventStretch(IReadOnlyList<EventInfo> Events, int Total);
