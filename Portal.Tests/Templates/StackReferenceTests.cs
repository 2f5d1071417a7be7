using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

public sealed partial class StackReferenceTests
{
    public static TheoryData<string> Names => [.. All.Select(template => template.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void References_EveryTemplate_NameSomethingThatExists(string name)
    {
        var template = Named(name);
        var faults = References(template)
            .Where(reference => !Exists(template, reference))
            .Select(reference => $"{reference.Kind} {reference.Target}");

        faults.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Declarations_EveryTemplate_AreUsed(string name)
    {
        var template = Named(name);
        var used = References(template).Select(reference => reference.Target).ToHashSet(StringComparer.Ordinal);

        template.Parameters.Keys.Concat(template.Conditions).Concat(template.Mappings.Keys).Where(declared => !used.Contains(declared)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Body_EveryTemplate_FitsInline(string name) =>
        Encoding.UTF8.GetByteCount(Named(name).Body).ShouldBeLessThan(LargestBody);

    [Theory]
    [MemberData(nameof(Names))]
    public void Body_EveryTemplate_HasNoAliasesWhichCloudFormationRefuses(string name) =>
        Within(Named(name).Root).ShouldAllBe(node => node.Anchor.IsEmpty);

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_EveryTemplate_AreDescribedAndConstrained(string name)
    {
        foreach (var (parameter, node) in Named(name).Parameters)
        {
            Text(Child(node, "Description")).ShouldNotBeEmpty(parameter);
            if (Text(Child(node, "Type")) is "String" or "Number")
                new[] { "AllowedPattern", "AllowedValues", "MinLength", "MinValue" }.ShouldContain(key => Child(node, key) != null, parameter);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_WithAPattern_HaveADefaultThatFits(string name)
    {
        foreach (var (parameter, node) in Named(name).Parameters.Where(pair => Child(pair.Value, "Default") != null && Child(pair.Value, "AllowedPattern") != null))
            Text(Child(node, "Default")).ShouldMatch(Text(Child(node, "AllowedPattern")), parameter);
    }

    private static bool Exists(StackTemplate template, (string Kind, string Target) reference) => reference.Kind switch
    {
        _ when reference.Target.StartsWith("AWS::", StringComparison.Ordinal) => true,
        "Ref" or "Sub" => template.Parameters.ContainsKey(reference.Target) || template.Resources.ContainsKey(reference.Target),
        "GetAtt" or "DependsOn" => template.Resources.ContainsKey(reference.Target),
        "Condition" => template.Conditions.Contains(reference.Target),
        "FindInMap" => template.Mappings.ContainsKey(reference.Target),
        _ => throw new ArgumentOutOfRangeException(nameof(reference), reference.Kind, "Unknown kind of reference."),
    };

    private static IEnumerable<(string Kind, string Target)> References(StackTemplate template) =>
        Within(template.Root).SelectMany(ByTag)
            .Concat(template.Resources.Values.Concat(template.Outputs.Values).Select(node => ("Condition", Text(Child(node, "Condition")))).Where(pair => pair.Item2.Length > 0))
            .Concat(template.Resources.Values.SelectMany(node => Items(Child(node, "DependsOn"))).Select(node => ("DependsOn", Text(node))));

    private static IEnumerable<(string Kind, string Target)> ByTag(YamlNode node) => Tag(node) switch
    {
        "!Ref" => [("Ref", Text(node))],
        "!GetAtt" => [("GetAtt", Text(node).Split('.')[0])],
        "!Sub" => Variable().Matches(Text(node)).Select(match => ("Sub", match.Groups[1].Value)),
        "!Condition" => [("Condition", Text(node))],
        "!If" => [("Condition", Text(((YamlSequenceNode)node)[0]))],
        "!FindInMap" => [("FindInMap", Text(((YamlSequenceNode)node)[0]))],
        _ => [],
    };

    [GeneratedRegex(@"\$\{([^!}.]+)(?:\.[^}]+)?\}")]
    private static partial Regex Variable();
}
