using System.Globalization;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>Reads one value of property-types.yaml.</summary>
internal sealed partial class ShapeReader(string text, IReadOnlyDictionary<string, ObjectShape> objects)
{
    private int _at;

    /// <exception cref="FormatException">Not of the form that the file describes.</exception>
    public ValueShape Read()
    {
        var shape = Value();
        return _at == text.Length ? shape : throw new FormatException($"'{text}' goes on at {_at}.");
    }

    private ValueShape Value()
    {
        if (Take("["))
        {
            var item = Value();
            Demand("]");
            var (least, most) = Bounds();
            return new ListShape(item, least, most, Take(" unique"));
        }

        if (Take("{"))
        {
            var item = Value();
            Demand("}");
            return new MapShape(item);
        }

        var word = Match(Word());
        if (char.IsUpper(word[0]))
            return objects[word];
        if (word == "json")
            return new AnyShape();
        if (word is not ("string" or "integer" or "number" or "boolean"))
            throw new FormatException($"'{word}' is no kind of value.");
        var values = Take("(") ? Match(Values()).TrimEnd(')').Split('|') : [];
        var (lowest, highest) = Bounds();
        return new ScalarShape(word, lowest, highest, values, Take(" /") ? Pattern() : null);
    }

    /// <summary>A pattern is the last thing of a value, but for the brackets of a list around it.</summary>
    private Regex Pattern()
    {
        var end = text.LastIndexOf('/');
        var pattern = new Regex(text[_at..end], RegexOptions.None, TimeSpan.FromSeconds(1));
        _at = end + 1;
        return pattern;
    }

    private (decimal? Least, decimal? Most) Bounds()
    {
        var match = BoundsForm().Match(text, _at);
        if (!match.Success)
            return (null, null);
        _at += match.Length;
        return (Number(match.Groups["least"].Value), Number(match.Groups["most"].Value));
    }

    private static decimal? Number(string digits) => digits.Length == 0 ? null : decimal.Parse(digits, CultureInfo.InvariantCulture);

    private bool Take(string expected)
    {
        if (string.CompareOrdinal(text, _at, expected, 0, expected.Length) != 0)
            return false;
        _at += expected.Length;
        return true;
    }

    private void Demand(string expected)
    {
        if (!Take(expected))
            throw new FormatException($"'{text}' lacks '{expected}' at {_at}.");
    }

    private string Match(Regex form)
    {
        var match = form.Match(text, _at);
        if (!match.Success)
            throw new FormatException($"'{text}' cannot be read at {_at}.");
        _at += match.Length;
        return match.Value;
    }

    [GeneratedRegex(@"\G[A-Za-z][A-Za-z0-9_]*")]
    private static partial Regex Word();

    [GeneratedRegex(@"\G[^)]*\)")]
    private static partial Regex Values();

    [GeneratedRegex(@"\G (?<least>-?[0-9.]*?)\.\.(?<most>-?[0-9.]*)")]
    private static partial Regex BoundsForm();
}
