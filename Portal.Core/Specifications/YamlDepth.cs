using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Portal.Core.Specifications;

/// <summary>Whoever reads YAML goes as deep as it does, and no process survives the end of its stack: what is too deep is refused before it is read.</summary>
internal static class YamlDepth
{
    /// <param name="aliases">Whether one part may stand for another; a key that stands for what it is in ends the process of whoever loads it.</param>
    /// <exception cref="YamlException">It is nested deeper, or is no YAML.</exception>
    public static void Check(string text, int most, bool aliases = true)
    {
        var parser = new Parser(new StringReader(text));
        var depth = 0;
        while (parser.MoveNext())
        {
            if (!aliases && parser.Current is AnchorAlias alias)
                throw new YamlException(alias.Start, alias.End, $"Aliases are not taken here: write what *{alias.Value} stands for.");
            depth += parser.Current!.NestingIncrease;
            // The stream and its document are levels as well.
            if (depth > most + 2)
                throw TooDeep(most, parser.Current);
        }
    }

    public static YamlException TooDeep(int most, ParsingEvent? at) =>
        new(at?.Start ?? Mark.Empty, at?.End ?? Mark.Empty, $"It is nested more than {most} levels deep, or within itself.");
}
