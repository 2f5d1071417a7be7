namespace Portal.Core.Catalog;

/// <summary>What a store's template says of the way to it, by outputs of these names; all may be missing. Nothing else is known of a kind of store.</summary>
public static class StoreOutputs
{
    /// <summary>ARN of a managed policy with what the service's pods may do with the store.</summary>
    public const string Policy = "AccessPolicyArn";

    /// <summary>Security group before the store, for one that stands in the network; admits nobody by itself.</summary>
    public const string SecurityGroup = "AccessSecurityGroupId";

    /// <summary>Port behind that group.</summary>
    public const string Port = "AccessPort";

    /// <summary>ARN of a managed policy to read the secret of the master, for a database in which services have users (<see cref="DatabaseUsers"/>).</summary>
    public const string MasterPolicy = "MasterPolicyArn";

    /// <summary>That secret.</summary>
    public const string MasterSecret = "SecretArn";

    /// <summary>In the catalogue, the secret of the service's own user: an output of the stack of that user, not of the store's.</summary>
    public const string UserSecret = "UserSecretArn";

    /// <summary>What the job that makes the users is told of the database; the name only where there is one.</summary>
    public const string Host = "DatabaseHost", DatabasePort = "DatabasePort", DatabaseName = "DatabaseName";

    /// <summary>Port behind the security group at which that job gets in, where it is another than the pods': takes the place of <see cref="DatabasePort"/>.</summary>
    public const string AdminPort = "AdminPort";
}
