using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using YamlDotNet.RepresentationModel;

namespace Portal.Core.Catalog;

/// <summary>A file or chart as it was when it was read; plans name it by digest and the worker runs exactly that.</summary>
/// <param name="Digest">SHA-256 of <paramref name="Body"/>, lower-case hex.</param>
public sealed record Artifact(string Name, string Digest, byte[] Body)
{
    public static Artifact Of(string name, byte[] body) => new(name, Convert.ToHexStringLower(SHA256.HashData(body)), body);
}

/// <summary>What we say of a chart that others publish.</summary>
/// <param name="Version">The one that the values are written for.</param>
/// <param name="Values">Ours for it, YAML.</param>
public sealed record ForeignChart(string Version, string Values);

/// <summary>The CloudFormation templates, charts and values that plans are made of.</summary>
public sealed class TemplateSet
{
    private readonly Dictionary<string, string> _stacks;
    private readonly Dictionary<string, Artifact> _charts;

    private readonly Dictionary<string, ForeignChart> _foreign;
    private readonly ConcurrentDictionary<string, StackShape> _shapes = new(StringComparer.Ordinal);

    private TemplateSet(Dictionary<string, string> stacks, Dictionary<string, Artifact> charts, Dictionary<string, ForeignChart> foreign) =>
        (_stacks, _charts, _foreign) = (stacks, charts, foreign);

    /// <exception cref="InvalidDataException">The folder is not a Templates folder.</exception>
    public static TemplateSet Read(string folder)
    {
        var stackFolder = Path.Combine(folder, "cloudformation");
        var helmFolder = Path.Combine(folder, "helm");
        if (!Directory.Exists(stackFolder) || !Directory.Exists(helmFolder))
            throw new InvalidDataException($"'{folder}' holds no templates (cloudformation and helm). Set Templates__Path to the folder Templates.");
        var stacks = Directory.EnumerateFiles(stackFolder).ToDictionary(path => Path.GetFileName(path)!, File.ReadAllText, StringComparer.Ordinal);
        var charts = Directory.EnumerateDirectories(helmFolder)
            .Where(chart => File.Exists(Path.Combine(chart, "Chart.yaml")))
            .ToDictionary(chart => Path.GetFileName(chart)!, chart => Artifact.Of($"{Path.GetFileName(chart)}.tgz", Pack(chart)), StringComparer.Ordinal);
        var foreign = Directory.EnumerateDirectories(helmFolder)
            .Where(chart => File.Exists(Path.Combine(chart, "VERSION")))
            .ToDictionary(chart => Path.GetFileName(chart)!, chart => new ForeignChart(File.ReadAllText(Path.Combine(chart, "VERSION")).Trim(), File.ReadAllText(Path.Combine(chart, "values.yaml"))), StringComparer.Ordinal);
        return new TemplateSet(stacks, charts, foreign);
    }

    public string Stack(string file) => _stacks.TryGetValue(file, out var body)
        ? body
        : throw new InvalidDataException($"Templates/cloudformation has no '{file}'.");

    /// <summary>What a plan needs to know of a template that is used as it is: read once, however many plans and services use it.</summary>
    public StackShape Shape(string file) => _shapes.GetOrAdd(file, name => StackShape.Parse(name, Stack(name)));

    public Artifact Chart(string name) => _charts.TryGetValue(name, out var chart)
        ? chart
        : throw new InvalidDataException($"Templates/helm has no chart '{name}'.");

    /// <summary>A chart that comes from a repository of others.</summary>
    public ForeignChart Foreign(string name) => _foreign.TryGetValue(name, out var chart)
        ? chart
        : throw new InvalidDataException($"Templates/helm has no version and values for the chart '{name}'.");

    /// <summary>Looks for the folder named by <paramref name="configured"/>, else upwards from where the program lies.</summary>
    public static string Locate(string? configured)
    {
        if (!string.IsNullOrEmpty(configured))
            return configured;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "Templates");
            if (Directory.Exists(Path.Combine(candidate, "cloudformation")))
                return candidate;
        }

        throw new InvalidDataException($"No folder Templates above {AppContext.BaseDirectory}. Set Templates__Path to it.");
    }

    /// <summary>The same bytes for the same files: entries sorted, times and owners fixed, so that the digest means the content.</summary>
    private static byte[] Pack(string chart)
    {
        var root = Path.GetFileName(chart);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach (var path in Directory.EnumerateFiles(chart, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{root}/{Path.GetRelativePath(chart, path).Replace('\\', '/')}")
                {
                    DataStream = new MemoryStream(File.ReadAllBytes(path)),
                    Mode = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
                    ModificationTime = DateTimeOffset.UnixEpoch,
                });
            }
        }

        return packed.ToArray();
    }
}

