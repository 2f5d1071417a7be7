using Portal.Core.Accounts;

namespace Portal.Worker.Aws;

/// <summary>What an account allows, offers and has in use, whoever made it: reads only.</summary>
/// <remarks>Every call throws a <see cref="Core.Provisioning.StepFailedException"/> where AWS refuses or does not answer.</remarks>
public interface IAccounts
{
    /// <summary>How many the account may have: what was agreed with AWS, else AWS's default.</summary>
    Task<int> QuotaAsync(AwsTarget target, AccountQuota quota, CancellationToken cancellationToken);

    Task<AccountUse> UseAsync(AwsTarget target, CancellationToken cancellationToken);

    /// <summary>Those availability zones that the account can use.</summary>
    Task<IReadOnlyList<AccountZone>> ZonesAsync(AwsTarget target, CancellationToken cancellationToken);

    /// <summary>Versions of Kubernetes that EKS supports, at whatever price; for example 1.35.</summary>
    Task<IReadOnlyList<string>> VersionsAsync(AwsTarget target, CancellationToken cancellationToken);
}
