using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;

namespace Portal.Components.Shared;

/// <summary>
/// Interpolated text as markup: what is put into its holes is encoded, unless it is markup itself, so that no name becomes an element. For what many
/// circuits show alike: one string that they share, where elements of Blazor's would cost each circuit its own.
/// </summary>
[InterpolatedStringHandler]
public readonly ref struct Markup
{
    private const int HoleLength = 16;

    // Letters of every language are no markup.
    private static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);

    private readonly StringBuilder _text;

    public Markup(int literalLength, int formattedCount) => _text = new StringBuilder(literalLength + (formattedCount * HoleLength));

    /// <summary>Markup of an interpolated string.</summary>
    public static MarkupString Of(Markup markup) => new(markup._text.ToString());

    /// <summary>One after the other.</summary>
    public static MarkupString Of(IEnumerable<MarkupString> parts) => new(string.Concat(parts));

    public void AppendLiteral(string value) => _text.Append(value);

    public void AppendFormatted(string? value)
    {
        if (value is not null)
            _text.Append(s_encoder.Encode(value));
    }

    public void AppendFormatted(int value) => _text.Append(value);

    public void AppendFormatted(MarkupString value) => _text.Append(value.Value);

    public void AppendFormatted(MarkupString? value) => _text.Append(value?.Value);
}
