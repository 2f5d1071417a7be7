namespace Portal.Worker.Aws;

/// <summary>CloudFormation's drift: what somebody changed at a stack's resources without it.</summary>
public interface IStackDrift
{
    /// <summary>Starts to compare the stack's resources with its template and returns the detection's id.</summary>
    Task<string> DetectAsync(AwsTarget target, string stackName, CancellationToken cancellationToken);

    Task<DriftDetection> FindAsync(AwsTarget target, string detectionId, CancellationToken cancellationToken);

    /// <summary>What the newest detection of the stack found changed or deleted.</summary>
    Task<IReadOnlyList<ResourceDrift>> ResourcesAsync(AwsTarget target, string stackName, CancellationToken cancellationToken);
}

/// <param name="Status"><c>DETECTION_IN_PROGRESS</c>, <c>DETECTION_COMPLETE</c> or <c>DETECTION_FAILED</c>: then some resources may have been compared all the same.</param>
public sealed record DriftDetection(string Status, string? Reason)
{
    public bool IsOver => Status != "DETECTION_IN_PROGRESS";

    public bool HasFailed => Status == "DETECTION_FAILED";
}

/// <param name="Status"><c>MODIFIED</c> or <c>DELETED</c>.</param>
public sealed record ResourceDrift(string LogicalId, string ResourceType, string Status, IReadOnlyList<DriftedValue> Properties)
{
    public bool IsDeleted => Status == "DELETED";
}

/// <param name="Expected">Null where the template does not have it.</param>
/// <param name="Actual">Null where the resource does not have it.</param>
public sealed record DriftedValue(string Path, string? Expected, string? Actual);
