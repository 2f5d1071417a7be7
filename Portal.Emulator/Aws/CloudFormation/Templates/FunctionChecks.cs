using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Aws.CloudFormation.Templates;

/// <summary>
/// Whether the functions of a template are there and take arguments of that form: what CloudFormation says before it looks at any
/// value. The words are those of its ValidationErrors, as the user guide's troubleshooting and many public issues quote them.
/// </summary>
internal static partial class FunctionChecks
{
    private const string Supported =
        "Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr";

    private static readonly Dictionary<string, (Func<JsonNode?, bool> IsSound, string Fault)> s_functions = new(StringComparer.Ordinal)
    {
        ["Ref"] = (IsText, "Template error: every Ref object must have a single String value."),
        ["Fn::GetAtt"] = (IsAttribute, "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"),
        ["Fn::Sub"] = (node => IsText(node) || (IsList(node, 2) && IsText(node![0]) && node[1] is JsonObject), "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string"),
        ["Fn::Join"] = (node => IsList(node, 2) && IsText(node![0]) && node[1] is JsonArray or JsonObject, "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."),
        ["Fn::Select"] = (node => IsList(node, 2) && node![1] is JsonArray or JsonObject, "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"),
        ["Fn::Split"] = (node => IsList(node, 2) && IsText(node![0]) && (IsText(node[1]) || node[1] is JsonObject), "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split."),
        ["Fn::If"] = (node => IsList(node, 3) && IsText(node![0]), "Template error: Fn::If requires a list argument with three elements"),
        ["Fn::FindInMap"] = (node => IsList(node, 3) || IsList(node, 4), "Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value"),
        ["Fn::ImportValue"] = (IsTextOrCall, "Template error: the attribute in Fn::ImportValue must be a string or a function that returns a string"),
        ["Fn::Base64"] = (IsTextOrCall, "Template error: every Fn::Base64 object must have a String-typed value."),
        ["Fn::GetAZs"] = (IsTextOrCall, "Template error: every Fn::GetAZs object must have a String-typed value."),
        ["Fn::Cidr"] = (node => IsList(node, 2) || IsList(node, 3), "Template error: every Fn::Cidr object requires two or three parameters, an IP block, a count and the number of bits"),
        ["Fn::Equals"] = (node => IsList(node, 2), "Template error: every Fn::Equals object requires a list of 2 string parameters."),
        ["Fn::And"] = (IsTwoToTen, "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters."),
        ["Fn::Or"] = (IsTwoToTen, "Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters."),
        ["Fn::Not"] = (node => IsList(node, 1), "Template error: every Fn::Not object requires one boolean parameter."),
    };

    private static readonly Dictionary<string, (Func<JsonNode?, bool> IsSound, string Fault)> s_extensions = new(StringComparer.Ordinal)
    {
        ["Fn::Length"] = (node => node is JsonArray or JsonObject, $"Transform {Template.LanguageExtensions} failed with: Fn::Length layout is incorrect."),
        ["Fn::ToJsonString"] = (node => node is JsonArray or JsonObject, $"Transform {Template.LanguageExtensions} failed with: Fn::ToJsonString layout is incorrect."),
    };

    /// <exception cref="AwsException">A function does not exist, or its arguments are of another form.</exception>
    public static void Check(Template template)
    {
        foreach (var resource in template.Resources.Values)
        {
            NoNulls($"/Resources/{resource.LogicalId}/Properties", resource.Properties);
            Check(template, resource.Properties);
            Conditions(template, "Resources", resource.Condition, resource.Properties);
        }

        foreach (var output in template.Outputs.Values)
        {
            if (output.Value is JsonArray)
                throw TemplateReader.Format("The Value field of every Outputs member must evaluate to a String.");
            Check(template, output.Value);
            Check(template, output.ExportName);
            Conditions(template, "Outputs", output.Condition, output.Value);
        }

        Check(template, template.Conditions);
        Conditions(template, "Conditions", null, template.Conditions);
        if (References(template.Conditions).Where(name => !name.StartsWith("AWS::", StringComparison.Ordinal) && !template.Parameters.ContainsKey(name)).Distinct().ToList() is { Count: > 0 } unknown)
            throw TemplateReader.Format($"Unresolved dependencies [{string.Join(", ", unknown)}]. Cannot reference resources in the Conditions block of the template");
    }

