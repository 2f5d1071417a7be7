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
    public PreparedUpdate Prepare(Stack stack, StackRequest request, bool showsChanges = false)
    {
        CheckStatus(stack, request.DisableRollback);
        if (request is { UsePreviousTemplate: true, TemplateBody: not null })
            throw AwsException.Validation("You cannot specify both usePreviousTemplate and Template Body/Template URL.");
        var body = request.UsePreviousTemplate ? stack.TemplateBody : request.TemplateBody;
        var template = TemplateChecks.Parse(body);
        var parameters = ParameterValues.Complete(template, request.Parameters, stack.Parameters);
        TemplateChecks.Capabilities(template, request.Capabilities, showsChanges);
        TemplateChecks.References(template, evaluation.For(stack, template, parameters, stack.Resources.ContainsKey));
        if (ResourcePolicies.FaultOf(template, evaluation.ForNew(template, parameters, stack.Name, stack.Id)) is { } unsound)
            throw AwsException.Validation(unsound);
        TemplateChecks.SameTypes(stack, template);
        if (existence.FaultOf(template, parameters) is { } fault)
            throw AwsException.Validation(fault.TrimEnd());
        var tags = request.Tags ?? stack.Tags;
        return new PreparedUpdate(body!, template, parameters, tags, request.Capabilities, differences.Between(stack, template, parameters, tags));
    }

    public void Begin(Stack stack, PreparedUpdate update, StackRequest request)
    {
        CheckStatus(stack, request.DisableRollback);
        var before = new Snapshot(stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities, stack.Outputs, [.. stack.Resources.Values]);
        (stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities) = (update.Body, update.Parameters, update.Tags, update.Capabilities);
        (stack.DisableRollback, stack.RoleArn) = (request.DisableRollback, request.RoleArn ?? stack.RoleArn);
        phases.BeginUpdate(stack, before, request.Token, request.RetainExceptOnCreate);
    }

    /// <summary>
    /// Which statuses allow an update: API reference of UpdateStack; for the two failed ones user guide, "Choose how to handle failures
    /// when provisioning resources": the update has to preserve what succeeded as well (aws-cdk's deploy-stack.ts rolls back first where
    /// it does not), and a stack created with OnFailure instead of DisableRollback is out (code-dot-org/code-dot-org#68524 quotes the words).
    /// </summary>
    private static void CheckStatus(Stack stack, bool preserves)
    {
        if (stack is { Status: "CREATE_FAILED", OnFailure: "DO_NOTHING" })
            throw AwsException.Validation($"This stack cannot be updated from [{stack.Status}] state because it contains [on-failure: DO_NOTHING]. Please use disable-rollback option instead during stack creation.");
        if (stack.Status is "CREATE_COMPLETE" or "UPDATE_COMPLETE" or "UPDATE_ROLLBACK_COMPLETE" || (preserves && stack.Status is ("UPDATE_FAILED" or "CREATE_FAILED")))
            return;
        throw AwsException.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not be updated.");
    }
}
