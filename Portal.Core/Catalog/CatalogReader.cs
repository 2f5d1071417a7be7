using Portal.Core.Provisioning;

namespace Portal.Core.Catalog;

/// <summary>
/// Reads Templates/catalog against a schema and names every fault with file, line and column, so that the process does not start
/// on a wrong catalogue and one look at the message is enough to put it right.
/// </summary>
public static class CatalogReader
{
    private const string ServicesFile = "services.yaml";
    private const string StoresFile = "data-stores.yaml";
    private const string SizesFile = "clusters.yaml";
    private const string PricesFile = "prices.yaml";
    private const string RequestsFile = "requests.yaml";
    private const string DurationsFile = "durations.yaml";
    private const string LabelsFile = "labels.yaml";
    private const string PathPattern = "^/[A-Za-z0-9._~/-]*$";
    private const decimal Day = 86_400;

    /// <exception cref="InvalidDataException">A file is missing or wrong; the message lists every fault.</exception>
    public static ServiceCatalog Read(string folder)
    {
        var faults = new CatalogFaults();
        var kubernetes = CatalogNode.Read(folder, KubernetesVersions.File, faults, KubernetesVersions.Read, (Default: "", List: []));
        var sizes = CatalogNode.Read(folder, SizesFile, faults, file => (Sizes: file.List("sizes", Size), Overhead: file.Mapping("overhead", Overhead, new NodeOverhead())), (Sizes: [], Overhead: new NodeOverhead()));
        var catalog = new ServiceCatalog
        {
            Services = CatalogNode.Read(folder, ServicesFile, faults, file => file.List("services", Service), []),
            DataStores = CatalogNode.Read(folder, StoresFile, faults, file => file.List("stores", store => Store(store, folder)), []),
            DatabaseUsers = CatalogNode.Read(folder, DatabaseUsers.File, faults, file => DatabaseUsers.Read(file, folder), []),
            ClusterSizes = sizes.Sizes,
            Overhead = sizes.Overhead,
            KubernetesVersions = kubernetes.List,
            DefaultKubernetesVersion = kubernetes.Default,
            Regions = CatalogNode.Read(folder, Regions.File, faults, Regions.Read, []),
            Classes = CatalogNode.Read(folder, EnvironmentClasses.File, faults, EnvironmentClasses.Read, []),
            Patience = CatalogNode.Read(folder, PatienceFile.File, faults, PatienceFile.Read, []),
            ReadsPerSecond = CatalogNode.Read(folder, RequestsFile, faults, file => file.Mapping("cloudformation", node => (double)(node.Number("readsPerSecond", 0.01m, 10_000) ?? 1), 1), 1),
            Durations = CatalogNode.Read(folder, DurationsFile, faults, Durations, new Durations()),
            Prices = CatalogNode.Read(folder, PricesFile, faults, Prices, new PriceList()),
            Labels = CatalogNode.Read(folder, LabelsFile, faults, file => file.Texts("types"), []),
        };
        faults.ThrowIfAny();
        return catalog;
    }

    private static ServiceTemplate Service(CatalogNode node) => new()
    {
        Id = node.Id(),
        Title = node.Text("title"),
        Description = node.Text("description"),
        Name = node.Text("name", "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$", "product-service", empty: true),
        Image = node.Text("image", @"^\S+$", "ghcr.io/shop/products:1.8", empty: true),
        Port = node.Integer("port", 1, 65_535),
        Path = node.Text("path", PathPattern, "/products", empty: true),
        Replicas = node.Integer("replicas", 1, 100),
        DataStore = node.Reference("dataStore", StoresFile, required: false),
        HealthPath = node.Text("healthPath", PathPattern, "/health"),
    };

