using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Portal.Emulator.Aws;

/// <summary>A refusal in the protocol of the service that was asked.</summary>
internal static class AwsErrors
{
    /// <summary>SQS spoke the Query protocol once; clients that know its codes from then find them in a header.</summary>
    private static readonly Dictionary<string, string> s_queryCodes = new(StringComparer.Ordinal)
    {
        ["QueueDoesNotExist"] = "AWS.SimpleQueueService.NonExistentQueue",
        ["EmptyBatchRequest"] = "AWS.SimpleQueueService.EmptyBatchRequest",
        ["TooManyEntriesInBatchRequest"] = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    };

    public static AwsResponse Answer(IAwsService? service, AwsException error, string requestId) => service?.Protocol switch
    {
        AwsProtocol.RestJson => Headed(new AwsResponse(error.Status, "application/json", new JsonObject { ["message"] = error.Message }.ToJsonString()), "x-amzn-ErrorType", error.Code),
        AwsProtocol.Json => Headed(
            new AwsResponse(error.Status, JsonService.ContentType, new JsonObject { ["__type"] = $"com.amazonaws.{service.SigningName}#{error.Code}", ["message"] = error.Message }.ToJsonString()),
            "x-amzn-query-error", $"{s_queryCodes.GetValueOrDefault(error.Code, error.Code)};{(error.Status >= 500 ? "Receiver" : "Sender")}"),
        AwsProtocol.RestXml => new AwsResponse(error.Status, "application/xml",
            new XElement("Error", new XElement("Code", error.Code), new XElement("Message", error.Message), new XElement("RequestId", requestId)).ToString(SaveOptions.DisableFormatting)),
        AwsProtocol.Ec2 => QueryXml.Ec2Error(error, requestId),
        _ => QueryXml.Error(service?.Namespace ?? "", error, requestId),
    };

    private static AwsResponse Headed(AwsResponse response, string name, string value) =>
        response with { Headers = new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value } };
}
