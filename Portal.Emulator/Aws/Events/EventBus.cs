using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Stacks;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Aws.Queues;

namespace Portal.Emulator.Aws.Events;

/// <summary>EventBridge's default bus, for what CloudFormation tells it: from there to the queues that rules of stacks name.</summary>
internal sealed class EventBus(Inventory inventory, QueuePolicies policies, MessageStore messages, FaultPlan faults, EmulatorOptions options, TimeProvider time)
{
    private const string RuleType = "AWS::Events::Rule";

    /// <summary>Delivered when <paramref name="stacks"/> commits what happened, with it or not at all.</summary>
    public void Publish(StackStore stacks, StackEvent happened, string stackId)
    {
        var rules = inventory.OfType(RuleType).Where(rule => rule.State is ResourceState.Active or ResourceState.Updating && rule.Properties["State"].ToText() != "DISABLED" && rule.Properties["EventPattern"] is JsonObject).ToList();
        if (rules.Count == 0)
            return;
        var told = Describe(happened, stackId);
        var body = told.ToJsonString(JsonText.Compact);
        var sent = rules.Where(rule => EventPattern.Matches((JsonObject)rule.Properties["EventPattern"]!, told)).SelectMany(QueuesOf).SelectMany(queue => Deliver(queue, body)).ToList();
        foreach (var message in sent)
            stacks.Set(MessageStore.Collection, message.Key, () => JsonSerializer.Serialize(message));
        if (sent.Count > 0)
            stacks.AfterCommit(() => messages.Add(sent));
    }

    private IEnumerable<string> QueuesOf(CloudResource rule) => (rule.Properties["Targets"] as JsonArray ?? [])
        .Select(target => inventory.OfType(Queue.Type).FirstOrDefault(queue => queue.State is ResourceState.Active or ResourceState.Updating && queue.Attributes["Arn"].SameAs(target?["Arn"])))
        .OfType<CloudResource>().Where(queue => policies.Admit(queue, rule.Attributes["Arn"].ToText())).Select(queue => Queue.Of(queue).Name);

    private IEnumerable<Message> Deliver(string queue, string body)
    {
        var delivery = faults.NextDelivery();
        var now = time.GetUtcNow();
        return Enumerable.Range(0, delivery.Copies).Select(_ => new Message { Queue = queue, Id = Guid.CreateVersion7(now).ToString(), Body = body, SentAt = now, VisibleAt = now + delivery.Delay });
    }

    /// <summary>https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/events-detail-reference.html</summary>
    private JsonObject Describe(StackEvent happened, string stackId)
    {
        var detail = new JsonObject { ["stack-id"] = stackId };
        var isStack = happened.PhysicalId == stackId;
        if (!isStack)
        {
            detail["logical-resource-id"] = happened.LogicalId;
            detail["physical-resource-id"] = happened.PhysicalId ?? "";
        }

        detail["status-details"] = new JsonObject { ["status"] = happened.Status, ["status-reason"] = happened.Reason ?? "" };
        if (!isStack)
            detail["resource-type"] = happened.Type;
        detail["client-request-token"] = happened.Token ?? "";
        return new JsonObject
        {
            ["version"] = "0",
            ["id"] = Guid.NewGuid().ToString(),
            ["detail-type"] = isStack ? "CloudFormation Stack Status Change" : "CloudFormation Resource Status Change",
            ["source"] = "aws.cloudformation",
            ["account"] = options.AccountId,
            ["time"] = happened.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["region"] = options.Region,
            ["resources"] = new JsonArray(stackId),
            ["detail"] = detail,
        };
    }
}
