using Portal.Emulator.Aws.CloudFormation.Protocol;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <param name="Parameters">A null value means: the previous one.</param>
internal sealed record StackRequest(
    string Name, string? TemplateBody, IReadOnlyDictionary<string, string?> Parameters, Dictionary<string, string>? Tags,
    List<string> Capabilities, string? Token)
{
    public bool UsePreviousTemplate { get; init; }

    public bool DisableRollback { get; init; }

    public bool RetainExceptOnCreate { get; init; }

    public string OnFailure { get; init; } = "ROLLBACK";

    public bool TerminationProtection { get; init; }

    public string? RoleArn { get; init; }

    public string Creator { get; init; } = "";
}

/// <summary>CreateStack, UpdateStack and DeleteStack: everything is checked before anything changes.</summary>
internal sealed class StackCommands(StackEngine engine, StackEvaluation evaluation, StackPhases phases, StackUpdates updates, StackExports exports, EmulatorOptions options, EmulatorClock clock)
{
    /// <summary>User guide, "CloudFormation quotas".</summary>
    private const int MostStacks = 2_000;

    public Stack Create(StackRequest request)
    {
        RequestConstraints.CheckNewName(request.Name);
        var template = TemplateChecks.Parse(request.TemplateBody);
        var parameters = ParameterValues.Complete(template, request.Parameters, new Dictionary<string, string>());
        TemplateChecks.Capabilities(template, request.Capabilities);
        return engine.Change(stacks =>
        {
            if (stacks.Find(request.Name) is { } existing)
            {
                return request.Token is not null && existing.LastToken == $"CreateStack {request.Token}"
                    ? existing
                    : throw new AwsException("AlreadyExistsException", $"Stack [{request.Name}] already exists");
            }

            CheckToken(stacks, request.Name, request.Token);
            if (stacks.All.Count(stack => !stack.IsDeleted) >= MostStacks)
                throw new AwsException("LimitExceededException", $"Limit for stack has been exceeded: {MostStacks}");
            var stack = New(request, template, parameters);
            stack.LastToken = request.Token is null ? null : $"CreateStack {request.Token}";
            stacks.Add(stack);
            phases.BeginCreate(stack, request.Token, request.RetainExceptOnCreate);
            return stack;
        })!;
    }

    public Evaluator EvaluatorOf(Template template, Dictionary<string, string> parameters, Stack stack) => evaluation.ForNew(template, parameters, stack.Name, stack.Id);

    /// <summary>A stack as the request wants it, with nothing in it yet.</summary>
    public Stack New(StackRequest request, Template template, Dictionary<string, string> parameters)
    {
        var id = $"arn:aws:cloudformation:{options.Region}:{options.AccountId}:stack/{request.Name}/{Guid.NewGuid()}";
        TemplateChecks.References(template, evaluation.ForNew(template, parameters, request.Name, id));
        return new Stack
        {
            Id = id,
            Name = request.Name,
            CreatedAt = clock.Now,
            TemplateBody = request.TemplateBody!,
            Parameters = parameters,
            Tags = request.Tags ?? [],
            Capabilities = request.Capabilities,
            DisableRollback = request.DisableRollback,
            OnFailure = request.OnFailure,
            TerminationProtection = request.TerminationProtection,
            RoleArn = request.RoleArn,
            Creator = request.Creator,
        };
    }

    public Stack Update(StackRequest request) => engine.Change(stacks =>
    {
        var stack = stacks.Find(request.Name) ?? throw AwsException.Validation($"Stack [{request.Name}] does not exist");
        if (request.Token is not null && stack.LastToken == $"UpdateStack {request.Token}")
            return stack;
        CheckToken(stacks, stack.Name, request.Token);
        var update = updates.Prepare(stack, request);
        if (!update.ChangesAnything)
            throw AwsException.Validation("No updates are to be performed.");
        stack.LastToken = request.Token is null ? null : $"UpdateStack {request.Token}";
        updates.Begin(stack, update, request);
        return stack;
    })!;

    /// <summary>One token, one request, even after the stack of that name is gone; the sentence is quoted in banzaicloud/pipeline#3016.</summary>
    private static void CheckToken(StackStore stacks, string name, string? token)
    {
        if (token is not null && stacks.HasUsed(name, token))
            throw new AwsException("TokenAlreadyExistsException", $"The client request token {token} has already been used for this stack. Retry the request with a different client request token");
    }

    /// <summary>A stack that does not exist is deleted already.</summary>
    public void Delete(string nameOrId, string? token, IReadOnlyCollection<string> retained) => engine.Change(stacks =>
    {
        if (stacks.Find(nameOrId) is not { IsDeleted: false } stack || stack.Operation?.Phase == Phase.Delete)
            return null;
        if (stack.TerminationProtection)
            throw AwsException.Validation($"Stack [{stack.Name}] cannot be deleted while TerminationProtection is enabled");
        if (retained.Count > 0 && stack.Status != "DELETE_FAILED")
            throw AwsException.Validation($"Invalid operation on stack [{stack.Id}]. RetainResources can only be used on stacks in the DELETE_FAILED state.");
        if (stack.Operation?.Phase is Phase.Update or Phase.UpdateRollback or Phase.Cleanup)
            throw AwsException.Validation($"Stack [{stack.Id}] cannot be deleted while in status {stack.Status}");
        if (exports.InUse(stack) is { } inUse)
        {
            phases.RefuseDelete(stack, inUse);
            return null;
        }

        CheckToken(stacks, stack.Name, token);
        stack.LastToken = null;
        if (stack.Status == "REVIEW_IN_PROGRESS")
            phases.End(stack, "DELETE_COMPLETE");
        else
            phases.BeginDelete(stack, token, retained);
        return stack;
    });
}
