using System.Collections.Concurrent;
using System.Text.Json;
using Portal.Emulator.Contracts;
using Portal.Emulator.Kubernetes.Controllers;
using Portal.Emulator.Kubernetes.Faults;
using Portal.Emulator.Kubernetes.LoadBalancerController;
using Portal.Emulator.Kubernetes.Network;
using Portal.Emulator.Kubernetes.NodePools;
using Portal.Emulator.Kubernetes.NodeScaling;
using Portal.Emulator.Kubernetes.SecretsStore;
using Portal.Emulator.Kubernetes.Security;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes;

/// <summary>All clusters of the emulator. Those that were there before a restart are there again at once.</summary>
internal sealed class KubernetesFleet : IKubernetesFleet, IHostedService, IAsyncDisposable
{
    private const string Collection = "kubernetes-clusters";

    private static readonly TimeSpan _trimEvery = TimeSpan.FromMinutes(1);

    private readonly EmulatorOptions _options;
    private readonly EmulatorClock _clock;
    private readonly IDocumentStore _documents;
    private readonly ILedger _ledger;
    private readonly IServiceProvider _services;
    private readonly ClusterCertificates _certificates;
    private readonly ClusterAddress _address;
    private readonly ILogger<KubernetesFleet> _logger;
    private readonly ConcurrentDictionary<string, Cluster> _clusters = new(StringComparer.Ordinal);
    private readonly ActivityDurations _durations;
    private readonly Lock _gate = new();
    private ITimer? _trim;
    private bool _isRunning;

    public KubernetesFleet(
        EmulatorOptions options, EmulatorClock clock, IDocumentStore documents, ILedger ledger, IServiceProvider services,
        ClusterCertificates certificates, ClusterAddress address, ILogger<KubernetesFleet> logger)
    {
        (_options, _clock, _documents, _ledger, _services) = (options, clock, documents, ledger, services);
        (_certificates, _address, _logger) = (certificates, address, logger);
        _durations = ActivityDurations.Read(options.DurationsFile, new Seeded(options.Seed));
        foreach (var (_, json) in documents.All(Collection))
            Open(JsonSerializer.Deserialize<ClusterIdentity>(json)!);
    }

    public IReadOnlyCollection<Cluster> All => [.. _clusters.Values.OrderBy(cluster => cluster.Identity.Name, StringComparer.Ordinal)];

    public Cluster? FindById(string id) => _clusters.Values.FirstOrDefault(cluster => cluster.Id == id);

    public ClusterApi CreateCluster(ClusterIdentity cluster, AutoMode? autoMode = null)
    {
        lock (_gate)
        {
            if (_clusters.TryGetValue(cluster.Name, out var present))
            {
                Prepare(present.Store, autoMode);
                present.Switch(autoMode);
            }
            else
            {
                // The mode first: a cluster that opens without it would start pods that Auto Mode does not have.
                new AutoModeSettings(_documents, IdOf(cluster)).Set(autoMode);
                _documents.Put(Collection, cluster.Name, JsonSerializer.Serialize(cluster));
                Open(cluster);
            }

            return new ClusterApi(_address.Endpoint(IdOf(cluster)), _certificates.CertificateAuthority);
        }
    }

    public void DeleteCluster(string clusterName)
    {
        lock (_gate)
        {
            if (!_clusters.TryRemove(clusterName, out var cluster))
                return;

            // From here on the store refuses every write, so the loop may end by itself in its own time.
            _documents.Delete(Collection, clusterName);
            cluster.Forget();
            _ = cluster.StopAsync();
        }
    }

    public void SetNodeGroup(NodeGroup nodeGroup)
    {
        if (!_clusters.TryGetValue(nodeGroup.ClusterName, out var cluster))
            return;

        cluster.NodeGroups.Tell(nodeGroup);
        cluster.LookAtNodeGroup(nodeGroup.Name);
    }

    public int? NodesOf(string clusterName, string nodeGroup) =>
        _clusters.TryGetValue(clusterName, out var cluster) ? cluster.NodeGroups.Find(nodeGroup)?.Size : null;

    public void SetAddon(string clusterName, string addon, bool isInstalled)
    {
        if (_clusters.TryGetValue(clusterName, out var cluster))
            ClusterBootstrap.SetAddon(cluster.Store, addon, isInstalled);
    }

