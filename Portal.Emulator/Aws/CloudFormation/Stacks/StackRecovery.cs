namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>CancelUpdateStack, ContinueUpdateRollback and UpdateTerminationProtection.</summary>
internal sealed class StackRecovery(StackEngine engine, StackPhases phases)
{
    public void CancelUpdate(string nameOrId, string? token) => engine.Change(stacks =>
    {
        var stack = Find(stacks, nameOrId);
        if (stack.Operation is not { Phase: Phase.Update } || stack.Status != "UPDATE_IN_PROGRESS")
            throw AwsException.Validation("CancelUpdateStack cannot be called from current stack status");
        stack.LastToken = token is null ? null : $"CancelUpdateStack {token}";
        phases.CancelUpdate(stack);
        return stack;
    });

    /// <param name="skipped">Logical ids of resources whose rollback failed; they are taken to be as they were.</param>
    public void ContinueUpdateRollback(string nameOrId, IReadOnlyCollection<string> skipped, string? token) => engine.Change(stacks =>
    {
        var stack = Find(stacks, nameOrId);
        if (token is not null && stack.LastToken == $"ContinueUpdateRollback {token}")
            return null;
        if (stack.Status != "UPDATE_ROLLBACK_FAILED")
            throw AwsException.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not be rolled back.");
        var failed = stack.Stalled!.Works.Where(work => work.State == WorkState.Failed).Select(work => work.LogicalId);
        if (skipped.Except(failed).ToList() is { Count: > 0 } wrong)
            throw AwsException.Validation($"The following resource(s) cannot be skipped, since their rollback did not fail: [{string.Join(", ", wrong)}]");
        stack.LastToken = token is null ? null : $"ContinueUpdateRollback {token}";
        phases.ContinueRollback(stack, skipped, token);
        return stack;
    });

    /// <summary>From CREATE_FAILED or UPDATE_FAILED back to the last stable state; a stack that has none loses its resources.</summary>
    public Stack Rollback(string nameOrId, string? token, bool retainExceptOnCreate) => engine.Change(stacks =>
    {
        var stack = Find(stacks, nameOrId);
        if (token is not null && stack.LastToken == $"RollbackStack {token}")
            return stack;
        if (stack.Status is not ("CREATE_FAILED" or "UPDATE_FAILED"))
            throw AwsException.Validation($"Stack:{stack.Id} is in {stack.Status} state and can not be rolled back.");
        stack.LastToken = token is null ? null : $"RollbackStack {token}";
        phases.RollBack(stack, token, retainExceptOnCreate);
        return stack;
    })!;

    public Stack SetTerminationProtection(string nameOrId, bool enabled) => engine.Change(stacks =>
    {
        var stack = Find(stacks, nameOrId);
        if (stack.IsDeleted || stack.Operation?.Phase == Phase.Delete)
            throw AwsException.Validation($"Stack [{stack.Name}] cannot be updated while in status {stack.Status}");
        stack.TerminationProtection = enabled;
        stacks.Changed(stack);
        return stack;
    })!;

    private static Stack Find(StackStore stacks, string nameOrId) => stacks.Find(nameOrId) ?? throw AwsException.Validation($"Stack [{nameOrId}] does not exist");
}
