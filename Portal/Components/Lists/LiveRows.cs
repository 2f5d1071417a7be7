namespace Portal.Components.Lists;

/// <summary>
/// The rows of a page that somebody reads while they change. What stands there stays where it is, so that the focus, a selection and the eye keep
/// their place; what comes is put in where it belongs, what went goes. <see cref="IsInOrder"/> says when that is not the list's order any more.
/// </summary>
public sealed class LiveRows<T>(Func<T, object> key)
{
    private IReadOnlyList<T> _fresh = [];

    public IReadOnlyList<T> Shown { get; private set; } = [];

    /// <summary>Whether the rows are in the order that was asked for.</summary>
    public bool IsInOrder { get; private set; } = true;

    /// <summary>Another list, or the same anew: the order is what was read.</summary>
    public void Show(IReadOnlyList<T> rows)
    {
        (_fresh, Shown, IsInOrder) = (rows, rows, true);
    }

    /// <summary>The same list after a change.</summary>
    public void Update(IReadOnlyList<T> rows)
    {
        _fresh = rows;
        var now = rows.ToDictionary(key);
        var known = Shown.Select(key).ToHashSet();
        var merged = Shown.Where(row => now.ContainsKey(key(row))).Select(row => now[key(row)]).ToList();
        for (var index = 0; index < rows.Count; index++)
        {
            if (known.Contains(key(rows[index])))
                continue;
            var before = index == 0 ? -1 : merged.FindIndex(row => key(row).Equals(key(rows[index - 1])));
            merged.Insert(before + 1, rows[index]);
        }

        Shown = merged;
        IsInOrder = merged.Select(key).SequenceEqual(rows.Select(key));
    }

    /// <summary>Puts them in order.</summary>
    public void Sort() => Show(_fresh);
}
