namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Buckets, queues and the rules that fill them.</summary>
internal static class MessagingTypes
{
    public static IEnumerable<ResourceType> All =>
    [
        new ResourceType("AWS::S3::Bucket", r => r.Name("BucketName", 63).ToLowerInvariant())
            .With("Arn", r => $"arn:aws:s3:::{r.PhysicalId}").With("DomainName", r => $"{r.PhysicalId}.s3.amazonaws.com")
            .With("RegionalDomainName", r => $"{r.PhysicalId}.s3.{r.Region}.amazonaws.com")
            .With("DualStackDomainName", r => $"{r.PhysicalId}.s3.dualstack.{r.Region}.amazonaws.com"),
        new ResourceType("AWS::S3::BucketPolicy", r => r.Text("Bucket")),
        // AWS's own address: GetQueueUrl answers the one that leads here.
        new ResourceType("AWS::SQS::Queue", r => $"https://sqs.{r.Region}.amazonaws.com/{r.AccountId}/{QueueName(r)}")
            .With("Arn", r => r.Arn("sqs", QueueName(r))).With("QueueName", r => QueueName(r)).With("QueueUrl", r => r.PhysicalId),
        new ResourceType("AWS::SQS::QueuePolicy", r => $"{r.StackName}-{r.LogicalId}-{r.Upper(12)}").With("Id", r => r.PhysicalId),
        new ResourceType("AWS::Events::Rule", r => r.Name("Name", 64)).With("Arn", r => r.Arn("events", "rule/" + r.PhysicalId)),
    ];

    private static string QueueName(ResourceContext r) => r.Name("QueueName", 80);
}
