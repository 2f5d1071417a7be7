using System.Text;

namespace Portal.Core.Specifications;

/// <summary>A piece of a variable's value: text as it stands, or a reference without its <c>${}</c>.</summary>
public sealed record TextPart(string Text, bool IsReference);

/// <summary>
/// The value of a variable: text with references, for example <c>jdbc:postgresql://${store.DATABASE_HOST}:${store.DATABASE_PORT}/shop</c>.
/// <c>$${</c> stands for <c>${</c> itself, as in Score (https://docs.score.dev/docs/score-specification/score-spec-reference).
/// </summary>
public static class VariableText
{
    /// <returns>Null where a reference is not closed.</returns>
    public static IReadOnlyList<TextPart>? Parse(string value)
    {
        var parts = new List<TextPart>();
        var text = new StringBuilder();
        var at = 0;
        while (at < value.Length)
        {
            if (IsAt(value, at, "$${"))
            {
                text.Append("${");
                at += 3;
            }
            else if (IsAt(value, at, "${"))
            {
                var end = value.IndexOf('}', at);
                if (end < 0)
                    return null;
                if (text.Length > 0)
                    parts.Add(new TextPart(text.ToString(), IsReference: false));
                text.Clear();
                parts.Add(new TextPart(value[(at + 2)..end].Trim(), IsReference: true));
                at = end + 1;
            }
            else
            {
                text.Append(value[at++]);
            }
        }

        if (text.Length > 0 || parts.Count == 0)
            parts.Add(new TextPart(text.ToString(), IsReference: false));
        return parts;
    }

    private static bool IsAt(string value, int at, string what) => string.CompareOrdinal(value, at, what, 0, what.Length) == 0;
}
