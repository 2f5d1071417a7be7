using System.Collections.Concurrent;
using System.Text.Json;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.Signing;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.LoadBalancing;

/// <summary>A load balancer as ELBv2 keeps it. Identifiers of its parts follow from its own.</summary>
internal sealed record LoadBalancer(LoadBalancerDescription Description, string Id, DateTimeOffset CreatedAt, DateTimeOffset ActiveAt)
{
    public string Name => Description.Name;

    public string VpcId => Description.VpcId;

    public IReadOnlyList<string> SubnetIds => Description.SubnetIds;

    public IReadOnlyList<string> SecurityGroupIds => Description.SecurityGroupIds;

    public string PathOf(string kind, params string[] more) => string.Join('/', [$"{kind}/app/{Name}/{Id}", .. more]);

    /// <summary>16 hexadecimal digits for a part of this load balancer, as ELBv2's identifiers end.</summary>
    public string PartId(string part) => LoadBalancers.Hex($"{Id}|{part}");
}

/// <summary>The account's load balancers. The controller makes them, ELBv2's API shows them.</summary>
internal sealed class LoadBalancers : ILoadBalancers
{
    private const string Collection = "elbv2";
    private const string RemainsCollection = "elbv2-interfaces";
    private readonly ConcurrentDictionary<string, Remains> _remains = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, LoadBalancer> _byName = new(StringComparer.Ordinal);
    private readonly EmulatorOptions _options;
    private readonly IDocumentStore _documents;
    private readonly ILedger _ledger;
    private readonly EmulatorClock _clock;
    private readonly DurationCatalog _durations;

    public LoadBalancers(EmulatorOptions options, IDocumentStore documents, ILedger ledger, EmulatorClock clock, DurationCatalog durations)
    {
        (_options, _documents, _ledger, _clock, _durations) = (options, documents, ledger, clock, durations);
        foreach (var (name, json) in documents.All(Collection))
            _byName[name] = JsonSerializer.Deserialize<LoadBalancer>(json)!;
        foreach (var (id, json) in documents.All(RemainsCollection))
            _remains[id] = JsonSerializer.Deserialize<Remains>(json)!;
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<LoadBalancer> All => [.. _byName.Values.OrderBy(one => one.CreatedAt).ThenBy(one => one.Name, StringComparer.Ordinal)];

    /// <summary>Whether a load balancer like that, or the network interfaces one left behind, still sits in the VPC.</summary>
    public bool Holds(Func<LoadBalancer, bool> predicate) =>
        _byName.Values.Any(predicate) || _remains.Values.Any(one => one.InterfacesUntil > _clock.Now && predicate(one.Owner));

    public LoadBalancerDescription? Find(string name) => _byName.GetValueOrDefault(name)?.Description;

    public LoadBalancerState Reconcile(LoadBalancerDescription wanted)
    {
        DescriptionRules.Check(wanted, _options.Quotas.RulesPerLoadBalancer);
        lock (_gate)
        {
            var now = _clock.Now;
            var existing = _byName.GetValueOrDefault(wanted.Name);
            if (existing is null && _byName.Count >= _options.Quotas.LoadBalancers)
                throw new LoadBalancingException("TooManyLoadBalancers", "The maximum number of load balancers has been reached");
            var next = existing is null
                ? new LoadBalancer(wanted, Hex($"{wanted.Name}|{now:O}"), now, now + _clock.ToReal(_durations.Activity("loadBalancer", wanted.Name)))
                : existing with { Description = wanted };
            var json = JsonSerializer.Serialize(next);
            if (existing is null || json != JsonSerializer.Serialize(existing))
            {
                _documents.Put(Collection, wanted.Name, json);
                _byName[wanted.Name] = next;
                _ledger.Record("effect", "elasticloadbalancing", existing is null ? "create" : "update", ArnOf(next), $"{wanted.Listeners.Sum(listener => listener.Rules.Count)} rules");
            }

            return new LoadBalancerState(ArnOf(next), DnsNameOf(next), StateOf(next));
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            if (_byName.TryGetValue(name, out var present) && present.Description.Attributes.GetValueOrDefault("deletion_protection.enabled") == "true")
                throw new LoadBalancingException("OperationNotPermitted", $"Load balancer '{ArnOf(present)}' cannot be deleted because deletion protection is enabled");
            if (!_byName.TryRemove(name, out var removed))
                return;
            var remains = new Remains(removed, _clock.Now + _clock.ToReal(_durations.ActivityEnd("loadBalancerInterfaces")));
            _remains[removed.Id] = remains;
            _documents.PutAll([(Collection, name, null), (RemainsCollection, removed.Id, JsonSerializer.Serialize(remains))]);
            _ledger.Record("effect", "elasticloadbalancing", "delete", ArnOf(removed));
        }
    }

    public string StateOf(LoadBalancer one) => _clock.Now >= one.ActiveAt ? "active" : "provisioning";

    public string ArnOf(LoadBalancer one) => Arn(one.PathOf("loadbalancer"));

    public string ListenerArnOf(LoadBalancer one, ListenerDescription listener) => Arn(one.PathOf("listener", one.PartId($"listener|{listener.Port}")));

    /// <param name="rule">Null for the default one.</param>
    public string RuleArnOf(LoadBalancer one, ListenerDescription listener, ListenerRule? rule)
    {
        var what = rule is null ? "default" : JsonSerializer.Serialize(rule.Conditions);
        return Arn(one.PathOf("listener-rule", one.PartId($"listener|{listener.Port}"), one.PartId("rule|" + what)));
    }

    public string TargetGroupArnOf(LoadBalancer one, TargetGroupDescription group) => Arn($"targetgroup/{group.Name}/{one.PartId("target|" + group.Name)}");

    public string DnsNameOf(LoadBalancer one) =>
        $"{(one.Description.Scheme == "internal" ? "internal-" : "")}{one.Name}-{Convert.ToUInt64(one.Id, 16) % 2_000_000_000}.{_options.Region}.elb.amazonaws.com";

    internal static string Hex(string text) => SignatureV4.Hash(System.Text.Encoding.UTF8.GetBytes(text))[..16];

    private string Arn(string path) => $"arn:aws:elasticloadbalancing:{_options.Region}:{_options.AccountId}:{path}";

    /// <summary>A deleted load balancer whose network interfaces EC2 takes a while to give up.</summary>
    private sealed record Remains(LoadBalancer Owner, DateTimeOffset InterfacesUntil);
}