    public int LoadBalancersInVpc(string vpcId) =>
        _clusters.Values.Where(cluster => cluster.Identity.VpcId == vpcId).Sum(cluster => cluster.LoadBalancers.Sum(held => held.Count));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _isRunning = true;
            _trim = _clock.Time.CreateTimer(_ => TrimHistories(), null, _trimEvery, _trimEvery);
            foreach (var cluster in _clusters.Values)
                cluster.Start();
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var cluster in _clusters.Values)
            await cluster.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_trim is not null)
            await _trim.DisposeAsync();
        foreach (var cluster in _clusters.Values)
            await cluster.StopAsync();
    }

    private void TrimHistories()
    {
        foreach (var cluster in _clusters.Values)
            cluster.Store.Trim();
    }

    private static string IdOf(ClusterIdentity cluster) => Seeded.Hex(cluster.Arn, 32);

    private static void Prepare(ClusterStore store, AutoMode? autoMode)
    {
        ClusterBootstrap.Apply(store, hasDns: autoMode is null);
        if (autoMode is not null)
            AutoModeBootstrap.Apply(store, autoMode);
        else
            AutoModeBootstrap.Remove(store);
    }

    private void Open(ClusterIdentity identity)
    {
        var id = IdOf(identity);
        var random = new Seeded(_options.Seed);
        var store = new ClusterStore(identity.Name, id, _documents, _ledger, _clock.Time, random);
        var waits = new Waits(_documents, _clock, id);
        var context = new ControllerContext(identity, store, _clock, _durations, random, waits);
        var faults = new PodFaults(_documents, id);
        var mounts = new SecretMounts(context, new Lazy<IPodSecrets>(() => _services.GetRequiredService<IPodSecrets>()));
        var nodeGroups = new NodeGroups(_documents, id);
        HeldLoadBalancers Held(BalancingController controller) => new(_documents, id, controller);
        var (held, heldByAutoMode) = (Held(BalancingController.Pods), Held(BalancingController.AutoMode));
        // The AWS half needs this fleet to exist: its load balancers and subnets are asked for when they are first used.
        var cloud = new Lazy<ICloudView>(() => _services.GetRequiredService<ICloudView>());
        var kubelet = new Kubelet(context, faults, mounts, new StoreCalls(context, cloud));
        var metrics = new PodMetrics(store);
        var subnets = new SubnetPlaces(identity.Region, cloud);
        var nodes = new NodeController(context, nodeGroups, subnets);
        var autoMode = new AutoModeSettings(_documents, id);
        var provisioner = new NodeProvisioner(context, autoMode, subnets);
        var loadBalancers = new Lazy<ILoadBalancers>(() => _services.GetRequiredService<ILoadBalancers>());
        Cluster? cluster = null;
        IController[] controllers =
        [
            new NamespaceController(context, _certificates.CertificateAuthority),
            new GarbageCollector(context),
            nodes,
            provisioner,
            new ClusterAutoscaler(context, nodeGroups, new AutoscalerDeployment(context, cloud), subnets, name => cluster!.LookAtNodeGroup(name)),
            new DeploymentController(context),
            new ReplicaSetController(context),
            new Scheduler(context),
            kubelet,
            mounts,
            new NodeLifecycle(context),
            new EndpointsController(context),
            new EventController(context),
            new JobController(context),
            new CronJobController(context),
            new AutoscalerController(context, metrics),
            new DisruptionController(context),
            new IngressController(context, loadBalancers, cloud, held, BalancingController.Pods, () => ControllerDeployment.Find(context)),
            new IngressController(context, loadBalancers, cloud, heldByAutoMode, BalancingController.AutoMode,
                () => autoMode.Mode is null ? null : RunningController.AutoMode(context.Cluster)),
        ];
        Prepare(store, autoMode.Mode);
        cluster = new Cluster(
            id, identity, store, nodeGroups, nodes, autoMode, provisioner, [held, heldByAutoMode], faults, metrics, waits, kubelet, controllers, new ControllerLoop(context, _logger));
        _clusters[identity.Name] = cluster;
        if (_isRunning)
            cluster.Start();
    }
}