/// <summary>What the plan needs to know of a CloudFormation template: what goes in, what comes out, what it makes in which order.</summary>
public sealed record StackShape(
    IReadOnlyDictionary<string, string?> Parameters, IReadOnlySet<string> Outputs, IReadOnlyDictionary<string, ResourceShape> Resources)
{
    /// <summary>Whether CloudFormation makes another template of it first, for example by AWS::LanguageExtensions.</summary>
    public bool HasTransform { get; init; }

    /// <summary>Reads parameters (name → default, null where there is none), outputs, and resources with their references.</summary>
    /// <exception cref="InvalidDataException">Not a CloudFormation template.</exception>
    public static StackShape Parse(string name, string body)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(body));
        if (yaml.Documents.Count != 1 || yaml.Documents[0].RootNode is not YamlMappingNode root)
            throw new InvalidDataException($"{name} is not a CloudFormation template.");
        var parameters = Section(root, "Parameters").ToDictionary(
            pair => pair.Name, pair => Child(pair.Node, "Default") is YamlScalarNode value ? value.Value : null, StringComparer.Ordinal);
        var outputs = Section(root, "Outputs").Select(pair => pair.Name).ToHashSet(StringComparer.Ordinal);
        var resources = Section(root, "Resources").ToList();
        var names = resources.Select(pair => pair.Name).ToHashSet(StringComparer.Ordinal);
        return new StackShape(parameters, outputs, resources.ToDictionary(
            pair => pair.Name,
            pair => new ResourceShape(((YamlScalarNode?)Child(pair.Node, "Type"))?.Value ?? "", References(pair.Node, names).Where(other => other != pair.Name).ToHashSet(StringComparer.Ordinal)) { Properties = Values(pair.Node) },
            StringComparer.Ordinal))
        {
            HasTransform = Child(root, "Transform") is not null,
        };
    }

    /// <summary>The longest chain of creations, plus CloudFormation's own overhead. Conditions are taken as true.</summary>
    public DurationRange CreateDuration(Durations durations)
    {
        var done = new Dictionary<string, DurationRange>(StringComparer.Ordinal);
        return Resources.Keys.Select(Longest).Aggregate(DurationRange.Of(0), DurationRange.Max) + DurationRange.Of(durations.StackOverhead);

        DurationRange Longest(string resource)
        {
            if (done.TryGetValue(resource, out var known))
                return known;
            done[resource] = DurationRange.Of(0);
            var before = Resources[resource].References.Select(Longest).Aggregate(DurationRange.Of(0), DurationRange.Max);
            return done[resource] = before + durations.CreateOf(Resources[resource].Type, Resources[resource].Properties);
        }
    }

    private static IEnumerable<(string Name, YamlNode Node)> Section(YamlMappingNode root, string name) =>
        Child(root, name) is YamlMappingNode section
            ? section.Children.Select(pair => (((YamlScalarNode)pair.Key).Value ?? "", pair.Value))
            : [];

    private static YamlNode? Child(YamlNode node, string key) =>
        node is YamlMappingNode mapping && mapping.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

    private static Dictionary<string, string> Values(YamlNode resource) =>
        Values("", Child(resource, "Properties")).ToDictionary(pair => pair.Path, pair => pair.Value, StringComparer.Ordinal);

    // A tagged node is a function or its argument, not a value.
    private static IEnumerable<(string Path, string Value)> Values(string path, YamlNode? node) => node switch
    {
        YamlScalarNode { Tag.IsEmpty: true } scalar when path.Length > 0 => [(path, scalar.Value ?? "")],
        YamlMappingNode { Tag.IsEmpty: true } mapping => mapping.Children.SelectMany(pair => Values($"{path}{(path.Length > 0 ? "." : "")}{((YamlScalarNode)pair.Key).Value}", pair.Value)),
        _ => [],
    };

    private static IEnumerable<string> References(YamlNode node, HashSet<string> names) => node switch
    {
        YamlScalarNode { Value: { } text } => Mentioned(text, names),
        YamlSequenceNode sequence => sequence.Children.SelectMany(child => References(child, names)),
        YamlMappingNode mapping => mapping.Children.SelectMany(pair => References(pair.Value, names)),
        _ => [],
    };

    // A logical id named in a Ref, GetAtt ("Id.Attribute"), Sub ("${Id}") or DependsOn; every such text counts, which is enough for a duration.
    private static IEnumerable<string> Mentioned(string text, HashSet<string> names)
    {
        foreach (var word in text.Split([' ', '$', '{', '}', '.', ',', '/', ':'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (names.Contains(word))
                yield return word;
        }
    }
}

public sealed record ResourceShape(string Type, IReadOnlySet<string> References)
{
    /// <summary>Properties that are plain values; a dot leads into a property, for example <c>ComputeConfig.Enabled</c>.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
