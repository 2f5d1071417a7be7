namespace Portal.Core.Persistence;

/// <summary>Patterns of <c>like</c> in which what somebody typed is letters only; the escape is the backslash, which is Postgres's own.</summary>
public static class LikePattern
{
    public static string Containing(string text) => $"%{Escaped(text)}%";

    public static string Beginning(string text) => $"{Escaped(text)}%";

    private static string Escaped(string text) =>
        text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
}
