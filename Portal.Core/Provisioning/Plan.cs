using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Portal.Core.Catalog;
using Portal.Core.Operations;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>What carrying a specification out would do: a DAG of steps. Its hash is what gets approved.</summary>
public sealed record Plan
{
    /// <summary>What this version writes. A stored plan keeps the one it was written with, and is read and hashed as of then.</summary>
    public const int CurrentFormat = 2;

    /// <summary>1: hashed over its steps only; account, tags, chart versions and capabilities were left to the worker.</summary>
    public int Format { get; init; } = 1;

    public required string Environment { get; init; }

    public required string Target { get; init; }

    public required string Region { get; init; }

    /// <summary>Account of the target; empty in plans of format 1.</summary>
    public string AccountId { get; init; } = "";

    /// <summary>Of every stack: they name the environment and its owner, and nothing that another operation would change.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Who pays: a tag of every stack in plans of format 1. Empty for no such tag.</summary>
    public string CostCentre { get; init; } = "";

    /// <summary>Counts how often what a request asks for became another by a proposal; null where it never did. Hashed, so that no approval of what was asked before counts, whatever the difference.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Revision { get; init; }

    /// <summary>In an order in which every step stands after what it depends on.</summary>
    public required IReadOnlyList<PlannedStep> Steps { get; init; }

    public required CostEstimate Cost { get; init; }

    /// <summary>What a change or a destruction would do to what is there, in plain words, worst first; empty for a creation.</summary>
    public IReadOnlyList<string> Sentences { get; init; } = [];

    /// <summary>Steps by which something is made anew in the place of what is there; null for none. Follows from the steps, and is no part of the hash.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Replaces { get; init; }

    /// <summary>Seconds from approval to Ready: the longest way through the steps.</summary>
    public required DurationRange Expected { get; init; }

