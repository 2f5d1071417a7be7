using System.Globalization;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Queues;

/// <summary>A queue as its stack made it; defaults are those of the API reference, SetQueueAttributes.</summary>
internal sealed record Queue(string Name, string Arn, TimeSpan Visibility, TimeSpan Retention, int WaitSeconds, CloudResource Resource)
{
    public const string Type = "AWS::SQS::Queue";

    public static Queue Of(CloudResource resource) => new(
        resource.PhysicalId.Split('/')[^1], resource.Attributes["Arn"].ToText(),
        TimeSpan.FromSeconds(Number(resource, "VisibilityTimeout", 30)), TimeSpan.FromSeconds(Number(resource, "MessageRetentionPeriod", 345_600)),
        Number(resource, "ReceiveMessageWaitTimeSeconds", 0), resource);

    private static int Number(CloudResource resource, string property, int fallback) =>
        int.TryParse(resource.Properties[property].ToText(), CultureInfo.InvariantCulture, out var number) ? number : fallback;
}
