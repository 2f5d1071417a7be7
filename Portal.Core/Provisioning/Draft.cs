using System.Text;
using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>
/// A plan while it is being put together. Stacks are wired by name: a parameter takes the plan's own value, else the output of that
/// name of a step it depends on, directly or not, else what the environment's class says, else the template's default.
/// </summary>
internal sealed class Draft(Specification specification, PlanTarget target, TemplateSet templates, ServiceCatalog catalog)
{
    private readonly Dictionary<string, PlannedStep> _steps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlySet<string>> _outputs = new(StringComparer.Ordinal)
    {
        [StepNames.LoadBalancer] = new HashSet<string>(StringComparer.Ordinal) { "LoadBalancerArn", "LoadBalancerDnsName" },
    };

    private readonly Dictionary<string, Artifact> _artifacts = new(StringComparer.Ordinal);

    private readonly Dictionary<string, LiquidTemplate> _liquid = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StackShape> _rendered = new(StringComparer.Ordinal);

    // By the class of the environment; a literal of the plan goes before it.
    private readonly Dictionary<string, string> _defaults = catalog.ClassOf(specification.Class).Parameters;

    public Specification Specification => specification;

    public PlanTarget Target => target;

    public TemplateSet Templates => templates;

    public IReadOnlyCollection<Artifact> Artifacts => _artifacts.Values;

    public void Add(PlannedStep step) => _steps.Add(step.Name, step with { Retry = RetryPolicy.Of(catalog.Patience[step.Kind.ToString().ToLowerInvariant()]) });

    /// <summary><paramref name="step"/> where the template has a parameter that only it can feed; nothing otherwise.</summary>
    public IReadOnlyList<string> Needs(string template, Dictionary<string, string> literals, string step) =>
        templates.Shape(template).Parameters.Keys
            .Any(parameter => !literals.ContainsKey(parameter) && _outputs[step].Contains(parameter))
            ? [step]
            : [];

    /// <param name="wired">Parameters that take outputs of other names.</param>
    public void Stack(
        string name, string title, string file, IReadOnlyList<string> dependsOn, Dictionary<string, string> literals,
        string? service = null, string? body = null, Rest? rest = null, string? leaves = null, IReadOnlyDictionary<string, PlanInput>? wired = null)
    {
        var shape = body is null ? templates.Shape(file) : ShapeOf(file, body);
        body ??= templates.Stack(file);
        var inputs = new SortedDictionary<string, PlanInput>(StringComparer.Ordinal);
        foreach (var (parameter, fallback) in shape.Parameters)
        {
            if (literals.TryGetValue(parameter, out var literal))
                inputs[parameter] = new PlanInput(literal);
            else if (wired?.GetValueOrDefault(parameter) is { } given)
                inputs[parameter] = given;
            else if (parameter == "AdminPrincipalArn")
                inputs[parameter] = PlanInput.From(PlanInput.TargetStep, "PrincipalArn");
            else if (FindOutput(dependsOn, parameter, service) is { } source)
                inputs[parameter] = PlanInput.From(source, parameter);
            else if (_defaults.TryGetValue(parameter, out var value))
                inputs[parameter] = new PlanInput(value);
            else if (fallback is null)
                throw new InvalidDataException($"{file}: nothing gives the parameter {parameter}, and it has no default.");
        }

        _outputs[name] = shape.Outputs;
        Add(new PlannedStep
        {
            Name = name,
            Kind = StepKind.Stack,
            Title = title,
            DependsOn = dependsOn,
            Service = service,
            Subject = StackNames.Of(specification.Environment, name),
            Artifact = Keep(Artifact.Of(file, Encoding.UTF8.GetBytes(body))),
            Inputs = inputs,
            // Roles with and without names are ours to make; a macro may only run where the template says so.
            Capabilities = shape.HasTransform ? ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"] : ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            Rest = rest,
            Leaves = leaves,
            Expected = shape.CreateDuration(catalog.Durations),
        });
    }

    /// <summary>A template with Liquid in it, parsed once a plan however many services it is rendered for.</summary>
    public LiquidTemplate Liquid(string file)
    {
        if (!_liquid.TryGetValue(file, out var parsed))
            _liquid[file] = parsed = LiquidTemplate.Parse(file, templates.Stack(file));
        return parsed;
    }

    // What differs between services are parameters, mostly: their renderings are the same text.
    private StackShape ShapeOf(string file, string body)
    {
        if (!_rendered.TryGetValue(body, out var shape))
            _rendered[body] = shape = StackShape.Parse(file, body);
        return shape;
    }

    /// <summary>Whether the step is planned already.</summary>
    public bool Has(string step) => _steps.ContainsKey(step);

    /// <summary>Whether the stack of an earlier step has that output.</summary>
    public bool HasOutput(string step, string output) => _outputs[step].Contains(output);

