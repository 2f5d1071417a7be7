using System.Text;
using Portal.Core.Provisioning;
using Portal.Tests.Provisioning;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>The part of Templates/README.md that says what goes into each stack, what comes out and what it waits for: made from the files.</summary>
internal static class TemplatesReadme
{
    public const string Begin = "<!-- generated from the files: PORTAL_UPDATE_DOCS=1 dotnet test Portal.Tests --filter FullyQualifiedName~TemplatesReadmeTests -->";
    public const string End = "<!-- end of what is generated -->";

    public static string Path { get; } = System.IO.Path.Combine(Folder, "README.md");

    /// <summary>The README with that part as it has to be.</summary>
    public static string Current(string readme)
    {
        var begin = readme.IndexOf(Begin, StringComparison.Ordinal);
        var end = readme.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin)
            throw new InvalidDataException($"{Path} has no lines '{Begin}' and '{End}'.");
        return $"{readme[..begin]}{Begin}\n\n{Stacks()}{readme[end..]}";
    }

    private static string Stacks()
    {
        var uses = Uses();
        var text = new StringBuilder();
        foreach (var template in All.Where(template => !template.Name.Contains('(')).Append(Named("net-endpoints (both)")).Append(Named("bind-service (several stores)")).Append(Named("edge-routes (everything)")))
        {
            // Rendered by what is asked for.
            var file = template.Name.Contains('(') ? $"{template.Name.Split(' ')[0]}.yaml.liquid" : template.Name;
            var steps = uses[file].ToList();
            text.Append($"### {file}\n\n{Text(Child(template.Root, "Description"))}\n\n");
            var before = steps.SelectMany(use => use.Step.DependsOn.Select(name => Kind(name))).Distinct().Order(StringComparer.Ordinal).ToList();
            // No step of a plan: somebody deploys it before there is any.
            text.Append($"{(steps.Count == 0 ? "Deployed once an account" : $"Waits for: {(before.Count == 0 ? "nothing" : string.Join(", ", before))}")}. {Encoding.UTF8.GetByteCount(template.Body):N0} of 51,200 bytes, {template.Resources.Count} resources.\n\n");
            if (template.Parameters.Count > 0)
            {
                text.Append("| input | from | default | |\n|---|---|---|---|\n");
                foreach (var (name, node) in template.Parameters)
                {
                    var fallback = Child(node, "Default") is { } value ? Text(value) is { Length: > 0 } given ? $"`{given}`" : "empty" : "–";
                    text.Append($"| {name} | {(steps.Count == 0 ? "whoever deploys it" : Sources(name, steps))} | {fallback} | {Text(Child(node, "Description"))} |\n");
                }

                text.Append('\n');
            }

            if (template.Outputs.Count > 0)
            {
                text.Append("| output | |\n|---|---|\n");
                foreach (var (name, node) in template.Outputs)
                    text.Append($"| {name} | {Text(Child(node, "Description"))} |\n");
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Sources(string parameter, IReadOnlyList<(PlannedStep Step, Portal.Core.Specifications.Specification Specification)> uses)
    {
        var inputs = uses.Select(use => (use.Specification, Input: use.Step.Inputs.GetValueOrDefault(parameter))).Where(pair => pair.Input is not null).ToList();
        if (inputs.Count == 0)
            return "its default";
        var sources = inputs.Select(pair => pair.Input switch
        {
            { Step: PlanInput.TargetStep } => "the target",
            { Step: { } step } => Kind(step),
            _ when Samples.Catalog.ClassOf(pair.Specification.Class).Parameters.ContainsKey(parameter) => "the class of the environment",
            _ => "the request",
        });
        return string.Join(", ", sources.Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Template → the steps of the table's plans that use it.</summary>
    private static ILookup<string, (PlannedStep Step, Portal.Core.Specifications.Specification Specification)> Uses() => PlanGraphTests.Table
        .Select(row => (Portal.Core.Specifications.Specification)row[1])
        .SelectMany(specification =>
        {
            var work = Samples.Plans.Build(specification, Samples.Target);
            var names = work.Artifacts.ToDictionary(artifact => artifact.Digest, artifact => artifact.Name, StringComparer.Ordinal);
            return work.Plan.Steps.Where(step => step.Kind == StepKind.Stack).Select(step => (File: names[step.Artifact!], Step: step, Specification: specification));
        })
        .ToLookup(use => use.File, use => (use.Step, use.Specification), StringComparer.Ordinal);

    // Every service's own steps count as one.
    private static string Kind(string step) => step switch
    {
        "alb" => "the load balancer",
        _ when StepNames.IsData(step) => "the service's data stack",
        _ => step,
    };
}
