using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Worker.Observe;

/// <summary>A cluster in which nothing is and nothing happens; whether it answers a call is the test's, call by call.</summary>
internal sealed class FakeCluster : IKubernetes, IClusters
{
    private readonly Channel<bool> _answers = Channel.CreateUnbounded<bool>();
    private readonly Channel<bool> _asked = Channel.CreateUnbounded<bool>();

    /// <summary>How often each kind was listed.</summary>
    public ConcurrentDictionary<ObjectKind, int> Lists { get; } = new();

    /// <summary>Returns when the first call waits.</summary>
    public async Task AskedAsync() => await _asked.Reader.ReadAsync();

    /// <summary>Answers the call that waits, or does not, and returns when the next one waits: what came of the answer has been seen by then.</summary>
    public async Task AnswerAsync(bool answers)
    {
        await _answers.Writer.WriteAsync(answers);
        await _asked.Reader.ReadAsync();
    }

    public async Task PingAsync(ClusterConnection cluster, CancellationToken cancellationToken)
    {
        await _asked.Writer.WriteAsync(true, cancellationToken);
        if (!await _answers.Reader.ReadAsync(cancellationToken))
            throw new StepFailedException("k8s_unreachable", "The API of cluster shop-cluster cannot be reached.", canRetry: true);
    }

    public Task<ObjectList> ListAsync(ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, CancellationToken cancellationToken)
    {
        Lists.AddOrUpdate(kind, 1, (_, count) => count + 1);
        return Task.FromResult(new ObjectList([], "1"));
    }

    public async IAsyncEnumerable<ObjectChange> WatchAsync(
        ClusterConnection cluster, ObjectKind kind, string kubernetesNamespace, string resourceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        yield break;
    }

    public Task<ClusterAccess> DescribeAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken) =>
        Task.FromResult(new ClusterAccess(clusterName, "arn", "1.35", "ACTIVE", null, null));

    public Task DeleteSecretAsync(ClusterConnection cluster, string kubernetesNamespace, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<string> CallerArnAsync(AwsTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();
}
