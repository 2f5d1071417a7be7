using System.Text.Json.Nodes;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>Matches given values with a template's parameters.</summary>
internal static class ParameterValues
{
    /// <param name="given">What the caller sent; a null value means "use the previous one".</param>
    /// <param name="previous">Of the stack that is updated; empty for a new one.</param>
    /// <exception cref="AwsException">ValidationError in AWS's words.</exception>
    public static Dictionary<string, string> Complete(
        Template template, IReadOnlyDictionary<string, string?> given, IReadOnlyDictionary<string, string> previous)
    {
        var unknown = given.Keys.Where(name => !template.Parameters.ContainsKey(name)).ToList();
        if (unknown.Count > 0)
            throw AwsException.Validation($"Parameters: [{string.Join(", ", unknown)}] do not exist in the template");

        if (given.FirstOrDefault(pair => pair.Value is null && !previous.ContainsKey(pair.Key)).Key is { } unseen)
            throw AwsException.Validation($"Invalid input for parameter key {unseen}. Cannot specify usePreviousValue as true for a parameter key not in the previous template");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var parameter in template.Parameters.Values)
        {
            // A parameter the caller leaves out keeps no earlier value: AWS falls back to the default, or refuses.
            var value = given.TryGetValue(parameter.Name, out var sent) ? sent ?? previous.GetValueOrDefault(parameter.Name) : parameter.Default;
            if (value is null)
                missing.Add(parameter.Name);
            else
                values[parameter.Name] = value;
        }

        if (missing.Count > 0)
            throw AwsException.Validation($"Parameters: [{string.Join(", ", missing)}] must have values");
        foreach (var (name, value) in values)
        {
            if (System.Text.Encoding.UTF8.GetByteCount(value) > 4096)
                throw AwsException.Validation($"Parameter '{name}' must be shorter than or equal to 4096 bytes.");
            if (template.Parameters[name].FaultOf(value) is { } fault)
                throw AwsException.Validation(fault);
        }

        return values;
    }

    /// <summary>The values as functions see them: lists as lists, and SSM parameters by what they hold.</summary>
    public static Dictionary<string, JsonNode> ToNodes(Template template, IReadOnlyDictionary<string, string> values, Func<string, string?> readSsm)
    {
        var nodes = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            var parameter = template.Parameters[name];
            var meant = parameter.IsSsm
                ? readSsm(value) ?? throw AwsException.Validation($"Unable to fetch parameters [{value}] from parameter store for this account.")
                : value;
            nodes[name] = parameter.ToNode(meant);
        }

        return nodes;
    }
}
