using Portal.Core.Provisioning;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>RDS over the Query protocol.</summary>
internal sealed class DatabasesGateway(AwsClients clients) : IDatabases
{
    public async Task<string> StatusAsync(AwsTarget target, string instance, CancellationToken cancellationToken)
    {
        var answer = await clients.For(target, AwsService.Rds).QueryAsync(new QueryRequest("DescribeDBInstances").With("DBInstanceIdentifier", instance), cancellationToken);
        return answer.Members("DBInstances", "DBInstance").FirstOrDefault()?.Required("DBInstanceStatus")
            ?? throw new StepFailedException(IDatabases.NotFound, $"RDS in {target.Name} has no instance {instance}.");
    }

    public Task StopAsync(AwsTarget target, string instance, CancellationToken cancellationToken) => CallAsync(target, "StopDBInstance", instance, cancellationToken);

    public Task StartAsync(AwsTarget target, string instance, CancellationToken cancellationToken) => CallAsync(target, "StartDBInstance", instance, cancellationToken);

    private Task CallAsync(AwsTarget target, string action, string instance, CancellationToken cancellationToken) =>
        clients.For(target, AwsService.Rds).QueryAsync(new QueryRequest(action).With("DBInstanceIdentifier", instance), cancellationToken);
}
