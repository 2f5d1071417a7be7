using System.Collections.Concurrent;
using Portal.Emulator;
using Portal.Emulator.Aws.LoadBalancing;
using Portal.Emulator.Contracts;

namespace Portal.Tests.Emulator.Kubernetes;

internal sealed class MemoryDocuments : IDocumentStore
{
    private readonly ConcurrentDictionary<(string Collection, string Key), string> _documents = new();

    public void Put(string collection, string key, string json) => _documents[(collection, key)] = json;

    public void PutAll(IReadOnlyCollection<(string Collection, string Key, string? Json)> documents)
    {
        foreach (var (collection, key, json) in documents)
        {
            if (json is null)
                Delete(collection, key);
            else
                Put(collection, key, json);
        }
    }

    public void Delete(string collection, string key) => _documents.TryRemove((collection, key), out _);

    public IReadOnlyList<KeyValuePair<string, string>> All(string collection) =>
        [.. _documents.Where(entry => entry.Key.Collection == collection).Select(entry => KeyValuePair.Create(entry.Key.Key, entry.Value))];

    public int Count(string collectionPrefix) => _documents.Keys.Count(key => key.Collection.StartsWith(collectionPrefix, StringComparison.Ordinal));
}

internal sealed class MemoryLedger : ILedger
{
    private readonly ConcurrentQueue<string> _entries = new();

    public IReadOnlyList<string> Entries => [.. _entries];

    public long Record(string kind, string service, string action, string subject, string? detail = null)
    {
        _entries.Enqueue($"{kind} {service} {action} {subject}");
        return _entries.Count;
    }

    public void Refused(long line, string code)
    {
        // Nobody throttles a cluster.
    }
}

internal sealed class TokenAuthenticator : IEksAuthenticator
{
    public const string Good = "k8s-aws-v1.good";
    public const string WithoutEntry = "k8s-aws-v1.stranger";

    /// <summary>Followed by an access policy, or by group: and a Kubernetes group, with @ and a namespace where it holds in that only.</summary>
    public const string With = "k8s-aws-v1.with.";

    public EksCaller Authenticate(string clusterName, string bearerToken) => bearerToken switch
    {
        Good => new EksCaller("arn:aws:iam::000000000000:role/portal", true, null) { Policies = [new EksAccessPolicy(EksAccessPolicy.ClusterAdmin, null)] },
        _ when bearerToken.StartsWith(With, StringComparison.Ordinal) => Of(bearerToken[With.Length..].Split('@')),
        WithoutEntry => new EksCaller("arn:aws:iam::000000000000:role/stranger", false, "no access entry"),
        _ => new EksCaller(null, false, "not a token"),
    };

    private static EksCaller Of(string[] parts) => new EksCaller("arn:aws:iam::000000000000:role/dev", true, null) with
    {
        Username = "dev",
        Groups = parts[0].StartsWith("group:", StringComparison.Ordinal) ? [parts[0][6..]] : [],
        Policies = parts[0].StartsWith("group:", StringComparison.Ordinal) ? [] : [new EksAccessPolicy(parts[0], parts.Length > 1 ? [parts[1]] : null)],
    };
}

internal sealed class MemoryLoadBalancers : ILoadBalancers
{
    private readonly ConcurrentDictionary<string, LoadBalancerDescription> _present = new(StringComparer.Ordinal);

    private readonly TaskCompletionSource<LoadBalancerDescription> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyCollection<string> Names => [.. _present.Keys];

    /// <summary>What the controller asked for first.</summary>
    public Task<LoadBalancerDescription> FirstAsync() => _first.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);

    /// <summary>What a new load balancer, and one asked for through the account, is said to be.</summary>
    public string State { get; set; } = "provisioning";

    public LoadBalancerDescription Find(string name) => _present[name];

    public LoadBalancerDescription? FindByArn(string arn) => _present.Values.FirstOrDefault(one => ArnOf(one.Name) == arn);

    public static string ArnOf(string name) => $"arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/{name}/1";

    /// <summary>Completes when the controller has asked for a load balancer like that.</summary>
    public async Task<LoadBalancerDescription> WaitAsync(string name, Func<LoadBalancerDescription, bool> until)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var next = _next.Task;
            if (_present.TryGetValue(name, out var present) && until(present))
                return present;
            await next.WaitAsync(patience.Token);
        }
    }

    LoadBalancerDescription? ILoadBalancers.Find(string name) => _present.GetValueOrDefault(name);

    public LoadBalancerState Reconcile(LoadBalancerDescription wanted)
    {
        DescriptionRules.Check(wanted, new QuotaOptions().RulesPerLoadBalancer);
        _present[wanted.Name] = wanted;
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        _first.TrySetResult(wanted);
        return new LoadBalancerState(ArnOf(wanted.Name), $"internal-{wanted.Name}-1.us-east-1.elb.amazonaws.com", State);
    }

    public void Delete(string name) => _present.TryRemove(name, out _);
}

/// <summary>Secrets by name, each a value and its version; what is not there is refused in the words given.</summary>
internal sealed class MemorySecrets : IPodSecrets
{
    public ConcurrentDictionary<string, (string Value, string Version)> Values { get; } = new(StringComparer.Ordinal);

    public SecretFetch Fetch(string cluster, string inNamespace, string serviceAccount, string type, string name) =>
        Values.TryGetValue(name, out var found) ? new SecretFetch(found.Value, found.Version, null) : new SecretFetch("", "", $"no {type} {name} for {inNamespace}/{serviceAccount} of {cluster}");
}

internal static class LoadBalancerDescriptions
{
    public static IReadOnlyList<ListenerRule> Rules(this LoadBalancerDescription balancer) => [.. balancer.Listeners.SelectMany(listener => listener.Rules)];

    public static IReadOnlyList<string> Paths(this ListenerRule rule) => [.. rule.Conditions.Where(condition => condition.Field == "path-pattern").SelectMany(condition => condition.Values)];

    public static IReadOnlyList<TargetDescription> Targets(this LoadBalancerDescription balancer) => [.. balancer.TargetGroups.SelectMany(group => group.Targets)];
}
