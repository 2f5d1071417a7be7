using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>Which stacks export values and which import them.</summary>
internal sealed class StackExports(StackStore stacks, StackEvaluation evaluation)
{
    public IEnumerable<(Stack Stack, StackOutput Output)> All => stacks.All.Where(stack => !stack.IsDeleted)
        .SelectMany(stack => stack.Outputs.Where(output => output.ExportName is not null).Select(output => (stack, output)))
        .OrderBy(pair => pair.output.ExportName, StringComparer.Ordinal);

    /// <summary>Names of the stacks that import it.</summary>
    public IReadOnlyList<string> ImportersOf(string export) =>
        [.. stacks.All.Where(stack => !stack.IsDeleted && stack.Resources.Count > 0 && Imports(stack).Contains(export)).Select(stack => stack.Name).Order(StringComparer.Ordinal)];

    /// <summary>Null, or which export keeps the stack from being deleted.</summary>
    public string? InUse(Stack stack) => InUse(stack.Outputs, [], "deleted");

    /// <summary>Null, or why the stack cannot have these outputs.</summary>
    public string? FaultOf(Stack stack, IReadOnlyCollection<StackOutput> before, IReadOnlyCollection<StackOutput> after)
    {
        foreach (var output in after.Where(output => output.ExportName is not null))
        {
            if (All.FirstOrDefault(pair => pair.Stack != stack && pair.Output.ExportName == output.ExportName) is ({ } other, _))
                return $"Export with name {output.ExportName} is already exported by stack {other.Name}. ";
        }

        var kept = after.Where(output => output.ExportName is not null).ToDictionary(output => output.ExportName!, output => output.Value);
        var changed = before.Where(output => output.ExportName is not null && kept.TryGetValue(output.ExportName, out var value) && value != output.Value).ToList();
        return InUse(changed, [], "updated") ?? InUse(before, kept.Keys, "deleted");
    }

    private string? InUse(IEnumerable<StackOutput> outputs, IReadOnlyCollection<string> kept, string verb) => outputs
        .Where(output => output.ExportName is not null && !kept.Contains(output.ExportName))
        .Select(output => ImportersOf(output.ExportName!) is { Count: > 0 } users ? $"Export {output.ExportName} cannot be {verb} as it is in use by {string.Join(" and ", users)}" : null)
        .FirstOrDefault(fault => fault is not null);

    private HashSet<string> Imports(Stack stack)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (stack.TemplateBody.Contains("ImportValue", StringComparison.Ordinal))
            Collect(stack.Template.Root["Resources"], evaluation.For(stack, _ => true), names);
        return names;
    }

    private static void Collect(JsonNode? node, Evaluator evaluator, HashSet<string> names)
    {
        if (node is JsonObject { Count: 1 } call && call.First() is ("Fn::ImportValue", var name))
            names.Add(evaluator.Text(name));
        else if (node is JsonObject members)
            members.ToList().ForEach(member => Collect(member.Value, evaluator, names));
        else if (node is JsonArray items)
            items.ToList().ForEach(item => Collect(item, evaluator, names));
    }
}
