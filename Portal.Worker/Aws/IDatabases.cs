namespace Portal.Worker.Aws;

/// <summary>RDS, to stop and start instances: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/.</summary>
public interface IDatabases
{
    /// <returns>RDS's own word, for example <c>available</c>, <c>stopping</c>, <c>stopped</c> or <c>starting</c>.</returns>
    /// <exception cref="Core.Provisioning.StepFailedException"><c>rds_not_found</c> where there is no such instance.</exception>
    Task<string> StatusAsync(AwsTarget target, string instance, CancellationToken cancellationToken);

    /// <summary>Only of an instance that is available. RDS starts it again by itself after seven days.</summary>
    Task StopAsync(AwsTarget target, string instance, CancellationToken cancellationToken);

    /// <summary>Only of an instance that is stopped.</summary>
    Task StartAsync(AwsTarget target, string instance, CancellationToken cancellationToken);
}
