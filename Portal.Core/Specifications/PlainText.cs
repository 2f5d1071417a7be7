using System.Text;

namespace Portal.Core.Specifications;

/// <summary>What people type, without what neither a database nor a page can hold.</summary>
public static class PlainText
{
    /// <summary>
    /// Without control characters (Postgres has no NUL) and halves of surrogate pairs (no encoding has them).
    /// </summary>
    /// <param name="keepLines">Line breaks and tabs stay.</param>
    public static string Clean(string text, bool keepLines = false)
    {
        if (text.All(letter => !char.IsControl(letter) && !char.IsSurrogate(letter)))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune != Rune.ReplacementChar && (!Rune.IsControl(rune) || (keepLines && rune.Value is '\n' or '\r' or '\t')))
                clean.Append(rune);
        }

        return clean.ToString();
    }
}
