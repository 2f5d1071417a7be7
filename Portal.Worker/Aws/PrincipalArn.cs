namespace Portal.Worker.Aws;

/// <summary>Who a caller is to an EKS access entry.</summary>
public static class PrincipalArn
{
    /// <summary>
    /// An access entry names roles and users, STS answers with sessions:
    /// <c>arn:aws:sts::111122223333:assumed-role/Deployer/session</c> becomes <c>arn:aws:iam::111122223333:role/Deployer</c>.
    /// Any other ARN stays as it is. A role's path is not in its session's ARN; give the target's RoleArn where it has one.
    /// </summary>
    public static string OfCaller(string callerArn)
    {
        var parts = callerArn.Split(':', 6);
        if (parts is not ["arn", _, "sts", _, _, _] || !parts[5].StartsWith("assumed-role/", StringComparison.Ordinal))
            return callerArn;
        var role = parts[5].Split('/')[1];
        return $"arn:{parts[1]}:iam::{parts[4]}:role/{role}";
    }
}
