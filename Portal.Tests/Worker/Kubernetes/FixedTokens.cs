using Portal.Worker.Aws;

namespace Portal.Tests.Worker.Kubernetes;

internal sealed class FixedTokens : IEksTokens
{
    public Task<string> CreateAsync(AwsTarget target, string clusterName, CancellationToken cancellationToken) => Task.FromResult($"token-for-{clusterName}");
}