    private static DataStore Store(CatalogNode node, string folder)
    {
        var store = new DataStore
        {
            Id = node.Id(),
            Title = node.Text("title"),
            Description = node.Text("description"),
            Template = node.Text("template"),
            Name = node.Text("name", StepNames.StorePattern, "cache"),
            Users = node.Reference("users", DatabaseUsers.File, required: false),
            SignIn = node.Has("signIn") && node.Flag("signIn"),
            Reads = node.List("reads", right => new ReadRight
            {
                Actions = right.TextList("actions", "^[a-z0-9-]+:[A-Za-z]+$", "s3:GetObject"),
                Resources = right.TextList("resources", @"^(arn:|\$\{)[^\s""']+$", "arn:${AWS::Partition}:s3:::${BucketName}"),
            }, required: false),
            Endpoint = node.Text("endpoint", "^[a-z][a-z0-9.-]*$", "sqs", required: false),
            Beside = node.Text("beside", "^(gateway-endpoint|nat)$", "nat", required: false),
            Leaves = node.Text("leaves", required: false),
            Like = node.TextList("like", "^[a-z0-9-]+$", "postgres", required: false),
            Settings = node.Texts("settings"),
            Secrets = node.Has("secrets") ? node.Texts("secrets") : [],
            Parameters = node.Texts("parameters"),
            Options = node.List("options", Option),
            PriceItems = node.List("priceItems", item => new PricedItem
            {
                Item = item.Reference("item", PricesFile),
                Quantity = item.Number("quantity", 0, 1_000_000, required: false) ?? 0,
                QuantityOf = item.Text("quantityOf", required: false),
                PerInstance = item.Has("perInstance") && item.Flag("perInstance"),
                Instances = item.Has("instances") ? item.Integer("instances", 2, 10) : 2,
                Rests = item.Has("rests") && item.Flag("rests"),
            }),
            Rest = node.Has("rest") ? node.Mapping("rest", ReadRest, new Rest()) : null,
        };
        Template(store, node, folder);
        foreach (var variable in store.Settings.Keys.Where(variable => !System.Text.RegularExpressions.Regex.IsMatch(variable, "^[A-Z][A-Z0-9_]*$")))
            node.Fault("settings", $"has '{variable}', which is no name for an environment variable; it has to look like DATABASE_HOST.");
        foreach (var (name, place) in store.Secrets.Where(secret => store.Settings.ContainsKey(secret.Key) || !System.Text.RegularExpressions.Regex.IsMatch(secret.Value, "^[A-Za-z0-9]+#[A-Za-z0-9_-]+$")))
            node.Fault("secrets", $"has '{name}: {place}'; it has to look like DATABASE_PASSWORD: SecretArn#password, under a name that settings do not have.");
        foreach (var item in store.PriceItems.Where(item => item.QuantityOf.Length > 0 && !store.Options.Exists(option => option.Parameter == item.QuantityOf && option.Choices.Count == 0)))
            node.Fault("priceItems", $"has a quantity of '{item.QuantityOf}', which is not one of the options that are numbers.");
        foreach (var option in store.Options.Where(option => option.Parameter.Length > 0))
        {
            if (!store.Parameters.TryGetValue(option.Parameter, out var value))
                node.Fault("options", $"is about '{option.Parameter}', which is not one of its parameters.");
            else if (option.Refuse(value, store.Parameters) is { } problem)
                node.Fault("parameters", $"gives {option.Parameter} a default that its options do not allow: {problem}");
        }

        return store;
    }

