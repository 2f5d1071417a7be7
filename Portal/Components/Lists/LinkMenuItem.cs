namespace Portal.Components.Lists;

/// <param name="Address">Where a press on it leads: there it is chosen, or is not any more.</param>
public sealed record LinkMenuItem(string Title, string Address, bool IsChosen)
{
    /// <summary>The columns that can be shown or left out.</summary>
    /// <param name="address">Of the list with those columns.</param>
    public static IEnumerable<LinkMenuItem> OfColumns(ListColumns all, IReadOnlyList<ListColumn> shown, Func<IReadOnlyList<ListColumn>, string> address) =>
        all.All.Where(column => !column.IsFixed).Select(column => new LinkMenuItem(
            column.Title, address([.. all.All.Where(one => one == column ? !shown.Contains(one) : shown.Contains(one))]), shown.Contains(column)));

    /// <summary>The orders there are, where no heading is in sight to press.</summary>
    public static IEnumerable<LinkMenuItem> OfOrders(ListColumns all, ListOrder? now, Func<ListOrder, string> address) =>
        all.All.Where(column => column.Sorts).Select(column => new LinkMenuItem(column.Title, address(ListOrder.Next(column, now)), now?.Key == column.Key));

    /// <param name="address">Of the list with that target; null for all.</param>
    public static IEnumerable<LinkMenuItem> OfTargets(IEnumerable<string> targets, string? now, Func<string?, string> address) =>
        OfChoices("All targets", targets.Select(target => (target, target)), now, address);

    /// <summary>One of them, or all.</summary>
    /// <param name="all">What the choice of none is called.</param>
    /// <param name="choices">Each as the address has it and as people read it.</param>
    /// <param name="address">Of the list with that choice; null for all.</param>
    public static IEnumerable<LinkMenuItem> OfChoices(string all, IEnumerable<(string Key, string Title)> choices, string? now, Func<string?, string> address) =>
        [new(all, address(null), now is null), .. choices.Select(choice => new LinkMenuItem(choice.Title, address(choice.Key), now == choice.Key))];
}
