using System.Text.Json.Serialization;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Approvals;

/// <summary>Who has to agree to a request: approvals.yaml.</summary>
public sealed record ApprovalPolicy
{
    public IReadOnlyList<ApproverGroup> Groups { get; init; } = [];

    /// <summary>Each that fits counts, in this order.</summary>
    public IReadOnlyList<ApprovalRule> Rules { get; init; } = [];

    /// <summary>Where no rule says anything; at least one.</summary>
    public IReadOnlyList<ApprovalStage> Otherwise { get; init; } = [];

    /// <summary>How long an approval counts while others are waited for.</summary>
    public int LastsDays { get; init; } = 14;

    /// <summary>How long a request waits for a decision before it ends by itself; longer than an approval counts, so that one that is too old can be given again.</summary>
    public int WaitsDays { get; init; } = 30;

    /// <summary>How long those whose turn it is are left alone before they are told again.</summary>
    public int RemindsHours { get; init; } = 48;

    /// <summary>How long before a request ends whoever asked is told so.</summary>
    public int WarnsDays { get; init; } = 3;

    /// <summary>When a request that nobody decides on ends.</summary>
    public DateTimeOffset EndOf(DateTimeOffset submittedAt) => submittedAt.AddDays(WaitsDays);

    /// <summary>Of the file, SHA-256 in hexadecimal: which rules somebody decided by.</summary>
    public string Digest { get; init; } = "";

    /// <exception cref="InvalidDataException">The policy has no such group; the reader refuses such a file.</exception>
    public ApproverGroup Group(string id) => Groups.FirstOrDefault(group => group.Id == id) ?? throw new InvalidDataException($"approvals.yaml has no group '{id}'.");

    /// <summary>Whether somebody may ever have to decide.</summary>
    public bool HasApprover(Actor actor) => Groups.Any(group => group.Has(actor));

    /// <summary>The same, or may where nobody is left who has to.</summary>
    public bool MayEverDecide(Actor actor) => HasApprover(actor) || Desertion.Administrators.Has(actor);
}

/// <summary>People whose approval counts as the same one: whoever has one of the roles, or is in one of the teams.</summary>
public sealed record ApproverGroup(string Id, string Title, IReadOnlyList<string> Roles, IReadOnlyList<string> Teams)
{
    /// <summary>For example "Security (the team security)".</summary>
    [JsonIgnore]
    public string InWords => $"{Title} ({(Roles, Teams) switch
    {
        ({ Count: > 0 } roles, { Count: 0 }) => Named("role", roles),
        ({ Count: 0 }, var teams) => Named("team", teams),
        var (roles, teams) => $"{Named("role", roles)}, and {Named("team", teams)}",
    }})";

    /// <summary>For example "one of Security".</summary>
    public string Some(int number) => $"{(number == 1 ? "one" : number)} of {Title}";

    public bool Has(Actor actor) => Roles.Any(actor.Roles.Contains) || Teams.Any(actor.Teams.Contains);

    private static string Named(string noun, IReadOnlyList<string> names) => $"the {noun}{(names.Count == 1 ? "" : "s")} {string.Join(" and ", names)}";
}

/// <param name="Title">Why, in words: "Data of production would be lost".</param>
/// <param name="IsAutomatic">It asks for nobody; where another rule that fits does, that one counts.</param>
public sealed record ApprovalRule(string Id, string Title, RuleConditions When, bool IsAutomatic, IReadOnlyList<ApprovalStage> Stages)
{
    /// <summary>What it fits is decided on its own, and not together with others.</summary>
    public bool IsAlone { get; init; }
}

/// <summary>So many of a group. Stages come one after the other.</summary>
public sealed record ApprovalStage(string Group, int Needed)
{
    /// <summary>Whose approval counts as well once the stage has waited for so long; null for nobody's.</summary>
    public Escalation? Escalation { get; init; }
}

public sealed record Escalation(int AfterHours, string Group);

/// <summary>What a rule is about. What is not said fits everything.</summary>
public sealed record RuleConditions
{
    public IReadOnlyList<EnvironmentClass> Classes { get; init; } = [];
    public IReadOnlyList<RequestKind> Kinds { get; init; } = [];
    public IReadOnlyList<string> Targets { get; init; } = [];
    public IReadOnlyList<string> Teams { get; init; } = [];

    /// <summary>Ids.</summary>
    public IReadOnlyList<string> GoldenPaths { get; init; } = [];

    /// <summary>Of what it costs a month afterwards.</summary>
    public decimal? CostAtLeast { get; init; }

    /// <inheritdoc cref="CostAtLeast"/>
    public decimal? CostAtMost { get; init; }

    /// <summary>Of how much more it costs a month than now.</summary>
    public decimal? RiseAtLeast { get; init; }

    /// <inheritdoc cref="RiseAtLeast"/>
    public decimal? RiseAtMost { get; init; }

    public bool? LosesData { get; init; }
    public bool? IsOpen { get; init; }

    /// <summary>Each condition, whether it holds, and what it says.</summary>
    public IEnumerable<(bool Holds, string InWords)> Against(RequestFacts facts)
    {
        if (Classes.Count > 0)
            yield return (Classes.Contains(facts.Class), $"its class is {Either(Classes.Select(Lower))}");
        if (Kinds.Count > 0)
            yield return (Kinds.Contains(facts.Kind), $"it is a {Either(Kinds.Select(Noun))}");
        if (Targets.Count > 0)
            yield return (Targets.Contains(facts.Target), $"its target is {Either(Targets)}");
        if (Teams.Count > 0)
            yield return (Teams.Any(facts.Teams.Contains), $"its team is {Either(Teams)}");
        if (GoldenPaths.Count > 0)
            yield return (GoldenPaths.Contains(facts.GoldenPath), $"it keeps to the golden path {Either(GoldenPaths)}");
        if (CostAtLeast is { } least)
            yield return (facts.Monthly >= least, $"it costs {Money(least)} a month or more");
        if (CostAtMost is { } most)
            yield return (facts.Monthly <= most, $"it costs {Money(most)} a month at most");
        if (RiseAtLeast is { } riseLeast)
            yield return (facts.Rise >= riseLeast, $"it costs {Money(riseLeast)} a month more than now, or yet more");
        if (RiseAtMost is { } riseMost)
            yield return (facts.Rise <= riseMost, $"it costs {Money(riseMost)} a month more than now at most");
        if (LosesData is { } loses)
            yield return (facts.LosesData == loses, loses ? "data would be lost" : "no data would be lost");
        if (IsOpen is { } open)
            yield return (facts.IsOpen == open, open ? "something of it is open to everybody" : "nothing of it is open to everybody");
    }

    private static string Lower(EnvironmentClass one) => one.ToString().ToLowerInvariant();

    public static string Noun(RequestKind kind) => kind switch
    {
        RequestKind.Create => "creation",
        RequestKind.Change => "change",
        _ => "destruction",
    };

    private static string Money(decimal amount) => FormattableString.Invariant($"${amount:#,0.##}");

    private static string Either(IEnumerable<string> words) => string.Join(" or ", words);
}