    private static void Check(Template template, JsonNode? node)
    {
        if (node is JsonObject { Count: 1 } call && call.First() is var (function, argument) && (function == "Ref" || function.StartsWith("Fn::", StringComparison.Ordinal)))
        {
            if (!s_functions.TryGetValue(function, out var form) && !(template.HasLanguageExtensions && s_extensions.TryGetValue(function, out form)))
                throw TemplateReader.Format($"Encountered unsupported function: {function} Supported functions are: [{Supported}]");
            // With the transform, names may be worked out: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
            if (!form.IsSound(argument) && !(template.HasLanguageExtensions && function is "Ref" or "Fn::GetAtt"))
                throw AwsException.Validation(form.Fault);
            if (function == "Fn::Sub" && Evaluator.SubVariable().Matches((argument is JsonArray pair ? pair[0] : argument).ToText()).FirstOrDefault(match => !VariableName().IsMatch(match.Groups["name"].Value)) is not null)
                throw AwsException.Validation("Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons");
        }

        if (node is JsonObject members)
        {
            foreach (var member in members)
                Check(template, member.Value);
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items)
                Check(template, item);
        }
    }

    private static void NoNulls(string path, JsonNode? node)
    {
        if (node is null)
            throw TemplateReader.Format($"[{path}] 'null' values are not allowed in templates");
        if (node is JsonObject members)
            members.ToList().ForEach(member => NoNulls($"{path}/{member.Key}", member.Value));
        else if (node is JsonArray items)
            items.Select((item, index) => (item, index)).ToList().ForEach(pair => NoNulls($"{path}/{pair.index}", pair.item));
    }

    private static void Conditions(Template template, string block, string? own, JsonNode? node)
    {
        foreach (var name in ConditionNames(node).Prepend(own).OfType<string>())
        {
            if (!template.Conditions.ContainsKey(name))
                throw TemplateReader.Format($"Unresolved condition dependency {name} in the {block} block of the template");
        }
    }

    private static IEnumerable<string> ConditionNames(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } call when call.First() is ("Condition", JsonValue name) => [name.ToText()],
        JsonObject { Count: 1 } call when call.First() is ("Fn::If", JsonArray { Count: 3 } choice) => ConditionNames(choice[1]).Concat(ConditionNames(choice[2])).Prepend(choice[0].ToText()),
        JsonObject members => members.SelectMany(member => ConditionNames(member.Value)),
        JsonArray items => items.SelectMany(ConditionNames),
        _ => [],
    };

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject { Count: 1 } call when call.First() is ("Ref", JsonValue name) => [name.ToText()],
        JsonObject { Count: 1 } call when call.First() is ("Fn::GetAtt", var argument) => [argument is JsonArray pair ? pair[0].ToText() : argument.ToText().Split('.')[0]],
        JsonObject members => members.SelectMany(member => References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    private static bool IsAttribute(JsonNode? node) => node is JsonArray { Count: 2 } pair
        ? IsText(pair[0]) && pair[0].ToText().Length > 0 && ((IsText(pair[1]) && pair[1].ToText().Length > 0) || pair[1] is JsonObject)
        : IsText(node) && node.ToText().Split('.', 2) is [{ Length: > 0 }, { Length: > 0 }];

    private static bool IsText(JsonNode? node) => node is JsonValue;

    private static bool IsTextOrCall(JsonNode? node) => node is JsonValue or JsonObject;

    private static bool IsList(JsonNode? node, int count) => node is JsonArray list && list.Count == count;

    private static bool IsTwoToTen(JsonNode? node) => node is JsonArray { Count: >= 2 and <= 10 };

    [GeneratedRegex(@"^[A-Za-z0-9_.:]+\z")]
    private static partial Regex VariableName();
}
