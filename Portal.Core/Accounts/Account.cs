namespace Portal.Core.Accounts;

/// <summary>What is read of an account at once; each may be denied by itself.</summary>
public enum AccountPart
{
    Quotas,
    Use,
    Zones,
    Versions,
}

/// <param name="Id">The same in every account, for example use1-az1.</param>
/// <param name="Name">This account's own for it, for example us-east-1a.</param>
public sealed record AccountZone(string Id, string Name);

/// <summary>What there is in an account and region, whoever made it.</summary>
/// <param name="Counts">By <see cref="AccountQuota.Id"/>.</param>
/// <param name="NatGateways">By the zone's id.</param>
public sealed record AccountUse(IReadOnlyDictionary<string, int> Counts, IReadOnlyDictionary<string, int> NatGateways);

/// <param name="At">When it was asked for.</param>
public sealed record Reading<T>(T Figures, DateTimeOffset At);

/// <summary>What is known of a target's account and is fresh; a part is null where it is not.</summary>
public sealed record Account
{
    /// <summary>How old what was read may be and still be held against a request: three times that AWS did not answer, or would not.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromMinutes(15);

    /// <summary>Nothing of it.</summary>
    public static readonly Account Unread = new();

    /// <summary>How many it may have, by <see cref="AccountQuota.Id"/>.</summary>
    public Reading<IReadOnlyDictionary<string, int>>? Quotas { get; init; }

    public Reading<AccountUse>? Use { get; init; }

    /// <summary>Availability zones that it can use.</summary>
    public Reading<IReadOnlyList<AccountZone>>? Zones { get; init; }

    /// <summary>Versions of Kubernetes that EKS has for new clusters.</summary>
    public Reading<IReadOnlyList<string>>? Versions { get; init; }

    /// <returns>Null where it is not known.</returns>
    public int? Allows(AccountQuota quota) => Quotas?.Figures.TryGetValue(quota.Id, out var many) == true ? many : null;
}
