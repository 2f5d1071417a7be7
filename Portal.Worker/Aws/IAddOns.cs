namespace Portal.Worker.Aws;

/// <summary>EKS: which versions of its add-ons it offers.</summary>
public interface IAddOns
{
    /// <param name="addOn">For example <c>vpc-cni</c>.</param>
    /// <param name="kubernetes">For example <c>1.35</c>.</param>
    /// <returns>As EKS lists them, newest first; null where the account does not let itself be asked.</returns>
    Task<IReadOnlyList<string>?> OfferedAsync(AwsTarget target, string addOn, string kubernetes, CancellationToken cancellationToken);
}