    // Whatever the entry names has to be in the template: a plan would find out only when somebody asks for the store.
    private static void Template(DataStore store, CatalogNode node, string folder)
    {
        // The folder beside this one; absent where the catalogue is read by itself.
        var templates = Path.Combine(folder, "..", "cloudformation");
        if (store.Template.Length == 0 || !Directory.Exists(templates))
            return;
        if (!File.Exists(Path.Combine(templates, store.Template)))
        {
            node.Fault("template", $"names '{store.Template}', which Templates/cloudformation does not have.");
            return;
        }

        var shape = StackShape.Parse(store.Template, File.ReadAllText(Path.Combine(templates, store.Template)));
        foreach (var (variable, output) in store.Settings.Where(setting => !IsThere(setting.Value)))
            node.Fault("settings", $"fills {variable} with {output}, which is no output of {store.Template}.");
        foreach (var (name, place) in store.Secrets.Where(secret => !IsThere(secret.Value.Split('#')[0])))
            node.Fault("secrets", $"fills {name} from {place.Split('#')[0]}, which is no output of {store.Template}.");
        foreach (var parameter in store.Parameters.Keys.Where(parameter => !shape.Parameters.ContainsKey(parameter)))
            node.Fault("parameters", $"has {parameter}, which is no parameter of {store.Template}.");
        if (store.SignIn && !shape.Outputs.Contains("UserPoolArn"))
            node.Fault("signIn", $"takes an output UserPoolArn, which {store.Template} does not have.");
        foreach (var output in store.Reads.SelectMany(right => right.Outputs).Where(output => !shape.Outputs.Contains(output)))
            node.Fault("reads", $"is about {output}, which is no output of {store.Template}.");
        foreach (var output in s_ofDatabases.Where(output => store.Users.Length > 0 && !shape.Outputs.Contains(output)))
            node.Fault("users", $"takes an output {output}, which {store.Template} does not have.");
        if (store.Users.Length > 0 && !shape.Outputs.Contains(StoreOutputs.DatabasePort) && !shape.Outputs.Contains(StoreOutputs.AdminPort))
            node.Fault("users", $"takes an output {StoreOutputs.DatabasePort} or {StoreOutputs.AdminPort}, which {store.Template} does not have.");
        if (shape.Outputs.Contains(StoreOutputs.SecurityGroup) != shape.Outputs.Contains(StoreOutputs.Port))
            node.Fault("template", $"has one of {StoreOutputs.SecurityGroup} and {StoreOutputs.Port}, which go together.");
        if (shape.Outputs.Contains(StoreOutputs.SecurityGroup) == store.Beside.Length > 0)
            node.Fault("beside", $"says how a service of the region is reached; what {store.Template} makes {(store.Beside.Length > 0 ? "stands in the VPC's subnets" : "does not stand in the VPC's subnets")}.");

        bool IsThere(string output) => output == StoreOutputs.UserSecret ? store.Users.Length > 0 : shape.Outputs.Contains(output);
    }

    private static readonly string[] s_ofDatabases =
        [StoreOutputs.MasterPolicy, StoreOutputs.MasterSecret, StoreOutputs.Host, StoreOutputs.SecurityGroup, StoreOutputs.Port];

    private static Rest ReadRest(CatalogNode node)
    {
        var rest = new Rest
        {
            Parameters = node.Has("parameters") ? node.Texts("parameters") : [],
            Instance = node.Text("instance", "^[A-Z][A-Za-z0-9]*$", "DatabaseInstance", required: false) is { Length: > 0 } output ? output : null,
        };
        if (rest.Instance is null == (rest.Parameters.Count == 0))
            node.Fault("parameters", "or instance has to say how the store rests, and not both.");
        return rest;
    }

    private static StoreOption Option(CatalogNode node)
    {
        var option = new StoreOption
        {
            Parameter = node.Text("parameter", "^[A-Z][A-Za-z0-9]*$", "MinCapacity"),
            Title = node.Text("title"),
            Unit = node.Text("unit", required: false),
            Min = node.Number("min", 0, 1_000_000, required: false),
            Max = node.Number("max", 0, 1_000_000, required: false),
            Step = node.Number("step", 0.001m, 1_000_000, required: false),
            AtLeast = node.Text("atLeast", required: false),
            Choices = node.List("choices", choice => new StoreChoice(choice.Text("value"), choice.Text("title"), choice.Reference("priceItem", PricesFile)), required: false),
        };
        if (option.Choices.Count == 0 && (option.Min is null || option.Max is null))
            node.Fault("parameter", "needs either min and max, or choices.");
        if (option.Choices.Count > 0 && (option.Min is not null || option.Max is not null))
            node.Fault("choices", "and min or max exclude each other.");
        if (option.Min > option.Max)
            node.Fault("max", "is less than min.");
        return option;
    }

