using System.Text;
using System.Text.Json.Nodes;

namespace Portal.Core.Provisioning.Changes;

/// <summary>The stacks and releases of a plan with what flows between them; as a change of <paramref name="before"/> if that is given.</summary>
internal sealed class EvaluatedPlan(PlannedWork work, UpdateBehaviour behaviour, TemplateTrees trees, EvaluatedPlan? before)
{
    private readonly Dictionary<string, PlannedStep> _steps = work.Plan.Steps.ToDictionary(step => step.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, EvaluatedStack> _stacks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ReleaseEffect> _effects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _bodies = work.Artifacts.ToDictionary(artifact => artifact.Digest, artifact => artifact.Body, StringComparer.Ordinal);

    public IReadOnlyList<PlannedStep> Steps => work.Plan.Steps;

    public PlannedStep? Find(string step) => _steps.GetValueOrDefault(step);

    public EvaluatedStack Stack(string name)
    {
        if (_stacks.TryGetValue(name, out var known))
            return known;
        var step = _steps[name];
        var inputs = step.Inputs.ToDictionary(
            input => input.Key, input => input.Value.Step is { } source ? Output(source, input.Value.Output!) : JsonValue.Create(input.Value.Value), StringComparer.Ordinal);
        var earlier = before?.Find(name) is { Kind: StepKind.Stack } old && old.Subject == step.Subject ? before.Stack(name) : null;
        return _stacks[name] = new EvaluatedStack(step.Subject, work.Plan.Region, Template(step), inputs, behaviour, earlier);
    }

    /// <summary>A release's values with what is known put in.</summary>
    public JsonObject Values(string name) => Resolve(_steps[name].Values) as JsonObject ?? [];

    public (ReleaseEffect Effect, IReadOnlyList<string> Changed) Release(string name)
    {
        if (before?.Find(name) is not { Kind: StepKind.Release } old)
            return (ReleaseEffect.None, []);
        var (effect, changed) = ReleaseComparison.Compare(old, before.Values(name), _steps[name], Values(name));
        return (StandsOnAnotherCluster(name) ? ReleaseEffect.Reinstall : effect, changed);
    }

    /// <summary>Whether what the step waits for is another one than before.</summary>
    public bool IsAnother(string name) =>
        before?.Find(name) is { } old && (old.Subject != _steps[name].Subject || _steps[name].DependsOn.Any(source => EffectOf(source) is ReleaseEffect.NewLoadBalancer or ReleaseEffect.Reinstall));

    /// <summary>Whether another stack was given the id of the resource.</summary>
    public bool IsUsedElsewhere(string name, string id) =>
        Steps.Any(step => step.Kind == StepKind.Stack && step.Name != name && Stack(step.Name).Uses(_steps[name].Subject, id));

    private JsonNode? Output(string name, string output) => Find(name) switch
    {
        { Kind: StepKind.Stack } => Stack(name).Output(output)?.DeepClone(),
        { Kind: StepKind.Wait } step => Symbols.Of($"{step.Subject}{(IsAnother(name) ? " (new)" : "")}.{output}"),
        _ => Symbols.Of($"{work.Plan.Target}/{name}.{output}"),
    };

    private ReleaseEffect EffectOf(string name)
    {
        if (!_effects.TryGetValue(name, out var effect))
            _effects[name] = effect = _steps[name].Kind == StepKind.Release ? Release(name).Effect : ReleaseEffect.None;
        return effect;
    }

    private bool StandsOnAnotherCluster(string name) => Before(name).Any(step =>
        step.Kind == StepKind.Stack && Stack(step.Name).Changes.Any(change => change is { Type: "AWS::EKS::Cluster", Action: ResourceAction.Changed, Impact: Impact.Replacement }));

    private IEnumerable<PlannedStep> Before(string name)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<string>(_steps[name].DependsOn);
        while (queue.TryDequeue(out var next))
        {
            if (!seen.Add(next) || Find(next) is not { } step)
                continue;
            yield return step;
            foreach (var more in step.DependsOn)
                queue.Enqueue(more);
        }
    }

    private JsonNode? Resolve(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject reference when reference[PlanValues.Output] is JsonValue name:
                var text = name.GetValue<string>();
                var dot = text.LastIndexOf('.');
                var value = Output(text[..dot], text[(dot + 1)..]);
                return reference[PlanValues.Split]?.GetValue<bool>() == true ? Symbols.Split(",", value) : value;
            case JsonObject mapping:
                return new JsonObject(mapping.Select(pair => KeyValuePair.Create(pair.Key, Resolve(pair.Value))));
            case JsonArray list:
                return new JsonArray([.. list.Select(Resolve)]);
            default:
                return node?.DeepClone();
        }
    }

    private JsonObject Template(PlannedStep step) => step.Artifact is { } digest && _bodies.TryGetValue(digest, out var body)
        ? trees.Of(digest, () => TemplateTree.Parse(step.Subject, Encoding.UTF8.GetString(body)))
        : throw new InvalidDataException($"{step.Name}: its template is not among the plan's files.");
}
