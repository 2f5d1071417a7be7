using System.Text.Json;
using Portal.Emulator.Aws.CloudFormation.Protocol;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

internal sealed record ChangeSetRequest(StackRequest Stack, string Name, string Type, string? Description, string? OnStackFailure, bool RevertsDrift);

/// <summary>The change sets of all stacks. They are read and written under the engine's lock.</summary>
internal sealed class ChangeSets
{
    private const string Collection = "cfn-changesets";

    /// <summary>Said of a change set that would do nothing; <c>aws cloudformation deploy</c> looks for this sentence.</summary>
    private const string NothingToDo = "The submitted information didn't contain changes. Submit different information to create a change set.";

    /// <summary>How long CloudFormation works one out, in simulated time. [D]</summary>
    private static readonly TimeSpan s_work = TimeSpan.FromSeconds(5);

    private readonly StackEngine _engine;
    private readonly StackCommands _commands;
    private readonly StackUpdates _updates;
    private readonly StackPhases _phases;
    private readonly StackJournal _journal;
    private readonly Inventory _inventory;
    private readonly EmulatorClock _clock;
    private readonly EmulatorOptions _options;
    private readonly Dictionary<string, ChangeSet> _byKey = new(StringComparer.Ordinal);

    public ChangeSets(StackEngine engine, StackCommands commands, StackUpdates updates, StackPhases phases, StackJournal journal, Inventory inventory, IDocumentStore documents, EmulatorClock clock, EmulatorOptions options)
    {
        (_engine, _commands, _updates, _phases, _journal, _inventory, _clock, _options) = (engine, commands, updates, phases, journal, inventory, clock, options);
        foreach (var (key, json) in documents.All(Collection))
            _byKey[key] = JsonSerializer.Deserialize<ChangeSet>(json)!;
    }

    public ChangeSet Create(ChangeSetRequest request)
    {
        RequestConstraints.CheckNewName(request.Stack.Name.Split('/') is { Length: > 1 } parts ? parts[1] : request.Stack.Name);
        ChangeSet? made = null;
        _engine.Change(stacks =>
        {
            var stack = stacks.Find(request.Stack.Name);
            if (stack is not null && _byKey.TryGetValue($"{stack.Id}|{request.Name}", out var same))
            {
                made = request.Stack.Token is not null && same.Token == request.Stack.Token
                    ? same
                    : throw new AwsException("AlreadyExistsException", $"ChangeSet [{request.Name}] already exists");
                return null;
            }

            made = request.Type == "CREATE" ? OfNew(stacks, stack, request) : OfExisting(stack, request);
            Store(stacks, made);
            return null;
        });
        return made!;
    }

    public T Read<T>(string name, string? stackName, Func<ChangeSet, T> read) => _engine.Read(stacks => read(Find(stacks, name, stackName)));

    /// <summary>Of one stack, oldest first.</summary>
    public IReadOnlyList<ChangeSet> Of(string stackName) => _engine.Read<IReadOnlyList<ChangeSet>>(stacks =>
    {
        var stack = stacks.Find(stackName) ?? throw AwsException.Validation($"Stack [{stackName}] does not exist");
        return [.. _byKey.Values.Where(set => set.StackId == stack.Id).OrderBy(set => set.CreatedAt).ThenBy(set => set.Name, StringComparer.Ordinal)];
    });

    public void Execute(string name, string? stackName, string? token, bool disableRollback, bool retainExceptOnCreate) => _engine.Change(stacks =>
    {
        var set = Find(stacks, name, stackName);
        if (token is not null && set is { Executed: "EXECUTE_COMPLETE" } && stacks.Find(set.StackId)?.LastToken == $"ExecuteChangeSet {token}")
            return null;
        if (set.ExecutionStatusAt(_clock.Now) != "AVAILABLE")
        {
            throw new AwsException("InvalidChangeSetStatus", set.Executed is null
                ? $"ChangeSet [{set.Id}] cannot be executed in its current status of [{set.StatusAt(_clock.Now)}]"
                : $"ChangeSet [{set.Id}] cannot be executed in its current execution status of [{set.Executed}]");
        }

        var stack = stacks.Find(set.StackId)!;
        var request = new StackRequest(stack.Id, set.Body, set.Parameters.ToDictionary(pair => pair.Key, pair => (string?)pair.Value), set.Tags, set.Capabilities, token)
        {
            DisableRollback = disableRollback || set.OnStackFailure == "DO_NOTHING",
            RetainExceptOnCreate = retainExceptOnCreate,
            RoleArn = set.RoleArn,
        };
        if (set.Type == "CREATE")
            BeginCreate(stacks, stack, set, request);
        else if (set.RevertsDrift)
        {
            foreach (var resource in AsTheyAre(stack))
                stacks.Set(stack, resource);
            _updates.Begin(stack, _updates.Prepare(stack, request, showsChanges: true), request);
        }
        else
            _updates.Begin(stack, _updates.Prepare(stack, request, showsChanges: true), request);
        stack.LastToken = token is null ? null : $"ExecuteChangeSet {token}";
        set.Executed = "EXECUTE_COMPLETE";
        Store(stacks, set);
        // The others were worked out against a stack that is no more: CloudFormation deletes them.
        foreach (var other in _byKey.Values.Where(other => other.StackId == stack.Id && other != set && other.Executed is null).ToList())
            Remove(stacks, other);
        return stack;
    });

