using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;

namespace Portal.Core.Imports;

/// <summary>
/// Tells stores from services, gives each store to one of the services that use it, and finds out who calls whom: by what the file says, and by the addresses in
/// the variables, which become references.
/// </summary>
internal sealed class ServiceLinker
{
    private readonly ServiceCatalog _catalog;
    private readonly List<ImportNote> _notes;
    private readonly Dictionary<ImportedWorkload, DataStore> _stores = [];
    private readonly Dictionary<ImportedWorkload, string> _services = [];
    private readonly Dictionary<string, ImportedWorkload> _hosts = new(StringComparer.Ordinal);

    // SQL Server, Oracle, MySQL, PostgreSQL, Redis, Cassandra, Kafka, Memcached, MongoDB, AMQP, ZooKeeper, NATS: published to look at, on a laptop.
    private static readonly HashSet<int> s_neverHttp = [1433, 1521, 3306, 5432, 6379, 9042, 9092, 11211, 27017, 5672, 5671, 2181, 4222];

    public ServiceLinker(ServiceCatalog catalog, IReadOnlyList<ImportedWorkload> workloads, List<ImportNote> notes)
    {
        (_catalog, _notes) = (catalog, notes);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var workload in workloads)
        {
            workload.Hosts.Add(workload.Name);
            foreach (var host in workload.Hosts)
                _hosts.TryAdd(host, workload);
            if (StoreKinds.Of(workload, catalog) is { } store)
                _stores[workload] = store;
            else if (workload is { IsPublic: true, Path.Length: 0, Ports.Count: > 0 } && workload.Ports.TrueForAll(port => s_neverHttp.Contains(port.Container)))
                Close(workload);
            if (_stores.ContainsKey(workload))
                continue;
            _services[workload] = ImportNames.Label(workload.Called is { Length: > 0 } called ? called : workload.Name, taken);
        }

