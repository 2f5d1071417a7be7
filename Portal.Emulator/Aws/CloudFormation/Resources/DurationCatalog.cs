using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;
using YamlDotNet.RepresentationModel;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>How long things take, in simulated time, from Templates/catalog/durations.yaml with a seeded jitter.</summary>
internal sealed class DurationCatalog
{
    private readonly int _seed;
    private readonly Duration _default;
    private readonly Dictionary<string, Duration> _types;
    private readonly Dictionary<string, Duration> _activities;
    private readonly List<(string Type, string Property, string Value, Duration Duration)> _variants;

    public DurationCatalog(string file, int seed)
    {
        _seed = seed;
        var stream = new YamlStream();
        using (var reader = new StreamReader(file))
            stream.Load(reader);
        var root = (YamlMappingNode)stream.Documents[0].RootNode;
        StackOverhead = TimeSpan.FromSeconds(Seconds(root, "stackOverhead"));
        _default = Duration.Read((YamlMappingNode)root["default"]);
        _types = Section(root, "types");
        _activities = Section(root, "activities");
        _variants = !root.Children.TryGetValue("variants", out var variants) ? [] :
            [.. ((YamlSequenceNode)variants).Cast<YamlMappingNode>().Select(node => (Scalar(node, "type"), Scalar(node, "property"), Scalar(node, "value"), Duration.Read(node)))];
    }

    /// <summary>What CloudFormation itself adds to a stack, whatever is in it.</summary>
    public TimeSpan StackOverhead { get; }

    public TimeSpan ToCreate(string type, JsonObject properties, string subject) => Jitter(Of(type, properties), $"{type}|{subject}|create");

    /// <summary>An update in place is given half the time of a creation: no source, [D].</summary>
    public TimeSpan ToUpdate(string type, JsonObject properties, string subject) => Jitter(Of(type, properties), $"{type}|{subject}|update") / 2;

    public TimeSpan ToDelete(string type, JsonObject properties) => TimeSpan.FromSeconds(Of(type, properties).Delete);

    /// <summary>An activity outside CloudFormation, for example <c>loadBalancer</c>.</summary>
    public TimeSpan Activity(string name, string subject) => Jitter(_activities.GetValueOrDefault(name, _default), $"{name}|{subject}");

    /// <summary>How long the end of such an activity takes; nothing where the catalogue does not name it.</summary>
    public TimeSpan ActivityEnd(string name) => _activities.TryGetValue(name, out var activity) ? TimeSpan.FromSeconds(activity.Delete) : TimeSpan.Zero;

    private Duration Of(string type, JsonObject properties)
    {
        foreach (var variant in _variants)
        {
            // A dot leads into a property: ComputeConfig.Enabled.
            if (variant.Type == type && variant.Property.Split('.').Aggregate((JsonNode?)properties, (node, name) => (node as JsonObject)?[name]).ToText() == variant.Value)
                return variant.Duration;
        }

        return _types.GetValueOrDefault(type, _default);
    }

    /// <summary>Typical give or take a tenth, within low and high; the same for the same seed and subject.</summary>
    private TimeSpan Jitter(Duration duration, string subject)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"{_seed}|{subject}"));
        var part = BitConverter.ToUInt32(bytes) / (double)uint.MaxValue * 0.2 - 0.1;
        return TimeSpan.FromSeconds(Math.Clamp(duration.Typical * (1 + part), duration.Low, duration.High));
    }

    private static Dictionary<string, Duration> Section(YamlMappingNode root, string name) => root.Children.TryGetValue(name, out var section) && section is YamlMappingNode types
        ? types.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => Duration.Read((YamlMappingNode)pair.Value))
        : [];

    private static double Seconds(YamlMappingNode node, string key) => double.Parse(Scalar(node, key), CultureInfo.InvariantCulture);

    private static string Scalar(YamlMappingNode node, string key) => ((YamlScalarNode)node[key]).Value ?? "";

    private sealed record Duration(double Low, double Typical, double High, double Delete)
    {
        public static Duration Read(YamlMappingNode node)
        {
            var create = (YamlMappingNode)node["create"];
            return new Duration(Seconds(create, "low"), Seconds(create, "typical"), Seconds(create, "high"), Seconds(node, "delete"));
        }
    }
}
