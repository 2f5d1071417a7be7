namespace Portal.Core.Provisioning;

/// <summary>Something that is still in the account after an environment was destroyed.</summary>
/// <param name="Kind">Service and type, for example <c>ec2:volume</c>.</param>
/// <param name="Id">Its ARN.</param>
/// <param name="IsKept">On purpose; else it should not be there.</param>
/// <param name="Reason">Why it is there.</param>
/// <param name="Advice">What to do about it.</param>
public sealed record Residue(string Kind, string Id, string Title, bool IsKept, string Reason, string Advice)
{
    /// <summary>Kind of what stands for all that could not be looked for.</summary>
    public const string NotLookedFor = "unknown";

    private const string NotGone = "It bears the environment's tag, and AWS still lists it.";

    /// <returns>Null for what is nothing by itself.</returns>
    /// <param name="arn">https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html</param>
    /// <param name="keepsSnapshots">Whether the environment's class keeps the last state of its databases.</param>
    public static Residue? Of(string arn, bool keepsSnapshots)
    {
        if (arn.Split(':', 6) is not ["arn", _, var service, _, _, var resource])
            return null;
        var type = resource.Split('/', ':')[0];
        var name = resource.Length > type.Length ? resource[(type.Length + 1)..] : resource;
        return (service, type) switch
        {
            ("rds", "snapshot" or "cluster-snapshot") when keepsSnapshots => new Residue($"{service}:{type}", arn, $"Final snapshot {name}", true,
                "The environment's class keeps the last state of its databases.", "Restore from it, or delete it in RDS when nobody needs the data any more. It is billed by its size."),
            ("rds", "snapshot" or "cluster-snapshot") => new Residue($"{service}:{type}", arn, $"Database snapshot {name}", false,
                "Somebody or a backup plan made it; it does not go with the database.", "Delete it in RDS when nobody needs the data any more. It is billed by its size."),
            ("elasticache", "snapshot" or "serverlesscachesnapshot") => new Residue($"{service}:{type}", arn, $"Snapshot of a cache {name}", keepsSnapshots,
                keepsSnapshots ? "The environment's class keeps the last state of its caches." : "Somebody or a backup plan made it; it does not go with the cache.",
                "Restore from it, or delete it in ElastiCache when nobody needs the data any more. It is billed by its size."),
            ("cognito-idp", "userpool") when keepsSnapshots => new Residue($"{service}:{type}", arn, $"User pool {name}", true,
                "The environment's class keeps its users: nothing else could bring them back.", "Delete it in Cognito when nobody needs its users any more. It costs nothing as long as nobody signs in."),
            ("s3", _) => new Residue("s3:bucket", arn, $"Bucket {resource}", true,
                "A bucket stays with its objects when its store goes.", "Empty and delete it in S3 when nobody needs them any more. It is billed by what it holds."),
            ("secretsmanager", "secret") => new Residue($"{service}:{type}", arn, $"Secret {name}", true,
                "AWS keeps a deleted secret for its recovery window.", "Nothing: it goes by itself, and is not billed meanwhile."),
            ("kms", "key") => new Residue($"{service}:{type}", arn, $"Key {name}", true,
                "AWS keeps a deleted key for its waiting time.", "Nothing: it goes by itself."),
            ("ec2", "network-interface") => Left("Network interface", "AWS has yet to let go of it, or something still uses it.", "It is mostly gone within an hour. Delete it in EC2 if it is not; it costs nothing, and holds its security groups and subnet."),
            ("ec2", "security-group") => Left("Security group", "Something still uses it, or whoever made it did not take it away.", "Delete it in EC2. It costs nothing."),
            ("ec2", "volume") => Left("Volume", "A pod's volume that its driver did not delete.", "Look whether somebody needs the data, then delete it in EC2. It is billed by its size."),
            ("ec2", "snapshot") => Left("Volume snapshot", "Somebody or a backup plan made it.", "Delete it in EC2 when nobody needs it. It is billed by its size."),
            ("ec2", "natgateway") => Left("NAT gateway", NotGone, "Delete it in VPC."),
            ("ec2", "elastic-ip") => Left("Public address", NotGone, "Release it in EC2."),
            ("elasticloadbalancing", "loadbalancer") => Left("Load balancer", "Its controller was gone before it had taken it away.", "Delete it in EC2."),
            ("elasticloadbalancing", "targetgroup") => Left("Target group", "Its controller was gone before it had taken it away.", "Delete it in EC2. It costs nothing."),
            ("logs", "log-group") => Left("Log group", "Whoever writes to it made it again after it was deleted.", "Delete it in CloudWatch when nobody reads it any more. It is billed by what it holds."),
            ("cloudformation", "stack") => Left("Stack", NotGone, "Delete it in CloudFormation."),
            // Parts of a cluster cannot be there without it.
            ("eks", not "cluster") => null,
            _ => Left($"{service} {type}", NotGone, "Look again in an hour, because AWS's index of tags forgets late; delete it if it is there."),
        };

        Residue Left(string title, string reason, string advice) => new($"{service}:{type}", arn, $"{title} {name}", false, reason, advice);
    }
}
