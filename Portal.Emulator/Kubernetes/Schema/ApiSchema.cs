using System.Text.RegularExpressions;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Schema;

/// <summary>
/// The one description of the API's types: OpenAPI, validation of fields, merge keys, ownership of fields and protobuf follow from it.
/// </summary>
internal static partial class ApiSchema
{
    private const string Resource = "kubernetes/api-schema.txt";

    private static readonly Dictionary<string, SchemaType> _types = Load();

    public static IEnumerable<SchemaType> All => _types.Values;

    public static SchemaType? Find(string name) => _types.GetValueOrDefault(name);

    /// <summary>Null for custom kinds.</summary>
    public static SchemaType? Of(ResourceKind kind) =>
        kind.IsCustom ? null : Find(kind == Kinds.HorizontalPodAutoscalerV1 ? "AutoscalingHorizontalPodAutoscaler" : kind.Kind);

    private static Dictionary<string, SchemaType> Load()
    {
        using var reader = new StreamReader(typeof(ApiSchema).Assembly.GetManifestResourceStream(Resource)!);
        var types = new Dictionary<string, SchemaType>(StringComparer.Ordinal);
        var package = "";
        while (reader.ReadLine() is { } line)
        {
            if (line is ['@', ..])
                package = line[1..];
            else if (line is not (['#', ..] or "") && Line().Match(line) is { Success: true } match)
                types[match.Groups["name"].Value] = new SchemaType(package, match.Groups["name"].Value, match.Groups["atomic"].Success, [.. Fields(match.Groups["fields"].Value)]);
        }

        return types;
    }

    private static IEnumerable<SchemaField> Fields(string text)
    {
        foreach (var part in text.Split(", ", StringSplitOptions.RemoveEmptyEntries))
        {
            var match = FieldPattern().Match(part);
            if (!match.Success)
                throw new InvalidOperationException($"{Resource} holds a field that cannot be read: {part}");

            var type = match.Groups["type"].Value;
            var form = type switch
            {
                ['[', ..] => FieldForm.List,
                ['~', ..] => FieldForm.Inline,
                ['m', _] => FieldForm.Map,
                _ => FieldForm.Single,
            };
            var marks = match.Groups["marks"].Value;
            var (patch, keys) = (match.Groups["patch"], match.Groups["keys"]);
            yield return new SchemaField(
                int.Parse(match.Groups["number"].Value),
                match.Groups["name"].Value,
                form switch { FieldForm.List => type[1..^1], FieldForm.Single => type, _ => type[1..] },
                form,
                KeepsZero: marks.Contains('*'),
                IsRequired: marks.Contains('!'),
                patch.Success ? patch.Value : null,
                RetainsKeys: marks.Contains('^') || match.Groups["more"].Value.Contains('^'),
                keys.Success ? keys.Value.Split('+', StringSplitOptions.RemoveEmptyEntries) : [],
                IsSet: keys is { Success: true, Length: 0 },
                IsMarkedAtomic: match.Groups["atomic"].Success);
        }
    }

    [GeneratedRegex(@"^(?<name>\w+)(?<atomic>\|)?:( (?<fields>.*))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Line();

    [GeneratedRegex(@"^(?<number>\d+) (?<name>[\w$]+) (?<type>\[\w+\]|~?\w+)(?<marks>[*!^]*)(@(?<patch>\w*)(?<more>\^?))?(#(?<keys>[\w+]*))?(?<atomic>\|)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FieldPattern();
}