    private static NodeOverhead Overhead(CatalogNode node) => new()
    {
        NodeCpu = node.Integer("nodeCpu", 0, 8_000),
        NodeMemory = node.Integer("nodeMemory", 0, 65_536),
        NodePods = node.Integer("nodePods", 0, 100),
        MemoryPerPod = node.Integer("memoryPerPod", 0, 1_000),
        ClusterCpu = node.Integer("clusterCpu", 0, 64_000),
        ClusterMemory = node.Integer("clusterMemory", 0, 65_536),
        ClusterPods = node.Integer("clusterPods", 0, 1_000),
        SecretsCpu = node.Integer("secretsCpu", 0, 8_000),
        SecretsMemory = node.Integer("secretsMemory", 0, 65_536),
        SecretsPods = node.Integer("secretsPods", 0, 100),
    };

    private static ClusterSize Size(CatalogNode node)
    {
        var size = new ClusterSize
        {
            Id = node.Id(),
            Title = node.Text("title"),
            InstanceType = node.Text("instanceType", @"^[a-z0-9-]+\.[a-z0-9-]+$", "t3.large"),
            Min = node.Integer("min", 1, 450),
            Desired = node.Integer("desired", 1, 450),
            Max = node.Integer("max", 1, 450),
            PriceItem = node.Reference("priceItem", PricesFile),
            Cpu = node.Integer("cpu", 100, 512_000),
            Memory = node.Integer("memory", 512, 8_388_608),
            Pods = node.Integer("pods", 4, 1_000),
        };
        if (size.Desired < size.Min || size.Desired > size.Max)
            node.Fault("desired", $"is {size.Desired}, which is not between min, {size.Min}, and max, {size.Max}.");
        return size;
    }

    private static PriceList Prices(CatalogNode file) => new()
    {
        Region = file.Text("region", "^[a-z]{2}(-[a-z]+)+-[0-9]$", "us-east-1"),
        Currency = file.Text("currency", "^[A-Z]{3}$", "USD"),
        HoursPerMonth = file.Integer("hoursPerMonth", 1, 744),
        Items = file.Map("items", (node, name) =>
        {
            node.Declare(name);
            var price = new Price
            {
                Title = node.Text("title"),
                Monthly = node.Number("monthly", 0, 1_000_000, required: false),
                PerUnit = node.Number("perUnit", 0, 1_000_000, required: false),
                PercentOfNodes = node.Number("percentOfNodes", 0, 1_000, required: false),
                Unit = node.Text("unit", required: node.Has("perUnit")),
                SourceKnown = node.Flag("sourceKnown"),
                Source = node.Text("source"),
                Date = node.Text("date", "^20[0-9]{2}(-[0-9]{2}){0,2}$", "2026-06"),
            };
            if (new[] { price.Monthly, price.PerUnit, price.PercentOfNodes }.Count(amount => amount is not null) != 1)
                node.Fault("title", "has to have one of monthly, perUnit and percentOfNodes.");
            return price;
        }),
    };

    private static Durations Durations(CatalogNode file) => new()
    {
        Date = file.Text("date", "^20[0-9]{2}(-[0-9]{2}){0,2}$", "2026-06"),
        StackOverhead = file.Integer("stackOverhead", 0, (int)Day),
        Default = file.Mapping("default", Duration, new DurationEntry()),
        Types = file.Map("types", (node, type) =>
        {
            node.Declare(type);
            return Duration(node);
        }),
        Variants = file.List("variants", node => new DurationVariant(node.Reference("type", DurationsFile), node.Text("property"), node.Text("value"), Duration(node))),
        Activities = file.Map("activities", (node, _) => Duration(node)),
    };

    private static DurationEntry Duration(CatalogNode node) => new()
    {
        Create = node.Mapping("create", Range, new DurationRange()),
        Delete = node.Integer("delete", 0, (int)Day),
        Source = node.Text("source"),
    };

    private static DurationRange Range(CatalogNode node)
    {
        var (low, typical, high) = (node.Number("low", 0, Day) ?? 0, node.Number("typical", 0, Day) ?? 0, node.Number("high", 0, Day) ?? 0);
        if (low > typical || typical > high)
            node.Fault("typical", "has to be between low and high.");
        return new DurationRange { Low = (double)low, Typical = (double)typical, High = (double)high };
    }
}
