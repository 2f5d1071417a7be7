using System.Text.Json.Serialization;
using Portal.Core.Provisioning;

namespace Portal.Core.Rehearsals;

public enum RehearsalActKind
{
    /// <summary>What exists now is made, so that there is something to change or destroy.</summary>
    Present,

    /// <summary>What is asked for.</summary>
    Asked,

    /// <summary>What was made is destroyed again.</summary>
    Destroyed,
}

/// <summary>What came of a rehearsal.</summary>
public sealed record RehearsalReport
{
    /// <summary>In the order in which they were played; what comes after a failure may be missing.</summary>
    public required IReadOnlyList<RehearsedAct> Acts { get; init; }

    /// <summary>What there was before it was taken away, most of a kind first.</summary>
    public required IReadOnlyList<RehearsedKind> Resources { get; init; }

    /// <summary>What the front door was asked, and answered; empty where nothing is reached from outside.</summary>
    public required IReadOnlyList<RehearsedAnswer> Answers { get; init; }

    /// <summary>The first one; null where there was none.</summary>
    public RehearsedFailure? Failure { get; init; }

    /// <summary>What was still there after the destruction; null where it did not come to its end.</summary>
    public IReadOnlyList<Residue>? Left { get; init; }

    /// <summary>How many secrets had to be made up, because the real ones are nobody's business here.</summary>
    public int MadeUpSecrets { get; init; }

    /// <summary>The act that the request is about; null where it did not come to that.</summary>
    [JsonIgnore]
    public RehearsedAct? Asked => Acts.FirstOrDefault(act => act.Kind == RehearsalActKind.Asked);

    [JsonIgnore]
    public int ResourceCount => Resources.Sum(kind => kind.Count);

    /// <summary>What should not be there any more.</summary>
    [JsonIgnore]
    public IReadOnlyList<Residue> NotGone => [.. (Left ?? []).Where(residue => !residue.IsKept)];
}

/// <param name="Seconds">On AWS: the longest way through its steps.</param>
public sealed record RehearsedAct(RehearsalActKind Kind, OperationState State, double Seconds, IReadOnlyList<RehearsedStep> Steps);

/// <param name="From">Seconds on AWS since the act's beginning.</param>
/// <param name="Seconds">On AWS.</param>
/// <param name="IsMeasured">Whether the cloud took that long; else it is what the plan expects, because what a step has done on our side would count as many times as the clock is fast.</param>
public sealed record RehearsedStep(string Name, string Title, StepState State, double From, double Seconds, bool IsMeasured);

/// <param name="Type">For example <c>AWS::EC2::Subnet</c>.</param>
public sealed record RehearsedKind(string Type, int Count);

/// <param name="What">For example "cart-service: GET /cart".</param>
public sealed record RehearsedAnswer(string What, string Said);

/// <param name="Step">As people call it.</param>
public sealed record RehearsedFailure(RehearsalActKind Act, string Step, string Message, string? RootCause, IReadOnlyList<Evidence> Evidence);
