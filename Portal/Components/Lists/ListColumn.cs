using Portal.Components.Shared;

namespace Portal.Components.Lists;

/// <summary>A column of a list.</summary>
/// <param name="Key">In the address and in saved views: never renamed.</param>
/// <param name="Class">Of its cells.</param>
/// <param name="Sorts">Whether the list can be in its order.</param>
public sealed record ListColumn(string Key, string Title, string Class = "", bool Sorts = true)
{
    /// <summary>Always there: a row without it would be nothing.</summary>
    public bool IsFixed { get; init; }

    /// <summary>There without being chosen.</summary>
    public bool IsUsual { get; init; } = true;

    /// <summary>Which way the first press sorts: the newest and the dearest first, names from a to z.</summary>
    public bool DescendingFirst { get; init; }
}

/// <summary>The order a list is in.</summary>
/// <param name="Key">Of the column.</param>
public sealed record ListOrder(string Key, bool Descending)
{
    /// <summary>"name", "-cost".</summary>
    public override string ToString() => (Descending ? "-" : "") + Key;

    /// <summary>The order that a press on the column's heading gives.</summary>
    public static ListOrder Next(ListColumn column, ListOrder? now) =>
        new(column.Key, now?.Key == column.Key ? !now.Descending : column.DescendingFirst);
}

/// <summary>All columns a list can have, and how an address names those that are shown.</summary>
public sealed class ListColumns(params IReadOnlyList<ListColumn> all)
{
    private const string Name = "columns";

    public IReadOnlyList<ListColumn> All => all;

    public IReadOnlyList<ListColumn> Usual { get; } = [.. all.Where(column => column.IsFixed || column.IsUsual)];

    /// <summary>"owner,cost" → those and the fixed ones, in the list's own order; the usual ones where the address names none.</summary>
    public IReadOnlyList<ListColumn> Read(QueryReader reader, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Usual;
        var keys = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var unknown in keys.Where(key => key != None && !all.Any(column => Is(column, key))).Take(3))
            reader.Ignore(0, "column", unknown);
        return [.. all.Where(column => column.IsFixed || keys.Exists(key => Is(column, key)))];
    }

    /// <returns>Null for the usual ones, so that the address stays short.</returns>
    public string? Write(IReadOnlyList<ListColumn> shown)
    {
        if (shown.SequenceEqual(Usual))
            return null;
        var chosen = string.Join(',', shown.Where(column => !column.IsFixed).Select(column => column.Key));
        return chosen.Length > 0 ? chosen : None;
    }

    public ListOrder? ReadOrder(QueryReader reader, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        var key = text.Trim().TrimStart('-');
        var column = all.FirstOrDefault(one => one.Sorts && Is(one, key));
        return column is null ? reader.Ignore<ListOrder?>(null, "sort", text) : new ListOrder(column.Key, text.Trim().StartsWith('-'));
    }

    private const string None = "none";

    private static bool Is(ListColumn column, string key) => string.Equals(column.Key, key, StringComparison.OrdinalIgnoreCase);
}
