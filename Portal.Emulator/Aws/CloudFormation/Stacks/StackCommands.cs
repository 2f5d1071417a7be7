using System.Text.RegularExpressions;
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

    public string OnFailure { get; init; } = "ROLLBACK";

    public bool TerminationProtection { get; init; }

    public string? RoleArn { get; init; }

    public string Creator { get; init; } = "";
}

/// <summary>CreateStack, UpdateStack and DeleteStack: everything is checked before anything changes.</summary>
internal sealed partial class StackCommands(StackEngine engine, StackEvaluation evaluation, StackPhases phases, EmulatorOptions options, EmulatorClock clock)
{
    public Stack Create(StackRequest request)
    {
        if (request.Name.Length > 128 || !StackName().IsMatch(request.Name))
            throw AwsException.Validation($"1 validation error detected: Value '{request.Name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*");
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

            var id = $"arn:aws:cloudformation:{options.Region}:{options.AccountId}:stack/{request.Name}/{Guid.NewGuid()}";
            TemplateChecks.References(template, evaluation.ForNew(template, parameters, request.Name, id));
            var stack = new Stack
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
                LastToken = request.Token is null ? null : $"CreateStack {request.Token}",
            };
            stacks.Add(stack);
            phases.BeginCreate(stack, request.Token);
            return stack;
        })!;
    }

    public Stack Update(StackRequest request) => engine.Change(stacks =>
    {
        var stack = stacks.Find(request.Name) ?? throw AwsException.Validation($"Stack [{request.Name}] does not exist");
        if (request.Token is not null && stack.LastToken == $"UpdateStack {request.Token}")
            return stack;
        if (stack.Status is not ("CREATE_COMPLETE" or "UPDATE_COMPLETE" or "UPDATE_ROLLBACK_COMPLETE"))
            throw AwsException.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not be updated.");

        var body = request.UsePreviousTemplate ? stack.TemplateBody : request.TemplateBody;
        var template = TemplateChecks.Parse(body);
        var parameters = ParameterValues.Complete(template, request.Parameters, stack.Parameters);
        TemplateChecks.Capabilities(template, request.Capabilities);
        TemplateChecks.References(template, evaluation.For(stack, template, parameters, stack.Resources.ContainsKey));
        var tags = request.Tags ?? stack.Tags;
        if (!StackChanges.Any(stack, template, tags, evaluation.For(stack, template, parameters, id => stack.Resources.ContainsKey(id) && template.Resources.ContainsKey(id))))
            throw AwsException.Validation("No updates are to be performed.");

        var before = new Snapshot(stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities, stack.Outputs, [.. stack.Resources.Values]);
        (stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities) = (body!, parameters, tags, request.Capabilities);
        stack.LastToken = request.Token is null ? null : $"UpdateStack {request.Token}";
        phases.BeginUpdate(stack, before, request.Token);
        return stack;
    })!;

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
        stack.LastToken = null;
        phases.BeginDelete(stack, token, retained);
        return stack;
    });

    [GeneratedRegex(@"^[a-zA-Z][-a-zA-Z0-9]*\z")]
    private static partial Regex StackName();
}

internal static class StackChanges
{
    /// <summary>Whether an update would do anything.</summary>
    public static bool Any(Stack stack, Template template, Dictionary<string, string> tags, Evaluator evaluator)
    {
        try
        {
            var wanted = DependencyGraph.Build(template, evaluator).Keys;
            return !tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).SequenceEqual(stack.Tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
                || stack.Resources.Keys.Except(wanted).Any()
                || wanted.Any(id => Differs(stack, template.Resources[id], evaluator))
                || !StackOutputs.Compute(template, evaluator).SequenceEqual(stack.Outputs);
        }
        catch (UnknownValueException)
        {
            // Something depends on a resource that is yet to be made.
            return true;
        }
    }

    private static bool Differs(Stack stack, ResourceDefinition definition, Evaluator evaluator) =>
        !stack.Resources.TryGetValue(definition.LogicalId, out var resource)
        || resource.Type != definition.Type
        || !resource.Properties.SameAs(evaluator.Evaluate(definition.Properties));
}
