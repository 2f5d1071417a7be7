using System.Runtime.CompilerServices;
using System.Xml.Linq;
using Portal.Core.Provisioning;
using Portal.Worker.Aws.Sdk;

namespace Portal.Worker.Aws;

/// <summary>CloudFormation over the Query protocol: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/.</summary>
/// <param name="isPatient">Whether its reads give way to others'.</param>
internal sealed class CloudFormationGateway(AwsClients clients, TimeProvider clock, bool isPatient = false) : ICloudFormation
{
    private readonly TemplateUploads _uploads = new(clients);
    private const int LongestName = 128;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    public async Task<StackSnapshot?> FindAsync(AwsTarget target, string stackName, CancellationToken cancellationToken)
    {
        try
        {
            var page = await CallAsync(target, Ask("DescribeStacks").With("StackName", stackName), cancellationToken);
            return page.Members("Stacks").Select(StackXml.Stack).FirstOrDefault();
        }
        catch (StepFailedException error) when (IsMissing(error))
        {
            return null;
        }
    }

    public async IAsyncEnumerable<StackSnapshot> ListAsync(AwsTarget target, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(target, () => Ask("DescribeStacks"), cancellationToken))
        {
            foreach (var stack in page.Members("Stacks"))
                yield return StackXml.Stack(stack);
        }
    }

    public async Task<string> CreateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var result = await CallAsync(target, await FillAsync("CreateStack", target, request, cancellationToken), cancellationToken);
            return result.Required("StackId");
        }
        catch (StepFailedException error) when (error.Failure.Code is "cfn_already_exists" or "cfn_token_used")
        {
            var existing = await FindAsync(target, request.Name, cancellationToken);
            if (existing is not null && await WasCreatedByAsync(target, existing, request.Token, cancellationToken))
                return existing.Id;
            throw;
        }
    }

    public async Task<StackUpdate> UpdateAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(target, await FillAsync("UpdateStack", target, request, cancellationToken), cancellationToken);
            return StackUpdate.Started;
        }
        catch (StepFailedException error) when (error is { Failure.Code: "cfn_invalid" } && Says(error, "No updates are to be performed"))
        {
            return StackUpdate.NothingToDo;
        }
    }

    public async Task<StackUpdate> RevertDriftAsync(AwsTarget target, StackRequest request, CancellationToken cancellationToken)
    {
        // A name begins with a letter; a token does not have to.
        var name = $"revert-{request.Token}";
        name = name.Length > LongestName ? name[..LongestName] : name;
        var create = (await DescribeAsync("CreateChangeSet", target, request, cancellationToken))
            .With("ChangeSetName", name)
            .With("ChangeSetType", "UPDATE")
            .With("DeploymentMode", "REVERT_DRIFT")
            .With("ClientToken", request.Token);
        var id = (await CallAsync(target, create, cancellationToken)).Required("Id");
        while (true)
        {
            var set = await CallAsync(target, new QueryRequest("DescribeChangeSet").With("ChangeSetName", id), cancellationToken);
            switch (set.Text("Status"), set.Text("ExecutionStatus"))
            {
                case (_, "EXECUTE_IN_PROGRESS" or "EXECUTE_COMPLETE"):
                    return StackUpdate.Started;
                case ("CREATE_COMPLETE", _):
                    await CallAsync(target, new QueryRequest("ExecuteChangeSet").With("ChangeSetName", id).With("ClientRequestToken", request.Token), cancellationToken);
                    return StackUpdate.Started;
                case ("FAILED", _):
                    await CallAsync(target, new QueryRequest("DeleteChangeSet").With("ChangeSetName", id), cancellationToken);
                    return set.Text("StatusReason") is { } reason && !reason.Contains("didn't contain changes", StringComparison.Ordinal) && !reason.Contains("No updates are to be performed", StringComparison.Ordinal)
                        ? throw new StepFailedException("change_set_failed", $"CloudFormation cannot put {request.Name} right: {reason}")
                        : StackUpdate.NothingToDo;
            }

            await Task.Delay(LookEvery, clock, cancellationToken);
        }
    }

    public Task ContinueRollbackAsync(AwsTarget target, string stackName, IReadOnlyCollection<string> leftOut, string token, CancellationToken cancellationToken) => CallAsync(
        target, new QueryRequest("ContinueUpdateRollback").With("StackName", stackName).With("ClientRequestToken", token).WithList("ResourcesToSkip", leftOut), cancellationToken);

    public async Task DeleteAsync(AwsTarget target, string stackName, string token, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(
                target, new QueryRequest("DeleteStack").With("StackName", stackName).With("ClientRequestToken", token), cancellationToken);
        }
        catch (StepFailedException error) when (IsMissing(error))
        {
            // By name AWS answers success for a stack that is gone; by the id of one long forgotten it does not.
        }
    }

    public async IAsyncEnumerable<StackEvent> EventsAsync(
        AwsTarget target, string stackId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(target, () => Ask("DescribeStackEvents").With("StackName", stackId), cancellationToken))
        {
            foreach (var stackEvent in page.Members("StackEvents"))
                yield return StackXml.Event(stackEvent);
        }
    }

    public async Task<IReadOnlyList<StackResource>> ResourcesAsync(AwsTarget target, string stackId, CancellationToken cancellationToken)
    {
        var resources = new List<StackResource>();
        await foreach (var page in PagesAsync(target, () => Ask("ListStackResources").With("StackName", stackId), cancellationToken))
            resources.AddRange(page.Members("StackResourceSummaries").Select(StackXml.Resource));
        return resources;
    }

    private async Task<QueryRequest> FillAsync(string action, AwsTarget target, StackRequest request, CancellationToken cancellationToken) =>
        (await DescribeAsync(action, target, request, cancellationToken))
            .With("ClientRequestToken", request.Token)
            .With("DisableRollback", request.KeepsWhatSucceeded ? "true" : "false");

    /// <summary>What the stack is to be, without what is to be done about it.</summary>
    private async Task<QueryRequest> DescribeAsync(string action, AwsTarget target, StackRequest request, CancellationToken cancellationToken)
    {
        var address = await _uploads.AddressOfAsync(target, request.Name, request.TemplateBody, cancellationToken);
        var query = new QueryRequest(action).With("StackName", request.Name);
        return (address is null ? query.With("TemplateBody", request.TemplateBody) : query.With("TemplateURL", address))
            .WithList("Capabilities", request.Capabilities)
            .WithPairs("Parameters", "ParameterKey", "ParameterValue", request.Parameters)
            .WithPairs("Tags", "Key", "Value", request.Tags);
    }

    /// <summary>The stack's first event of all carries the token of the request that created it.</summary>
    private async Task<bool> WasCreatedByAsync(AwsTarget target, StackSnapshot stack, string token, CancellationToken cancellationToken)
    {
        await foreach (var stackEvent in EventsAsync(target, stack.Id, cancellationToken))
        {
            if (stackEvent is { ResourceType: "AWS::CloudFormation::Stack", Status: "CREATE_IN_PROGRESS" } && stackEvent.PhysicalId == stack.Id)
                return stackEvent.Token == token;
        }

        return false;
    }

    private QueryRequest Ask(string action) => new(action) { IsPatient = isPatient };

    private IAsyncEnumerable<XElement> PagesAsync(AwsTarget target, Func<QueryRequest> request, CancellationToken cancellationToken) =>
        clients.For(target, AwsService.CloudFormation).PagesAsync(request, "NextToken", "NextToken", cancellationToken);

    private Task<XElement> CallAsync(AwsTarget target, QueryRequest request, CancellationToken cancellationToken) =>
        clients.For(target, AwsService.CloudFormation).QueryAsync(request, cancellationToken);

    /// <summary>CloudFormation has no code of its own for it: "Stack with id shop-iam does not exist" is a ValidationError.</summary>
    private static bool IsMissing(StepFailedException error) =>
        error.Failure.Code is "cfn_not_found" || (error.Failure.Code is "cfn_invalid" && Says(error, "does not exist"));

    private static bool Says(StepFailedException error, string words) =>
        error.InnerException?.Message.Contains(words, StringComparison.Ordinal) ?? false;
}