    public void Delete(string name, string? stackName) => _engine.Change(stacks =>
    {
        try
        {
            Remove(stacks, Find(stacks, name, stackName));
        }
        catch (AwsException error) when (error.Code == "ChangeSetNotFound" && stackName is not null)
        {
            // Deleting what is not there succeeds.
            return null;
        }

        return null;
    });

    private ChangeSet OfNew(StackStore stacks, Stack? stack, ChangeSetRequest request)
    {
        if (stack is { Status: not "REVIEW_IN_PROGRESS" })
            throw AwsException.Validation($"Stack [{stack.Name}] already exists and cannot be created again with the changeSet [{request.Name}].");
        var template = TemplateChecks.Parse(request.Stack.TemplateBody);
        var parameters = ParameterValues.Complete(template, request.Stack.Parameters, new Dictionary<string, string>());
        TemplateChecks.Capabilities(template, request.Stack.Capabilities, showsChanges: true);
        var planned = _commands.New(request.Stack with { Name = stack?.Name ?? request.Stack.Name }, template, parameters);
        if (stack is null)
        {
            stack = planned;
            // Until it is executed, the stack has a name and nothing else.
            (stack.Parameters, stack.Tags, stack.Capabilities) = ([], [], []);
            stacks.Add(stack);
            _journal.Stack(stack, "REVIEW_IN_PROGRESS", "User Initiated");
        }

        var graph = DependencyGraph.Build(template, _commands.EvaluatorOf(template, parameters, stack));
        return Build(request, stack, request.Stack.TemplateBody!, parameters, request.Stack.Tags ?? [], null,
            [.. DependencyGraph.InOrder(graph).Select(id => new ResourceChange("Add", id, null, template.Resources[id].Type, null, null, []))]);
    }

    private ChangeSet OfExisting(Stack? stack, ChangeSetRequest request)
    {
        if (stack is null)
            throw AwsException.Validation($"Stack [{request.Stack.Name}] does not exist");
        var given = stack.Resources.Values.ToList();
        if (request.RevertsDrift)
            AsTheyAre(stack).ForEach(resource => stack.Resources[resource.LogicalId] = resource);
        PreparedUpdate update;
        try
        {
            update = _updates.Prepare(stack, request.Stack, showsChanges: true);
        }
        finally
        {
            given.ForEach(resource => stack.Resources[resource.LogicalId] = resource);
        }

        return Build(request, stack, update.Body, update.Parameters, update.Tags, update.ChangesAnything ? null : NothingToDo, [.. update.Difference.Changes]);
    }

    /// <summary>Drift-aware: what somebody changed is what it is, and what he deleted is not there. User guide, "Using drift-aware change sets".</summary>
    private List<StackResource> AsTheyAre(Stack stack) =>
        [.. stack.Resources.Values.Where(resource => resource.Key is not null).Select(resource =>
            _inventory.ByKey(resource.Key) is { } thing ? resource with { Properties = thing.Properties } : resource with { Key = null })];

    private ChangeSet Build(
        ChangeSetRequest request, Stack stack, string body, Dictionary<string, string> parameters, Dictionary<string, string> tags, string? fault, List<ResourceChange> changes) => new()
        {
            Id = $"arn:aws:cloudformation:{_options.Region}:{_options.AccountId}:changeSet/{request.Name}/{Guid.NewGuid()}",
            Name = request.Name,
            StackId = stack.Id,
            StackName = stack.Name,
            Type = request.Type,
            CreatedAt = _clock.Now,
            ReadyAt = _clock.Now + _clock.ToReal(s_work),
            Description = request.Description,
            Token = request.Stack.Token,
            Body = body,
            Parameters = parameters,
            Tags = tags,
            Capabilities = request.Stack.Capabilities,
            OnStackFailure = request.OnStackFailure,
            RevertsDrift = request.RevertsDrift,
            RoleArn = request.Stack.RoleArn,
            Changes = changes,
            Fault = fault,
        };

    private void BeginCreate(StackStore stacks, Stack stack, ChangeSet set, StackRequest request)
    {
        (stack.TemplateBody, stack.Parameters, stack.Tags, stack.Capabilities, stack.RoleArn) = (set.Body, set.Parameters, set.Tags, set.Capabilities, set.RoleArn);
        (stack.DisableRollback, stack.OnFailure) = (request.DisableRollback, set.OnStackFailure == "DELETE" ? "DELETE" : "ROLLBACK");
        stacks.Changed(stack);
        _phases.BeginCreate(stack, request.Token, request.RetainExceptOnCreate);
    }

    private ChangeSet Find(StackStore stacks, string name, string? stackName)
    {
        if (_byKey.Values.FirstOrDefault(set => set.Id == name) is { } byId)
            return byId;
        if (stackName is null)
            throw AwsException.Validation("StackName must be specified if ChangeSetName is not specified as an ARN.");
        var stack = stacks.Find(stackName) ?? throw AwsException.Validation($"Stack [{stackName}] does not exist");
        return _byKey.GetValueOrDefault($"{stack.Id}|{name}") ?? throw new AwsException("ChangeSetNotFound", $"ChangeSet [{name}] does not exist", 404);
    }

    private void Store(StackStore stacks, ChangeSet set)
    {
        _byKey[set.Key] = set;
        stacks.Set(Collection, set.Key, () => JsonSerializer.Serialize(set));
    }

    private void Remove(StackStore stacks, ChangeSet set)
    {
        _byKey.Remove(set.Key);
        stacks.Set(Collection, set.Key, () => null);
    }
}
