using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Core.Specifications;

namespace Portal.Core.Catalog;

/// <summary>What can be asked for, what it costs and how long it takes: the files of Templates/catalog, read once at start.</summary>
public sealed record ServiceCatalog
{
    public required IReadOnlyList<ServiceTemplate> Services { get; init; }

    public required IReadOnlyList<DataStore> DataStores { get; init; }

    /// <summary>How services get users of their own in databases.</summary>
    public IReadOnlyList<DatabaseUsers> DatabaseUsers { get; init; } = [];

    public required IReadOnlyList<ClusterSize> ClusterSizes { get; init; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<KubernetesVersion> KubernetesVersions { get; init; } = [];

    public string DefaultKubernetesVersion { get; init; } = "";

    /// <summary>Those in which everything exists that an environment needs.</summary>
    public IReadOnlyList<Region> Regions { get; init; } = [];

    public IReadOnlyList<ClassDefaults> Classes { get; init; } = [];

    /// <summary>What of the nodes is not the services'.</summary>
    public NodeOverhead Overhead { get; init; } = new();

    /// <summary>How many calls that only read CloudFormation a worker makes in a second, in one account and region: requests.yaml.</summary>
    public double ReadsPerSecond { get; init; }

    /// <summary>By the kind of step, in lower case.</summary>
    public IReadOnlyDictionary<string, Patience> Patience { get; init; } = new Dictionary<string, Patience>(StringComparer.Ordinal);

    public required Durations Durations { get; init; }

    public required PriceList Prices { get; init; }

    /// <summary>Type of a resource or cluster object → what people call it.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>A type without a label is its last part, split at its capitals: <c>AWS::EC2::RouteTable</c> is a "Route table".</summary>
    public string LabelOf(string type)
    {
        if (Labels.TryGetValue(type, out var label))
            return label;
        var last = type[(type.LastIndexOf(':') + 1)..];
        return string.Concat(last.Select((letter, index) =>
            index > 0 && char.IsUpper(letter) && char.IsLower(last[index - 1]) ? $" {char.ToLowerInvariant(letter)}" : letter.ToString()));
    }

    public DataStore? FindStore(string id) => DataStores.FirstOrDefault(store => store.Id == id);

    /// <summary>How services get users of their own in a store of that kind; null where they have none.</summary>
    public DatabaseUsers? FindUsers(string store) => FindStore(store) is { Users.Length: > 0 } kind ? DatabaseUsers.FirstOrDefault(one => one.Id == kind.Users) : null;

    /// <summary>Whether a service can be let read such a store and no more.</summary>
    public bool CanBeRead(DataStore store) => store.Reads.Count > 0 || FindUsers(store.Id) is { CanRead: true };

    /// <summary>AWS services that the stores of the specification want an interface endpoint for.</summary>
    public IReadOnlyList<string> EndpointsOf(Specification specification) => !specification.Network.InterfaceEndpoints ? []
        : [.. specification.Services.SelectMany(service => service.Stores).Select(store => FindStore(store.Type)?.Endpoint).OfType<string>().Where(name => name.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public ClassDefaults? FindClass(string id) => Classes.FirstOrDefault(one => one.Id == id);

    /// <exception cref="InvalidDataException">classes.yaml does not have it.</exception>
    public ClassDefaults ClassOf(EnvironmentClass name) =>
        FindClass(name.ToString().ToLowerInvariant()) ?? throw new InvalidDataException($"The catalogue has no class '{name}'.");

    public KubernetesVersion? FindKubernetes(string version) => KubernetesVersions.FirstOrDefault(one => one.Version == version);

    public Region? FindRegion(string id) => Regions.FirstOrDefault(region => region.Id == id);

    public ClusterSize? FindSize(string id) => ClusterSizes.FirstOrDefault(size => size.Id == id);
}

/// <summary>A service as the request page offers it; everything in it can be changed there.</summary>
public sealed record ServiceTemplate
{
    public string Id { get; init; } = "";
    public string Title { get; init; } = "";
    public string Description { get; init; } = "";
    public string Name { get; init; } = "";
    public string Image { get; init; } = "";
    public int Port { get; init; } = 8080;
    public string Path { get; init; } = "";
    public int Replicas { get; init; } = 2;

    /// <summary>Id of a data store; empty for a service that keeps nothing.</summary>
    public string DataStore { get; init; } = "";

    public string HealthPath { get; init; } = "/";
}

public sealed record DataStore
{
    public string Id { get; init; } = "";
    public string Title { get; init; } = "";
    public string Description { get; init; } = "";

    /// <summary>File in Templates/cloudformation.</summary>
    public string Template { get; init; } = "";

    /// <summary>What a service's second store of this kind and the like is called until somebody says otherwise: letters and digits.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it is a user pool, whose tokens the gateway's sign-in asks for; its stack has the output UserPoolArn.</summary>
    public bool SignIn { get; init; }

    /// <summary>Entry of <see cref="ServiceCatalog.DatabaseUsers"/>: each service that uses it has a user of its own there; empty where nobody has.</summary>
    public string Users { get; init; } = "";

    /// <summary>What a service may do that is let read it and no more; none where there is no such right.</summary>
    public List<ReadRight> Reads { get; init; } = [];

    /// <summary>AWS service that gets an interface endpoint in networks that have them, for example sqs; empty for none.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>For a service of the region, which stands beside the VPC: how the pods reach it without an interface endpoint; empty for what stands in its subnets.</summary>
    public string Beside { get; init; } = "";

    /// <summary>What its removal leaves behind on purpose, as a sentence for people; empty where the class's snapshots are all there may be.</summary>
    public string Leaves { get; init; } = "";

    /// <summary>What it is called elsewhere, as an image or as a kind of resource, for example postgres: what a file that runs such a thing becomes.</summary>
    public IReadOnlyList<string> Like { get; init; } = [];

    /// <summary>Environment variable of the pod → output of the store's stack.</summary>
    public Dictionary<string, string> Settings { get; init; } = [];

    /// <summary>What variables may refer to and only the pods may read → output that is a secret's ARN, and the key of its JSON: <c>SecretArn#password</c>.</summary>
    public Dictionary<string, string> Secrets { get; init; } = [];

    /// <summary>Values for parameters of the store's template.</summary>
    public Dictionary<string, string> Parameters { get; init; } = [];

    /// <summary>What can be chosen about it, each with its limits.</summary>
    public List<StoreOption> Options { get; init; } = [];

    public List<PricedItem> PriceItems { get; init; } = [];

    /// <summary>How it rests; null for one that costs nothing while it is not used.</summary>
    public Rest? Rest { get; init; }

    /// <summary>Values for the template's parameters: the store's own, and a request's in place of them.</summary>
    public Dictionary<string, string> ParametersWith(IReadOnlyDictionary<string, string> options)
    {
        var values = new Dictionary<string, string>(Parameters, StringComparer.Ordinal);
        foreach (var (parameter, value) in options)
            values[parameter] = value;
        return values;
    }

    /// <summary>What one instance costs with what a request chose: its choice's price, and as many as it asks for.</summary>
    public IEnumerable<PricedItem> PricesWith(IReadOnlyDictionary<string, string> options)
    {
        var values = ParametersWith(options);
        return PriceItems.Select(item => item with { Item = Chosen(item.Item, values), Quantity = Quantity(item, values) });
    }

    private string Chosen(string item, Dictionary<string, string> values)
    {
        var option = Options.Find(option => option.Choices.Exists(choice => choice.PriceItem == item));
        return option?.Choices.Find(choice => choice.Value == values[option.Parameter])?.PriceItem ?? item;
    }

    // A value that is no number is refused by the validator; an estimate made meanwhile leaves it out.
    private static decimal Quantity(PricedItem item, Dictionary<string, string> values) =>
        item.QuantityOf.Length == 0 ? item.Quantity
        : decimal.TryParse(values[item.QuantityOf], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var quantity) ? quantity : 0;
}

/// <summary>A right to read: actions of IAM on ARNs, in which <c>${TableName}</c> is that output of the store's stack.</summary>
public sealed record ReadRight
{
    public List<string> Actions { get; init; } = [];
    public List<string> Resources { get; init; } = [];

    /// <summary>The outputs that <see cref="Resources"/> name; <c>${AWS::Region}</c> and the like are none.</summary>
    public IEnumerable<string> Outputs => Resources.SelectMany(resource => Reference.Matches(resource).Select(match => match.Groups["output"].Value)).Distinct(StringComparer.Ordinal);

    /// <summary>The resources with other names in place of the outputs'.</summary>
    public IEnumerable<string> ResourcesWith(Func<string, string> nameOf) => Resources.Select(resource => Reference.Replace(resource, match => $"${{{nameOf(match.Groups["output"].Value)}}}"));

    private static Regex Reference { get; } = new(@"\$\{(?<output>[A-Za-z0-9]+)\}", RegexOptions.NonBacktracking);
}

/// <summary>How what a stack made rests.</summary>
public sealed record Rest
{
    /// <summary>Of the stack while it does; empty where another call has it rest.</summary>
    public Dictionary<string, string> Parameters { get; init; } = [];

    /// <summary>Output of the stack that names the RDS instance to stop; null for none.</summary>
    public string? Instance { get; init; }
}

public sealed record PricedItem
{
    public string Item { get; init; } = "";

    /// <summary>How many are paid for; 0 where only use is.</summary>
    public decimal Quantity { get; init; }

    /// <summary>Parameter of the store that says how many, in place of <see cref="Quantity"/>; empty for none.</summary>
    public string QuantityOf { get; init; } = "";

    /// <summary>Whether a standby or second instance costs it once more.</summary>
    public bool PerInstance { get; init; }

    /// <summary>How many there are where there is more than one.</summary>
    public int Instances { get; init; } = 2;

    /// <summary>Whether it costs nothing while the store rests.</summary>
    public bool Rests { get; init; }
}

public sealed record ClusterSize
{
    public string Id { get; init; } = "";
    public string Title { get; init; } = "";
    public string InstanceType { get; init; } = "";
    public int Min { get; init; }
    public int Desired { get; init; }
    public int Max { get; init; }
    public string PriceItem { get; init; } = "";

    /// <summary>Of a node, thousandths.</summary>
    public int Cpu { get; init; }

    /// <summary>Of a node, MiB.</summary>
    public int Memory { get; init; }

    /// <summary>As many as a node has addresses for.</summary>
    public int Pods { get; init; }
}

/// <summary>What the node itself and the cluster's own pods take; clusters.yaml says where each figure comes from.</summary>
public sealed record NodeOverhead
{
    /// <summary>On each node: thousandths of a CPU, MiB and pods.</summary>
    public int NodeCpu { get; init; }
    public int NodeMemory { get; init; }
    public int NodePods { get; init; }

    /// <summary>MiB that the kubelet keeps for each pod that a node could have.</summary>
    public int MemoryPerPod { get; init; }

    /// <summary>In the whole cluster.</summary>
    public int ClusterCpu { get; init; }
    public int ClusterMemory { get; init; }
    public int ClusterPods { get; init; }

    /// <summary>On each node, where services read secrets.</summary>
    public int SecretsCpu { get; init; }
    public int SecretsMemory { get; init; }
    public int SecretsPods { get; init; }

    /// <summary>With what brings secrets into pods.</summary>
    public NodeOverhead WithSecrets() => this with { NodeCpu = NodeCpu + SecretsCpu, NodeMemory = NodeMemory + SecretsMemory, NodePods = NodePods + SecretsPods };

    /// <summary>Of one node, for services.</summary>
    public (int Cpu, int Memory, int Pods) FreeOn(ClusterSize size) =>
        (size.Cpu - NodeCpu, size.Memory - NodeMemory - (MemoryPerPod * size.Pods), size.Pods - NodePods);
}

/// <summary>Seconds on AWS; the file says where each comes from.</summary>
public sealed record Durations
{
    /// <summary>When the sources were read.</summary>
    public string Date { get; init; } = "";

    public int StackOverhead { get; init; }
    public DurationEntry Default { get; init; } = new();
    public Dictionary<string, DurationEntry> Types { get; init; } = [];
    /// <summary>Where one property decides; goes before <see cref="Types"/>.</summary>
    public List<DurationVariant> Variants { get; init; } = [];

    public Dictionary<string, DurationEntry> Activities { get; init; } = [];

    public DurationRange CreateOf(string resourceType) => (Types.GetValueOrDefault(resourceType) ?? Default).Create;

    /// <param name="properties">Those of the resource that are plain values in the template.</param>
    public DurationRange CreateOf(string resourceType, IReadOnlyDictionary<string, string> properties) =>
        Variants.Find(variant => variant.Type == resourceType && properties.GetValueOrDefault(variant.Property) == variant.Value)?.Entry.Create
        ?? CreateOf(resourceType);

    public DurationRange Activity(string name) => Activities.TryGetValue(name, out var entry)
        ? entry.Create
        : throw new InvalidDataException($"durations.yaml has no activity '{name}'.");
}

public sealed record DurationEntry
{
    public DurationRange Create { get; init; } = new();
    public int Delete { get; init; }
    public string Source { get; init; } = "";
}

/// <summary>How long a type takes when a property of it has that value.</summary>
public sealed record DurationVariant(string Type, string Property, string Value, DurationEntry Entry);

/// <summary>Seconds.</summary>
public sealed record DurationRange
{
    public double Low { get; init; }
    public double Typical { get; init; }
    public double High { get; init; }

    public static DurationRange operator +(DurationRange left, DurationRange right) =>
        new() { Low = left.Low + right.Low, Typical = left.Typical + right.Typical, High = left.High + right.High };

    public static DurationRange Max(DurationRange left, DurationRange right) => new()
    {
        Low = Math.Max(left.Low, right.Low),
        Typical = Math.Max(left.Typical, right.Typical),
        High = Math.Max(left.High, right.High),
    };

    public static DurationRange operator /(DurationRange range, double factor) =>
        new() { Low = range.Low / factor, Typical = range.Typical / factor, High = range.High / factor };

    public static DurationRange Of(double seconds) => new() { Low = seconds, Typical = seconds, High = seconds };
}

public sealed record PriceList
{
    public string Region { get; init; } = "";
    public string Currency { get; init; } = "USD";
    public int HoursPerMonth { get; init; }
    public Dictionary<string, Price> Items { get; init; } = [];
}

public sealed record Price
{
    public string Title { get; init; } = "";

    /// <summary>A month, whether used or not; null where it is billed by use.</summary>
    public decimal? Monthly { get; init; }

    /// <summary>For one <see cref="Unit"/> of use.</summary>
    public decimal? PerUnit { get; init; }

    /// <summary>Per cent on the price of the nodes.</summary>
    public decimal? PercentOfNodes { get; init; }

    public string Unit { get; init; } = "";

    /// <summary>False where the number is widely quoted, but no source was kept.</summary>
    public bool SourceKnown { get; init; }

    public string Source { get; init; } = "";

    /// <summary>When the source was read, for example 2026-06.</summary>
    public string Date { get; init; } = "";
}
