using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.S3;
using Amazon.SecurityToken;
using Amazon.SQS;
using Microsoft.Extensions.Options;
using Portal.Core.Provisioning;

namespace Portal.Worker.Aws.Sdk;

/// <summary>One client per target and service, and one set of credentials per target, for as long as the process lives.</summary>
/// <param name="fleet">Null for one that has the accounts to itself.</param>
internal sealed class AwsClients(IOptions<WorkerAwsOptions> options, IFleet? fleet = null) : IDisposable
{
    private readonly ConcurrentDictionary<(AwsTarget Target, AwsService Service), ServiceClient> _clients = new();
    private readonly ConcurrentDictionary<AwsTarget, AmazonSecurityTokenServiceClient> _securityTokens = new();
    private readonly ConcurrentDictionary<AwsTarget, AmazonS3Client> _buckets = new();
    private readonly ConcurrentDictionary<AwsTarget, AmazonSQSClient> _queues = new();
    private readonly ConcurrentDictionary<AwsTarget, AWSCredentials> _credentials = new();

    // AWS counts by account and region, however many targets lead there.
    private readonly ConcurrentDictionary<(string AccountId, string Region, double PerSecond), ReadBudget> _reads = new();

    /// <exception cref="StepFailedException">There are no credentials.</exception>
    public ServiceClient For(AwsTarget target, AwsService service) =>
        _clients.GetOrAdd((target, service), key => new ServiceClient(Credentials(key.Target), key.Service, key.Target, key.Service == AwsService.CloudFormation ? Reads(key.Target) : null));

    /// <summary>STS as the target's session sees it.</summary>
    public AmazonSecurityTokenServiceClient SecurityTokens(AwsTarget target) =>
        _securityTokens.GetOrAdd(target, key => NewSecurityTokens(key, Credentials(key)));

    /// <exception cref="StepFailedException">There are no credentials.</exception>
    public AmazonS3Client Buckets(AwsTarget target) => _buckets.GetOrAdd(target, key =>
        // An address of its own answers for all buckets: their names cannot stand before it.
        new AmazonS3Client(Credentials(key), ServiceConfig.Configure(new AmazonS3Config { ForcePathStyle = key.EndpointUrl is not null }, key)));

    /// <exception cref="StepFailedException">There are no credentials.</exception>
    public AmazonSQSClient Queues(AwsTarget target) => _queues.GetOrAdd(target, key => new AmazonSQSClient(Credentials(key), ServiceConfig.Configure(new AmazonSQSConfig(), key)));

    /// <exception cref="StepFailedException">There are no credentials.</exception>
    public AWSCredentials Credentials(AwsTarget target) => _credentials.GetOrAdd(target, key =>
    {
        var own = Own(key);
        return key.RoleArn is null ? own : new AssumedRole(NewSecurityTokens(key, own), key);
    });

    private ReadBudget? Reads(AwsTarget target) =>
        target.ReadsPerSecond is { } perSecond ? _reads.GetOrAdd((target.AccountId, target.Region, perSecond), key => new ReadBudget(key.PerSecond, () => fleet?.Workers ?? 1)) : null;

    public void Dispose()
    {
        foreach (var client in _clients.Values.Concat<IDisposable>(_securityTokens.Values).Concat(_buckets.Values).Concat(_queues.Values))
            client.Dispose();
        foreach (var budget in _reads.Values)
            budget.Dispose();
        foreach (var role in _credentials.Values.OfType<AssumedRole>())
            role.Dispose();
    }

    private AWSCredentials Own(AwsTarget target)
    {
        if (options.Value is { AccessKeyId: { Length: > 0 } id, SecretAccessKey: { Length: > 0 } secret })
            return new BasicAWSCredentials(id, secret);
        try
        {
            return DefaultAWSCredentialsIdentityResolver.GetCredentials(new ServiceConfig(AwsService.Sts, target));
        }
        catch (AmazonClientException error)
        {
            throw AwsErrors.Classify(error, AwsService.Sts, "GetCallerIdentity", target);
        }
    }

    private static AmazonSecurityTokenServiceClient NewSecurityTokens(AwsTarget target, AWSCredentials credentials)
    {
        return new AmazonSecurityTokenServiceClient(credentials, ServiceConfig.Configure(new AmazonSecurityTokenServiceConfig(), target));
    }
}