    /// <summary>
    /// SHA-256 over everything but durations, cost, sentences and what follows from the rest, lower-case hex: what is done, and where, is approved, not how long it is thought to
    /// take. Over sorted names, because jsonb keeps its own order: a stored plan has the hash it was stored with.
    /// </summary>
    [JsonIgnore]
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sorted(Hashed())?.ToJsonString() ?? "")));

    public PlannedStep Step(string name) => Steps.First(step => step.Name == name);

    /// <summary>What is only waited for, and comes about by the step: it may be there from the step's first side effect on.</summary>
    public IEnumerable<PlannedStep> BroughtAboutBy(PlannedStep step) => step.Action == PlanAction.Ensure
        ? Steps.Where(wait => wait is { Kind: StepKind.Wait, Action: PlanAction.Ensure } && wait.DependsOn.Contains(step.Name, StringComparer.Ordinal))
        : [];

    public string ToJson() => JsonSerializer.Serialize(this, Specification.Json);

    public static Plan FromJson(string json) =>
        JsonSerializer.Deserialize<Plan>(json, Specification.Json) ?? throw new InvalidDataException("The stored plan is empty.");

    private JsonNode? Hashed()
    {
        var steps = JsonSerializer.SerializeToNode(Steps.Select(step => step with { Expected = new DurationRange() }), Specification.Json)!.AsArray();
        if (Format > 1)
        {
            var hashed = new JsonObject
            {
                ["format"] = Format,
                ["environment"] = Environment,
                ["target"] = Target,
                ["region"] = Region,
                ["accountId"] = AccountId,
                ["tags"] = JsonSerializer.SerializeToNode(Tags),
                ["steps"] = steps,
            };
            if (Revision is { } revision)
                hashed["revision"] = revision;
            return hashed;
        }

        // As it was: a step had nothing else then.
        foreach (var step in steps)
        {
            foreach (var later in (string[])["action", "chartVersion", "capabilities"])
                step!.AsObject().Remove(later);
        }

        return steps;
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject mapping => new JsonObject(mapping.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}

public enum StepKind
{
    /// <summary>A CloudFormation stack.</summary>
    Stack,

    /// <summary>A Helm release.</summary>
    Release,

    /// <summary>Something that has to be observed, for example a load balancer that the controller made.</summary>
    Wait,

    /// <summary>Requests through the front door.</summary>
    Probe,

    /// <summary>A look by tag for what is left in the account.</summary>
    Sweep,
}

/// <summary>What a step is to do with its subject.</summary>
public enum PlanAction
{
    /// <summary>Bring it about as planned, or change it to what is planned.</summary>
    Ensure,

    /// <summary>Take it away, and wait until it is gone.</summary>
    Remove,

    /// <summary>Ask whether it works; changes nothing.</summary>
    Probe,

    /// <summary>Replace its pods by new ones.</summary>
    Restart,

    /// <summary>Have it rest: nothing of it runs, and nothing of it is lost.</summary>
    Sleep,

    /// <summary>Have it run as it did before it rested.</summary>
    Wake,

    /// <summary>Have a scheduled job run once, beside its times.</summary>
    Run,
}

/// <summary>One node of the plan.</summary>
public sealed record PlannedStep
{
    /// <summary>Unique in the plan, for example <c>net-core</c> or <c>data-product-service</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The step that made what this one is about, where that is another; null for its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? About { get; init; }

    /// <summary>Name of the deployment that the step changes.</summary>
    [JsonIgnore]
    public string Deployment => About ?? Name;

    public required StepKind Kind { get; init; }

    public PlanAction Action { get; init; } = PlanAction.Ensure;

    /// <summary>What people call it, for example "Aurora PostgreSQL for product-service".</summary>
    public required string Title { get; init; }

    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>All that it depends on, where the plan has only some of it because the rest exists already; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Needs { get; init; }

    /// <summary>The service it belongs to; null for what all services share.</summary>
    public string? Service { get; init; }

    /// <summary>Stack name, release name, or the name of what is waited for.</summary>
    public required string Subject { get; init; }

    /// <summary>Template body or chart archive by digest; null where there is none or the chart comes from a repository.</summary>
    public string? Artifact { get; init; }

    /// <summary>Chart of a repository, whose address the worker's configuration has; null for artifacts.</summary>
    public string? RepositoryChart { get; init; }

    /// <summary>Version of <see cref="RepositoryChart"/>; plans of format 1 left it to the worker's configuration.</summary>
    public string? ChartVersion { get; init; }

    /// <summary>What a stack has to be acknowledged for, for example <c>CAPABILITY_NAMED_IAM</c>; plans of format 1 left it to the worker.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Namespace of a release.</summary>
    public string? Namespace { get; init; }

    /// <summary>Parameters of a stack.</summary>
    public IReadOnlyDictionary<string, PlanInput> Inputs { get; init; } = new Dictionary<string, PlanInput>();

    /// <summary>Values of a release; a node <c>{"$output":"net-core.VpcId"}</c> stands for an output, with <c>"$split":true</c> for its parts.</summary>
    public JsonObject? Values { get; init; }

    /// <summary>How what it makes can rest; null for what costs nothing while it is not used, or cannot.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Rest? Rest { get; init; }

    /// <summary>What its removal leaves behind on purpose, as a sentence for people; null where the class's snapshots are all there may be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Leaves { get; init; }

    /// <summary>Whether the job that a removal takes away runs once more first, with the values that undo what it did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Withdraws { get; init; }

    /// <summary>Whether it lifts the protection of the load balancer of these rules, and waits until that is so.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unprotects { get; init; }

    /// <summary>Name of the load balancer whose protection it lifts.</summary>
    [JsonIgnore]
    public string LoadBalancerName => LoadBalancerProtection.NameIn(this);

    /// <summary>Whether it is to be brought about although nothing about the plan has changed, because what exists has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool RevertsDrift { get; init; }

    /// <summary>Seconds on AWS.</summary>
    public DurationRange Expected { get; init; } = new();

    public RetryPolicy Retry { get; init; } = RetryPolicy.Default;

    /// <summary>In a plan that does not have all it needs, and waits for these.</summary>
    public PlannedStep After(IReadOnlyList<string> steps) => DependsOn.SequenceEqual(steps, StringComparer.Ordinal) ? this : this with { DependsOn = steps, Needs = Needs ?? DependsOn };

    /// <summary>As what exists remembers it: with all that it needs, so that it goes before that one day, whatever its plan waited for.</summary>
    public PlannedStep AsDeployed() => (Needs is null ? this : this with { DependsOn = Needs, Needs = null }) is var step && step.Unprotects ? step with { Name = Deployment, About = null, Unprotects = false } : step;
}

/// <summary>Either a value, or an output of an earlier step. The pseudo step <c>target</c> has AccountId, Region and PrincipalArn.</summary>
public sealed record PlanInput(string? Value, string? Step = null, string? Output = null)
{
    public const string TargetStep = "target";

    public static PlanInput From(string step, string output) => new(null, step, output);
}

/// <summary>How often and how soon a step that failed is tried again by itself. What the catalogue said of its kind when it was planned.</summary>
/// <param name="MaxAttempts">Attempts in all; throttling and waiting for a target that is away do not count.</param>
/// <param name="FirstDelay">Before the second attempt; doubles with each, with jitter.</param>
/// <param name="MaxDelay">However many attempts there were.</param>
/// <param name="Timeout">How long one attempt may take.</param>
/// <param name="Away">Null in plans that were made before it was data; absent from their hash, too.</param>
public sealed record RetryPolicy(
    int MaxAttempts, TimeSpan FirstDelay, TimeSpan MaxDelay, TimeSpan Timeout, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AwayPolicy? Away = null)
{
    /// <summary>Of plans that do not say it.</summary>
    public static RetryPolicy Default { get; } = new(4, TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(60));

    private static readonly AwayPolicy AwayOfOlderPlans = new(TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(30));

    public static RetryPolicy Of(Patience patience) => new(
        patience.Attempts, patience.FirstDelay, patience.LongestDelay, patience.Timeout, new AwayPolicy(patience.AwayEvery, patience.AwayLimit));

    /// <summary>How long a target that does not answer is waited for.</summary>
    [JsonIgnore]
    public TimeSpan AwayLimit => (Away ?? AwayOfOlderPlans).Limit;

    /// <param name="attempt">The attempt that just failed, from 1.</param>
    /// <param name="jitter">0 to 1, spreads the delay over its upper half.</param>
    public TimeSpan DelayAfter(int attempt, double jitter, TimeSpan? atLeast = null) => Delay(MaxDelay, attempt, jitter, atLeast);

    /// <summary>Until a target that does not answer is asked again.</summary>
    /// <param name="asked">How often it has been asked in vain, from 1.</param>
    /// <inheritdoc cref="DelayAfter"/>
    public TimeSpan DelayWhileAway(int asked, double jitter, TimeSpan? atLeast = null) => Delay((Away ?? AwayOfOlderPlans).Every, asked, jitter, atLeast);

    private TimeSpan Delay(TimeSpan most, int attempt, double jitter, TimeSpan? atLeast)
    {
        var full = Math.Min(most.TotalSeconds, FirstDelay.TotalSeconds * Math.Pow(2, Math.Clamp(attempt - 1, 0, 30)));
        var delay = TimeSpan.FromSeconds(full * (0.5 + Math.Clamp(jitter, 0, 1) / 2));
        return atLeast > delay ? atLeast.Value : delay;
    }
}

/// <summary>How a target is waited for that does not answer.</summary>
/// <param name="Every">How long it takes at most until it is asked again.</param>
/// <param name="Limit">After that the step fails.</param>
public sealed record AwayPolicy(TimeSpan Every, TimeSpan Limit);

/// <summary>US dollars a month for what runs whether used or not; what is billed by use is listed beside it.</summary>
public sealed record CostEstimate(decimal Monthly, IReadOnlyList<CostLine> Lines)
{
    /// <summary>The same for a month asleep; null in estimates of earlier versions.</summary>
    public decimal? Asleep { get; init; }

    /// <summary>The same with the fewest nodes that there may be; null where there are always as many.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Least { get; init; }

    /// <summary>The same with the most nodes that there may be; null where there are always as many.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public decimal? Most { get; init; }
}

/// <param name="Monthly">Null for what is billed by use; <paramref name="Note"/> says how.</param>
public sealed record CostLine(string Title, decimal? Monthly, string? Note = null);