    /// <param name="release">The release's name; the service's or the step's where it is not given.</param>
    /// <param name="inNamespace">Where the release is kept; the environment's namespace where it is not given.</param>
    public void Release(
        string name, string title, string chart, IReadOnlyList<string> dependsOn, string? service, JsonObject values, DurationRange expected,
        string? release = null, string? inNamespace = null) =>
        Add(new PlannedStep
        {
            Name = name,
            Kind = StepKind.Release,
            Title = title,
            DependsOn = dependsOn,
            Service = service,
            Subject = release ?? service ?? name,
            Artifact = Keep(templates.Chart(chart)),
            Namespace = inNamespace ?? specification.Environment,
            Values = values,
            Expected = expected,
        });

    /// <exception cref="InvalidDataException">No step before <paramref name="step"/> has that output.</exception>
    public JsonObject OutputNode(string step, IReadOnlyList<string> dependsOn, string output, bool split = false)
    {
        var source = FindOutput(dependsOn, output, service: null)
            ?? throw new InvalidDataException($"{step}: no step before it has the output {output}.");
        var node = new JsonObject { [PlanValues.Output] = $"{source}.{output}" };
        if (split)
            node[PlanValues.Split] = true;
        return node;
    }

    /// <summary>Every step after all it depends on; the given order otherwise.</summary>
    public IReadOnlyList<PlannedStep> Ordered()
    {
        foreach (var step in _steps.Values)
        {
            if (step.DependsOn.FirstOrDefault(name => !_steps.ContainsKey(name)) is { } missing)
                throw new InvalidDataException($"{step.Name} depends on {missing}, which is not planned.");
        }

        return PlanDifference.Ordered([.. _steps.Values]);
    }

    // Nearest first; another service's store or binding never feeds this one.
    private string? FindOutput(IReadOnlyList<string> dependsOn, string output, string? service)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<string>(dependsOn);
        while (queue.TryDequeue(out var name))
        {
            if (!seen.Add(name) || !_steps.TryGetValue(name, out var step))
                continue;
            if (service is not null && step.Service is not null && step.Service != service)
                continue;
            if (_outputs.TryGetValue(name, out var outputs) && outputs.Contains(output))
                return name;
            foreach (var before in step.DependsOn)
                queue.Enqueue(before);
        }

        return null;
    }

    private string Keep(Artifact artifact)
    {
        _artifacts[artifact.Digest] = artifact;
        return artifact.Digest;
    }
}

/// <summary>References to outputs within a release's values, and their resolution when the step starts.</summary>
public static class PlanValues
{
    public const string Output = "$output";
    public const string Split = "$split";

    /// <summary>A list of texts and references that make one text.</summary>
    public const string Join = "$join";

    /// <summary>The steps and outputs that the values refer to.</summary>
    public static IEnumerable<(string Step, string Output)> References(JsonNode? values) => values switch
    {
        JsonObject reference when reference[Output] is JsonValue name && name.GetValue<string>() is var text => [(text[..text.LastIndexOf('.')], text[(text.LastIndexOf('.') + 1)..])],
        JsonObject mapping => mapping.SelectMany(pair => References(pair.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    /// <summary>What differs between two values, done to a third; everything else of that stays.</summary>
    public static JsonNode? Patched(JsonNode? there, JsonNode? before, JsonNode? after) =>
        JsonNode.DeepEquals(before, after) ? there?.DeepClone()
        : (there, before, after) is (JsonObject one, JsonObject from, JsonObject to)
            ? new JsonObject(one.Select(pair => pair.Key).Union(to.Select(pair => pair.Key), StringComparer.Ordinal)
                .Select(key => KeyValuePair.Create(key, Patched(one[key], from[key], to[key]))).Where(pair => pair.Value is not null))
            : after?.DeepClone();

    /// <param name="values">Values as planned; not changed.</param>
    /// <param name="resolve">(step, output) → value.</param>
    public static JsonNode? Resolve(JsonNode? values, Func<string, string, string> resolve)
    {
        switch (values)
        {
            case JsonObject reference when reference[Output] is JsonValue name:
                var text = name.GetValue<string>();
                var dot = text.LastIndexOf('.');
                var value = resolve(text[..dot], text[(dot + 1)..]);
                return reference[Split]?.GetValue<bool>() == true
                    ? new JsonArray([.. value.Split(',').Select(part => (JsonNode)JsonValue.Create(part.Trim()))])
                    : JsonValue.Create(value);
            case JsonObject joined when joined[Join] is JsonArray parts:
                return JsonValue.Create(string.Concat(parts.Select(part => Resolve(part, resolve)!.GetValue<string>())));
            case JsonObject mapping:
                return new JsonObject(mapping.Select(pair => KeyValuePair.Create(pair.Key, Resolve(pair.Value, resolve))));
            case JsonArray list:
                return new JsonArray([.. list.Select(item => Resolve(item, resolve))]);
            default:
                return values?.DeepClone();
        }
    }
}
