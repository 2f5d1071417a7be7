using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>An update that was checked: what the stack is to become, and what that changes.</summary>
internal sealed record PreparedUpdate(
    string Body, Template Template, Dictionary<string, string> Parameters, Dictionary<string, string> Tags, List<string> Capabilities, StackDifference Difference)
{
    public bool ChangesAnything => Difference.Changes.Count > 0 || Difference.OutputsChange || Difference.TagsChange;
}

/// <summary>The part of an update that UpdateStack and change sets share.</summary>
internal sealed class StackUpdates(StackEvaluation evaluation, StackDifferences differences, ParameterExistence existence, StackPhases phases)
{
    /// <exception cref="AwsException">The stack cannot be updated so, or not now.</exception>
    public PreparedUpdate Prepare(Stack stack, StackRequest request)
    {
        CheckStatus(stack);
        var body = request.UsePreviousTemplate ? stack.TemplateBody : request.TemplateBody;
        var template = TemplateChecks.Parse(body);
        var parameters = ParameterValues.Complete(template, request.Parameters, stack.Parameters);
        TemplateChecks.Capabilities(template, request.Capabilities);
        TemplateChecks.References(template, evaluation.For(stack, template, parameters, stack.Resources.ContainsKey));
        TemplateChecks.SameTypes(stack, template);
        if (existence.FaultOf(template, parameters) is { } fault)
            throw AwsException.Validation(fault.TrimEnd());
        var tags = request.Tags ?? stack.Tags;
        return new PreparedUpdate(body!, template, parameters, tags, request.Capabilities, differences.Between(stack, template, parameters, tags));
    }

    public void Begin(Stack stack, PreparedUpdate update, StackRequest request)
    {
        CheckStatus(stack);
        var before = new Snapshot(stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities, stack.Outputs, [.. stack.Resources.Values]);
        (stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities) = (update.Body, update.Parameters, update.Tags, update.Capabilities);
        (stack.DisableRollback, stack.RoleArn) = (request.DisableRollback, request.RoleArn ?? stack.RoleArn);
        phases.BeginUpdate(stack, before, request.Token, request.RetainExceptOnCreate);
    }

    /// <summary>Which statuses allow an update: API reference of UpdateStack, "Stack failure options" for the two failed ones.</summary>
    private static void CheckStatus(Stack stack)
    {
        if (stack.Status is not ("CREATE_COMPLETE" or "UPDATE_COMPLETE" or "UPDATE_ROLLBACK_COMPLETE" or "UPDATE_FAILED" or "CREATE_FAILED"))
            throw AwsException.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not be updated.");
    }
}
