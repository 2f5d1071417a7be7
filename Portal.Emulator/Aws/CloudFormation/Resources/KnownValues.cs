using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using YamlDotNet.Serialization;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>known-values.yaml: what AWS has to offer, as far as templates here ask for it.</summary>
internal sealed class KnownValues
{
    public List<string> Kubernetes { get; init; } = [];
    public Dictionary<string, Dictionary<string, string>> AddOns { get; init; } = [];
    public Dictionary<string, List<string>> Instances { get; init; } = [];
    public Dictionary<string, List<string>> Databases { get; init; } = [];
    public Dictionary<string, string> Engines { get; init; } = [];
    public List<string> Policies { get; init; } = [];

    // Of the versions that a pattern admits, as many are listed.
    private const int Patches = 11;
    private const int Builds = 6;

    private readonly ConcurrentDictionary<(string, string), IReadOnlyList<string>> _offered = new();

    public static KnownValues Read()
    {
        using var reader = new StreamReader(typeof(KnownValues).Assembly.GetManifestResourceStream("known-values.yaml")!);
        return new DeserializerBuilder().WithNamingConvention(YamlDotNet.Serialization.NamingConventions.CamelCaseNamingConvention.Instance).Build().Deserialize<KnownValues>(reader);
    }

    /// <summary>For example t3.large.</summary>
    public bool HasInstance(string type) => Has(Instances, type);

    /// <summary>For example db.t4g.small; <c>db.serverless</c> is Aurora's.</summary>
    public bool HasDatabase(string type) => type == "db.serverless" || (type.StartsWith("db.", StringComparison.Ordinal) && Has(Databases, type[3..]));

    public bool HasAddOn(string name, string version, string kubernetes) =>
        !AddOns.TryGetValue(name, out var versions)
        || (versions.GetValueOrDefault("*") ?? versions.GetValueOrDefault(kubernetes)) is { } pattern && Regex.IsMatch(version, pattern, RegexOptions.NonBacktracking);

    /// <summary>Versions of the add-on, newest first; empty where there is none of that name.</summary>
    public IReadOnlyList<string> Offered(string name, string kubernetes) => _offered.GetOrAdd((name, kubernetes), _ =>
        !AddOns.ContainsKey(name) ? [] :
        [
            .. from major in (int[])[3, 2, 1, 0]
               from minor in Enumerable.Range(0, 100).Reverse()
               from patch in Enumerable.Range(0, Patches).Reverse()
               from build in Enumerable.Range(1, Builds).Reverse()
               let version = $"v{major}.{minor}.{patch}-eksbuild.{build}"
               where HasAddOn(name, version, kubernetes)
               select version,
        ]);

    public bool HasEngine(string engine, string version) =>
        !Engines.TryGetValue(engine, out var pattern) || Regex.IsMatch(version, pattern, RegexOptions.NonBacktracking);

    private static bool Has(Dictionary<string, List<string>> families, string type) =>
        type.Split('.', 2) is [var family, var size] && families.TryGetValue(family, out var sizes) && sizes.Contains(size);
}
