using YamlDotNet.RepresentationModel;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>How long activities take, in simulated time, from Templates/catalog/durations.yaml, with seeded jitter.</summary>
internal sealed class ActivityDurations
{
    public const string PodStart = "podStart";
    public const string NodeJoin = "nodeJoin";
    public const string IngressReconcile = "ingressReconcile";
    public const string LoadBalancer = "loadBalancer";

    private readonly Dictionary<string, Span> _activities;
    private readonly Seeded _random;

    private ActivityDurations(Dictionary<string, Span> activities, Seeded random) => (_activities, _random) = (activities, random);

    public static ActivityDurations Read(string file, Seeded random)
    {
        // What the file leaves out takes these.
        var activities = new Dictionary<string, Span>(StringComparer.Ordinal)
        {
            [PodStart] = new(5, 20, 60, 5),
            [NodeJoin] = new(30, 45, 90, 30),
            [IngressReconcile] = new(10, 20, 60, 60),
            [LoadBalancer] = new(75, 150, 300, 15),
        };
        if (!File.Exists(file))
            return new ActivityDurations(activities, random);

        using var reader = new StreamReader(file);
        var yaml = new YamlStream();
        yaml.Load(reader);
        if (yaml.Documents is [{ RootNode: YamlMappingNode root }, ..] && Child(root, "activities") is YamlMappingNode listed)
        {
            foreach (var (name, entry) in listed.Children)
            {
                var create = Child(entry, "create");
                activities[name.ToString()] = new Span(Seconds(create, "low"), Seconds(create, "typical"), Seconds(create, "high"), Seconds(entry, "delete"));
            }
        }

        return new ActivityDurations(activities, random);
    }

    /// <summary>A draw from the triangle low, typical, high; the same for the same subject.</summary>
    public TimeSpan Create(string activity, string subject)
    {
        var (low, typical, high, _) = _activities[activity];
        if (high <= low)
            return TimeSpan.FromSeconds(typical);

        var unit = _random.Unit($"{activity}/{subject}");
        var turn = (typical - low) / (high - low);
        var seconds = unit < turn
            ? low + Math.Sqrt(unit * (high - low) * (typical - low))
            : high - Math.Sqrt((1 - unit) * (high - low) * (high - typical));
        return TimeSpan.FromSeconds(seconds);
    }

    public TimeSpan Delete(string activity) => TimeSpan.FromSeconds(_activities[activity].Delete);

    private static YamlNode? Child(YamlNode? node, string name) =>
        node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(name), out var child) ? child : null;

    private static double Seconds(YamlNode? node, string name) =>
        Child(node, name) is YamlScalarNode { Value: { } text } && double.TryParse(text, out var seconds) ? seconds : 0;

    private sealed record Span(double Low, double Typical, double High, double Delete);
}