        // How a database's container is run is of no interest any more.
        _notes.RemoveAll(note => _stores.Keys.Any(store => store.Name == note.Subject));
    }

    private void Close(ImportedWorkload workload)
    {
        workload.IsPublic = false;
        for (var index = 0; index < workload.Ports.Count; index++)
            workload.Ports[index] = workload.Ports[index] with { Protocol = PortProtocol.Tcp };
        Note(workload.Name, "listens where databases and brokers do, and is in no catalogue here. It is taken for a service that others reach, and nobody from outside; its data is gone with its pods.");
    }

    public IReadOnlyList<ServiceSpecification> Link()
    {
        // Names first: who is called has to be known before anybody's variables are read.
        var called = new HashSet<ImportedWorkload>();
        var links = _services.Keys.Select(workload => (Workload: workload, Links: Links(workload))).ToList();
        foreach (var (_, found) in links)
            called.UnionWith(found.Callees);
        foreach (var (store, kind) in _stores)
        {
            // Where no variable says it, the address is in the image; names tell then.
            if (!links.Exists(one => one.Links.Stores.ContainsKey(store)) && links.Find(one => store.Name.StartsWith(one.Workload.Name + "-", StringComparison.Ordinal) || store.Name.StartsWith(one.Workload.Name + "_", StringComparison.Ordinal)) is { Links: { } likely })
                likely.Add(store, kind);
            var users = links.Where(one => one.Links.Stores.ContainsKey(store)).OrderByDescending(one => store.Name.Contains(one.Workload.Name, StringComparison.OrdinalIgnoreCase)).ToList();
            foreach (var (_, guest) in users.Skip(1))
                guest.Share(store, _services[users[0].Workload], users[0].Links.Stores[store]);
            Note(store.Name, users.Count switch
            {
                0 => $"is taken for a store, {kind.Title}, and no service uses it. Left out: add it to the service that needs it.",
                1 => $"becomes a store of {Name(0)}, {kind.Title}. What its image brings along, tables and data, does not come with it.",
                _ => $"becomes a store of {Name(0)}, {kind.Title}; used by {string.Join(", ", Enumerable.Range(1, users.Count - 1).Select(Name))} too. What its image brings along, tables and data, does not come with it.",
            });

            string Name(int user) => _services[users[user].Workload];
        }

        var roots = links.Count(one => one.Workload.IsPublic);
        return WithoutGiven([.. links.Select(one => Service(one.Workload, one.Links, called.Contains(one.Workload), roots == 1))]);
    }

    // What the portal gives by itself need not be said; where the file says something else by that name, the form asks what is meant.
    private IReadOnlyList<ServiceSpecification> WithoutGiven(IReadOnlyList<ServiceSpecification> services)
    {
        var specification = new Specification { Environment = "", Target = "", Services = services };
        return [.. services.Select(service =>
        {
            var given = new ServiceSettings(specification, service, _catalog).Given.ToHashSet(StringComparer.Ordinal);
            return service with { Variables = [.. service.Variables.Where(variable => !(given.Contains(variable.Name) && VariableText.Parse(variable.Value) is [{ IsReference: true }]))] };
        })];
    }

    private ServiceSpecification Service(ImportedWorkload workload, FoundLinks links, bool isCalled, bool isOnlyPublic)
    {
        var name = _services[workload];
        var kind = workload.Kind ?? (workload.Ports.Count > 0 || isCalled || workload.IsPublic ? WorkloadKind.Service : WorkloadKind.Worker);
        if (name == workload.Called && name != workload.Name)
            Note(name, $"is {workload.Name} in the file: it is called as its Service here, because that is how others reach it.");
        else if (name != workload.Name)
            Note(name, $"was called '{workload.Name}', which is no DNS label, or somebody else's.");
        var listens = kind == WorkloadKind.Service;
        if (listens && workload.Ports.Count == 0)
            Note(name, "is called by others, and the file does not say at which port. 8080 was taken: look whether it is.");
        // The one that the load balancer could call comes first.
        var main = workload.Ports.Find(port => workload.IsPublic && port.Protocol is null or PortProtocol.Http) ?? workload.Ports.FirstOrDefault() ?? new ImportedPort(8080, 8080);
        if (kind == WorkloadKind.Worker)
            Note(name, "has no port and nobody calls it: taken for a worker.");
        var usual = new RuntimeSpecification();
        var memory = Math.Max(workload.Memory ?? usual.Memory, FieldLimits.Memory.Low);
        return new ServiceSpecification
        {
            Name = name,
            Kind = kind,
            Schedule = kind == WorkloadKind.ScheduledJob ? workload.Schedule ?? new ScheduleSpecification() : null,
            Image = workload.Image,
            Port = main.Container,
            ServicePort = main.Service == main.Container ? null : main.Service,
            Protocol = workload.IsPublic ? PortProtocol.Http : main.Protocol ?? PortProtocol.Http,
            Ports = listens ? [.. workload.Ports.Where(port => port != main).Select(Other)] : [],
            Readiness = listens && !(workload.Readiness is { Kind: ProbeKind.Grpc, Port: "" } && main.Protocol == PortProtocol.Grpc) ? workload.Readiness : null,
            Liveness = listens || (kind == WorkloadKind.Worker && workload.Liveness is { Kind: ProbeKind.Command }) ? workload.Liveness : null,
            Files = workload.Files,
            Exposure = listens && workload.IsPublic ? Exposure.Public : Exposure.Internal,
            Path = listens && workload.IsPublic ? PathOf(workload, name, isOnlyPublic) : "",
            MorePaths = listens && workload.IsPublic ? [.. workload.MorePaths.Select(Plain).Distinct(StringComparer.Ordinal)] : [],
            Replicas = workload.Replicas is > 0 and var replicas ? replicas : listens ? 2 : 1,
            HealthPath = workload.HealthPath.Length > 0 ? workload.HealthPath : "/",
            Calls = [.. links.Callees.Where(other => other != workload).Select(other => _services[other]).Order(StringComparer.Ordinal)],
            Stores = links.Own,
            SharedStores = links.Shared,
            Variables = links.Variables,
            Runtime = usual with
            {
                Cpu = Math.Max(workload.Cpu ?? usual.Cpu, FieldLimits.Cpu.Low),
                Memory = memory,
                MemoryLimit = Math.Max(workload.MemoryLimit ?? usual.MemoryLimit, memory),
                MaxReplicas = workload.MaxReplicas,
                ScaleAt = workload.ScaleAt ?? usual.ScaleAt,
                Command = workload.Command,
                Arguments = workload.Arguments,
                User = workload.User is > 0 and var user ? user : usual.User,
                WritableFolders = workload.Folders.Count == 0 ? usual.WritableFolders : [.. usual.WritableFolders.Union(workload.Folders)],
                LivenessPath = listens ? workload.LivenessPath : "",
                GraceSeconds = Math.Max(workload.GraceSeconds ?? usual.GraceSeconds, FieldLimits.GraceSeconds.Low),
            },
        };
    }

    // "/shop/*" and "/shop/" are "/shop" and all below it.
    private static string Plain(string path) => path.TrimEnd('*').TrimEnd('/') is { Length: > 0 } plain ? plain : "/";

    private static PortSpecification Other(ImportedPort port) => new()
    {
        Name = port.Name.Length is > 0 and <= 15 ? port.Name : $"port-{port.Container}",
        Port = port.Container,
        ServicePort = port.Service == port.Container ? null : port.Service,
        Protocol = port.Protocol ?? PortProtocol.Tcp,
    };

    private string PathOf(ImportedWorkload workload, string name, bool isOnlyPublic)
    {
        if (workload.Path.Length > 0)
            return Plain(workload.Path);
        if (isOnlyPublic)
            return "/";
        Note(name, "is reached from outside, and the file does not say at which path. Its name was taken.");
        return "/" + name;
    }

    private FoundLinks Links(ImportedWorkload workload)
    {
        var found = new FoundLinks(workload);
        foreach (var other in workload.DependsOn.Select(host => _hosts.GetValueOrDefault(host)).OfType<ImportedWorkload>())
            Reach(found, other);
        foreach (var (resource, type) in workload.Stores)
        {
            if (StoreKinds.Find(type, _catalog) is { } store)
                found.Add(resource, store);
            else
                Note(workload.Name, $"asks for a {type} '{resource}', which is not in the catalogue.");
        }

        foreach (var (name, value) in workload.Variables)
        {
            if (name == "AWS_ACCESS_KEY_ID")
                Note(workload.Name, $"{name} is not taken over: its pods sign in at AWS with a role of their own.");
            else if (SecretText.IsName(name))
                Note(workload.Name, $"{name} looks like a secret, and its value is not taken over. Keep it in Secrets Manager, and refer to it.");
            else if (value.Length > FieldLimits.VariableValue)
                Note(workload.Name, $"{name} has {value.Length} characters; {FieldLimits.VariableValue} at most. Left out.");
            else
                found.Variables.Add(new Variable(name, AddressText.Linked(name, Clear(workload, name, value), _hosts, other => Reach(found, other), other => _services[other], found, text => Note(workload.Name, text))));
        }

        return found;
    }

    private string Clear(ImportedWorkload workload, string name, string value)
    {
        if (SecretText.Without(value) is not { } clear)
            return value;
        Note(workload.Name, $"{name} has a password in it, which is not taken over. Keep the whole text in Secrets Manager, and refer to it.");
        return clear;
    }

    /// <returns>The store that it is, or null for a service.</returns>
    private DataStore? Reach(FoundLinks found, ImportedWorkload other)
    {
        if (_stores.TryGetValue(other, out var store))
            found.Add(other, store);
        else
            found.Callees.Add(other);
        return store;
    }

    private void Note(string subject, string text) => _notes.Add(new(subject, text));
}
