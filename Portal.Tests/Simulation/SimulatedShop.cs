using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Portal.Core.Catalog;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Simulation;

/// <summary>
/// Versions of the seed's example, with a database that is stopped for the night and a job by the clock: one that differs much, and two that
/// differ in one step each, whose failure leaves nothing that succeeded. Their plans are made once, and only read.
/// </summary>
internal static partial class SimulatedShop
{
    private static readonly ChangeEvaluator s_evaluator = new(UpdateBehaviour.Read(Path.Combine(TemplateSet.Locate(null), "catalog")));
    private static readonly ConcurrentDictionary<string, PlanChange> s_changes = new(StringComparer.Ordinal);
    private static readonly PlannedWork[] s_versions = [.. new[] { First, Second, OtherImage, OtherDatabase }.Select(version => Samples.Plans.Build(version, Samples.Target))];

    private static Specification First => Samples.Shop() with
    {
        Services =
        [
            .. Samples.Shop().Services.SkipLast(1),
            Samples.Shop().Services[^1] with { Stores = Samples.Stores("rds-postgresql") },
            new() { Name = "report", Image = "ghcr.io/shop/report:1.0", Path = "", Kind = WorkloadKind.ScheduledJob, Schedule = new() { Cron = "* * * * *" } },
        ],
    };

    // Another image, one service less with its store, and one that is new.
    private static Specification Second => First with
    {
        Services = [First.Services[0] with { Image = "ghcr.io/shop/products:2.0" }, .. First.Services.Skip(2), First.Services[0] with { Name = "prices", Path = "/prices" }],
    };

    private static Specification OtherImage => First with { Services = [.. First.Services.SkipLast(1), First.Services[^1] with { Image = "ghcr.io/shop/report:1.1" }] };

    private static Specification OtherDatabase => First with
    {
        Services = [.. First.Services.SkipLast(2), First.Services[^2] with { Stores = Samples.Stores("rds-postgresql", new Dictionary<string, string> { ["InstanceClass"] = "db.t4g.medium" }) }, First.Services[^1]],
    };

    public static Plan Created => s_versions[0].Plan;

    public static int Versions => s_versions.Length;

    /// <summary>Parameters of the nodes' stack while there are none.</summary>
    public static IReadOnlyDictionary<string, string> NodesAtRest { get; } = Created.Step(StepNames.Nodes).Rest!.Parameters;

    /// <summary>Of each step, what others take from it.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Outputs { get; } = Taken().Distinct()
        .GroupBy(pair => pair.Step, pair => pair.Output, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.Order(StringComparer.Ordinal)], StringComparer.Ordinal);

    /// <summary>From what exists to that version, as ChangePlanner makes it.</summary>
    public static Plan Change(IReadOnlyList<Deployment> deployed, int version)
    {
        var after = s_versions[version];
        IReadOnlyList<PlannedStep> before = [.. deployed.Select(one => one.Plan)];
        // Of what exists it decides which versions of which steps there are; there are few such states, and many who come to each.
        var change = s_changes.GetOrAdd(
            $"{version} {string.Join(' ', deployed.Select(one => $"{one.Step}={VersionOf(one.Plan)}"))}",
            _ => s_evaluator.Evaluate(new PlannedWork(after.Plan with { Steps = before }, [.. s_versions.SelectMany(one => one.Artifacts).DistinctBy(one => one.Digest)]), after));
        return PlanDifference.Change(before, deployed.Where(one => !one.IsComplete).Select(one => one.Step).ToHashSet(StringComparer.Ordinal), after.Plan, change);
    }

    private static int VersionOf(PlannedStep step)
    {
        for (var version = 0; version < s_versions.Length; version++)
        {
            if (s_versions[version].Plan.Steps.FirstOrDefault(one => one.Name == step.Name) is { } planned && IsSame(planned, step))
                return version;
        }

        throw new InvariantException($"What exists of {step.Name} is of no version.");
    }

    public static bool IsSame(PlannedStep one, PlannedStep other) =>
        one.Artifact == other.Artifact && (ReferenceEquals(one.Values, other.Values) || JsonNode.DeepEquals(one.Values, other.Values))
        && one.Inputs.Count == other.Inputs.Count && one.Inputs.All(pair => other.Inputs.GetValueOrDefault(pair.Key) == pair.Value);

    private static IEnumerable<PlannedStep> Steps() => s_versions.SelectMany(version => version.Plan.Steps);

    private static IEnumerable<(string Step, string Output)> Taken()
    {
        foreach (var output in (string[])["ClusterName", "ClusterEndpoint", "ClusterCertificateAuthority"])
            yield return (StepNames.Cluster, output);
        foreach (var step in Steps())
        {
            if (step.Rest?.Instance is { } instance)
                yield return (step.Name, instance);
            foreach (var input in step.Inputs.Values.Where(input => input.Step is not null))
                yield return (input.Step!, input.Output!);
            foreach (Match match in Reference().Matches(step.Values?.ToJsonString() ?? ""))
                yield return (match.Groups["step"].Value, match.Groups["output"].Value);
        }
    }

    [GeneratedRegex("\"\\$output\":\"(?<step>[^.\"]+)\\.(?<output>[^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Reference();
}
