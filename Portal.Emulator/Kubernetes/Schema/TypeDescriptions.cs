namespace Portal.Emulator.Kubernetes.Schema;

/// <summary>What kubectl explain says of the kinds and fields that charts and people use most, in words of our own.</summary>
internal static class TypeDescriptions
{
    public const string ApiVersion = "Version of the schema that this object is written in.";
    public const string Kind = "Kind of the object; it cannot be changed.";
    public const string Metadata = "Name, labels, owners and what else every object has.";

    private static readonly Dictionary<string, string> _texts = Read();

    /// <param name="subject">A type, or <c>Type.field</c>.</param>
    public static string? Of(string subject) => _texts.GetValueOrDefault(subject);

    private static Dictionary<string, string> Read()
    {
        using var reader = new StreamReader(typeof(TypeDescriptions).Assembly.GetManifestResourceStream("kubernetes/api-descriptions.txt")!);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.Split(": ", 2) is [var subject, var text])
                texts[subject] = text;
        }

        return texts;
    }
}
