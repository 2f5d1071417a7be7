namespace Portal.Worker.Aws;

/// <summary>RDS, to stop and start instances: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/.</summary>
public interface IDatabases
{
    /// <summary>Code of the failure where there is no instance of that name.</summary>
    const string NotFound = "rds_not_found";

    /// <returns>RDS's own word, for example <c>available</c>, <c>stopping</c>, <c>stopped</c> or <c>starting</c>.</returns>
    /// <exception cref="Core.Provisioning.StepFailedException"><see cref="NotFound"/></exception>
    Task<string> StatusAsync(AwsTarget target, string instance, CancellationToken cancellationToken);

    /// <summary>Only of an instance that is available. RDS starts it again by itself after seven days.</summary>
    Task StopAsync(AwsTarget target, string instance, CancellationToken cancellationToken);

    /// <summary>Only of an instance that is stopped.</summary>
    Task StartAsync(AwsTarget target, string instance, CancellationToken cancellationToken);
}
