namespace Portal.Core.Provisioning;

/// <summary>Orders of steps by what they depend on. Pure.</summary>
public static class StepOrder
{
    /// <summary>Everything after what it depends on, as far as that is there; the given order otherwise.</summary>
    /// <exception cref="InvalidDataException">The dependencies run in a circle.</exception>
    public static IReadOnlyList<T> Sort<T>(IReadOnlyList<T> items, Func<T, string> name, Func<T, IReadOnlyList<string>> dependsOn)
    {
        var byName = items.ToDictionary(name, StringComparer.Ordinal);
        var ordered = new List<T>();
        var done = new HashSet<string>(StringComparer.Ordinal);
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in items)
            Visit(item);
        return ordered;

        void Visit(T item)
        {
            if (done.Contains(name(item)))
                return;
            if (!open.Add(name(item)))
                throw new InvalidDataException($"The plan runs in a circle at {name(item)}.");
            foreach (var before in dependsOn(item))
            {
                if (byName.TryGetValue(before, out var other))
                    Visit(other);
            }

            done.Add(name(item));
            ordered.Add(item);
        }
    }
}
