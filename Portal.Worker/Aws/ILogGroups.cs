namespace Portal.Worker.Aws;

/// <summary>Log groups that are in the way. Errors are <c>StepFailedException</c>.</summary>
public interface ILogGroups
{
    /// <summary>
    /// Deletes the group of that name if it is there and bears no tag of a stack: whoever wrote to it made it again after its stack was gone.
    /// EKS does so (terraform-aws-modules/terraform-aws-eks#920 and #2763), and the next cluster of the name could not be made.
    /// </summary>
    Task DeleteLeftoverAsync(AwsTarget target, string name, CancellationToken cancellationToken);

    /// <summary>Where EKS writes what the control plane of a cluster of that name says.</summary>
    static string OfCluster(string name) => $"/aws/eks/{name}/cluster";
}
