namespace Portal.Worker.Aws.Sdk;

/// <summary>What differs between AWS services on the wire.</summary>
/// <param name="Title">For sentences.</param>
/// <param name="Prefix">Of failure codes.</param>
/// <param name="Endpoint">First label of the host and name in the signature.</param>
/// <param name="Version">API version; the Query protocol sends it.</param>
internal sealed record AwsService(string Title, string Prefix, string Endpoint, string Version)
{
    public static readonly AwsService CloudFormation = new("CloudFormation", "cfn", "cloudformation", "2010-05-15");
    public static readonly AwsService LoadBalancing = new("Elastic Load Balancing", "elb", "elasticloadbalancing", "2015-12-01");
    public static readonly AwsService Rds = new("RDS", "rds", "rds", "2014-10-31");
    public static readonly AwsService Eks = new("EKS", "eks", "eks", "2017-11-01");
    public static readonly AwsService Ec2 = new("EC2", "ec2", "ec2", "2016-11-15");
    public static readonly AwsService Quotas = new("Service Quotas", "quotas", "servicequotas", "2019-06-24");
    public static readonly AwsService Sts = new("STS", "sts", "sts", "2011-06-15");
    public static readonly AwsService Tagging = new("The Resource Groups Tagging API", "tagging", "tagging", "2017-01-26");
    public static readonly AwsService Logs = new("CloudWatch Logs", "logs", "logs", "2014-03-28");
    public static readonly AwsService S3 = new("S3", "s3", "s3", "2006-03-01");
    public static readonly AwsService Sqs = new("SQS", "sqs", "sqs", "2012-11-05");
}
