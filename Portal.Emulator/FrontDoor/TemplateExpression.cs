using System.Text;

namespace Portal.Emulator.FrontDoor;

/// <summary>Reads one value of a mapping template: a string, or a reference with its members and calls.</summary>
/// <param name="resolve">The worth of a dotted name with the arguments of its last call.</param>
internal sealed class TemplateExpression(string text, int start, Func<string, IReadOnlyList<string>, string?> resolve)
{
    public int At { get; private set; } = start;

    public string Read()
    {
        SkipBlanks();
        return Peek() switch
        {
            '\'' => Quoted('\''),
            '"' => Interpolated(Quoted('"')),
            '$' => Reference(),
            _ => throw GatewayException.IntegrationFailed(),
        };
    }

    /// <summary>Steps over the closing character and returns the place after it.</summary>
    public int Close(char closing)
    {
        SkipBlanks();
        if (Peek() != closing)
            throw GatewayException.IntegrationFailed();
        return ++At;
    }

    private string Reference()
    {
        var begin = At++;
        if (Peek() == '!')
            At++;
        var isBraced = Peek() == '{';
        if (isBraced)
            At++;

        // Once a name has a value, what follows is a method of that text; before, it is a longer name.
        var name = Word();
        string? value = resolve(name, []);
        while (true)
        {
            IReadOnlyList<string> arguments = [];
            if (Peek() == '(')
            {
                arguments = Arguments();
                value = resolve(name, arguments);
            }
            else if (Peek() == '.' && At + 1 < text.Length && char.IsLetter(text[At + 1]))
            {
                At++;
                var member = Word();
                if (value is not null && Peek() == '(')
                {
                    value = Call(value, member, Arguments());
                }
                else
                {
                    name = $"{name}.{member}";
                    value = Peek() == '(' ? null : resolve(name, []);
                }
            }
            else
            {
                break;
            }
        }

        if (isBraced)
            Close('}');
        // Velocity leaves a reference without a value as it was written.
        return value ?? text[begin..At];
    }

    private static string Call(string value, string method, IReadOnlyList<string> arguments) => (method, arguments) switch
    {
        ("replace", [var from, var to]) => value.Replace(from, to, StringComparison.Ordinal),
        ("replaceAll" or "replaceFirst", [var from, var to]) => ReplacePattern(value, from, to, method == "replaceFirst" ? 1 : -1),
        ("substring", [var from]) when int.TryParse(from, out var at) && at <= value.Length => value[at..],
        ("concat", [var more]) => value + more,
        ("toLowerCase", []) => value.ToLowerInvariant(),
        ("toUpperCase", []) => value.ToUpperInvariant(),
        ("trim", []) => value.Trim(),
        _ => throw GatewayException.IntegrationFailed(),
    };

    private static string ReplacePattern(string value, string pattern, string to, int count)
    {
        var expression = new System.Text.RegularExpressions.Regex(pattern, System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        return expression.Replace(value, to, count);
    }

    private List<string> Arguments()
    {
        At++;
        var arguments = new List<string>();
        for (SkipBlanks(); Peek() != ')'; SkipBlanks())
        {
            arguments.Add(char.IsDigit(Peek()) ? Word() : Read());
            SkipBlanks();
            if (Peek() == ',')
                At++;
        }

        At++;
        return arguments;
    }

    private string Interpolated(string quoted)
    {
        var result = new StringBuilder();
        for (var at = 0; at < quoted.Length;)
        {
            if (quoted[at] == '$' && at + 1 < quoted.Length && (char.IsLetter(quoted[at + 1]) || quoted[at + 1] is '{' or '!'))
            {
                var inner = new TemplateExpression(quoted, at, resolve);
                result.Append(inner.Read());
                at = inner.At;
            }
            else
            {
                result.Append(quoted[at++]);
            }
        }

        return result.ToString();
    }

    private string Quoted(char quote)
    {
        var end = text.IndexOf(quote, At + 1);
        if (end < 0)
            throw GatewayException.IntegrationFailed();
        var value = text[(At + 1)..end];
        At = end + 1;
        return value;
    }

    private string Word()
    {
        var begin = At;
        while (At < text.Length && (char.IsLetterOrDigit(text[At]) || text[At] is '_' or '-'))
            At++;
        return text[begin..At];
    }

    private char Peek() => At < text.Length ? text[At] : '\0';

    private void SkipBlanks()
    {
        while (At < text.Length && char.IsWhiteSpace(text[At]))
            At++;
    }
}
