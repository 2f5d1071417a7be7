using System.Text;

namespace Portal.Core.Specifications;

/// <summary>A command as one line: words between blanks, quotes around those that have blanks. No shell: nothing else has a meaning.</summary>
public static class WordList
{
    /// <returns>Null where a quote is not closed.</returns>
    public static IReadOnlyList<string>? Split(string line)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        char? quote = null;
        foreach (var letter in line)
        {
            if (quote == letter)
                quote = null;
            else if (quote is null && letter is '"' or '\'')
                (quote, word) = (letter, word ?? new StringBuilder());
            else if (quote is null && char.IsWhiteSpace(letter))
                word = Keep(word, words);
            else
                word = (word ?? new StringBuilder()).Append(letter);
        }

        Keep(word, words);
        return quote is null ? words : null;
    }

    /// <summary>The other way of <see cref="Split"/>.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quoted));

    private static string Quoted(string word) =>
        word.Length > 0 && !word.Any(letter => char.IsWhiteSpace(letter) || letter is '"' or '\'') ? word
        : !word.Contains('"', StringComparison.Ordinal) ? $"\"{word}\""
        : !word.Contains('\'', StringComparison.Ordinal) ? $"'{word}'"
        : string.Join("'\"'", word.Split('"').Select(part => $"\"{part}\""));

    private static StringBuilder? Keep(StringBuilder? word, List<string> words)
    {
        if (word is not null)
            words.Add(word.ToString());
        return null;
    }
}
