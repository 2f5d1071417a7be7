using Portal.Components.Lists;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;

namespace Portal.Features.Environments;

/// <summary>Which environments the dashboard shows, in which order, with which columns: as its address says it. Pure.</summary>
public sealed record EnvironmentList(EnvironmentFilter Filter, IReadOnlyList<ListColumn> Columns)
{
    public const string Path = "/";

    private const string Mine = "mine";

    private static readonly EnvironmentFilter Usual = new();

    public static ListColumns All { get; } = new(
        new ListColumn("name", "Environment", "name") { IsFixed = true },
        new ListColumn("state", "State", "state") { IsFixed = true },
        new ListColumn("target", "Target", "target") { IsUsual = false },
        new ListColumn("services", "Services", "services") { DescendingFirst = true },
        new ListColumn("owner", "Owner", "owner"),
        new ListColumn("cost", "Cost / month", "cost number") { DescendingFirst = true },
        new ListColumn("expires", "Expires", "expires") { IsUsual = false },
        new ListColumn("created", "Created", "created") { IsUsual = false, DescendingFirst = true },
        new ListColumn("changed", "Last change", "changed") { DescendingFirst = true });

    public ListOrder Order => new(Filter.Sort.ToString().ToLowerInvariant(), Filter.Descending);

    public bool IsFiltered => Filter.Group is not null || Filter.Target is not null || Filter.Attention is not null || Filter.Mine || Filter.Team is not null || Filter.Search is not null;

    /// <param name="targets">Those that there are.</param>
    public static EnvironmentList Read(EnvironmentListAddress address, QueryReader query, IReadOnlyList<string> targets)
    {
        var order = All.ReadOrder(query, address.Sort);
        return new EnvironmentList(
            new EnvironmentFilter
            {
                // "all" is what an address says that does not want the person's own view.
                Group = address.State is "all" ? null : query.Choice<EnvironmentGroup>("state", address.State),
                Target = query.OneOf("target", address.Target, targets),
                Attention = query.Choice<EnvironmentAttention>("attention", address.Attention),
                Mine = query.OneOf("owner", address.Owner, [Mine]) is not null,
                Team = query.Search(address.Team),
                Search = query.Search(address.Search),
                Sort = order is null ? Usual.Sort : Enum.Parse<EnvironmentSort>(order.Key, ignoreCase: true),
                Descending = order?.Descending ?? Usual.Descending,
                Page = query.Page(address.Page),
            },
            All.Read(query, address.Columns));
    }

    /// <summary>What is kept as a view: everything but the page.</summary>
    public string Query => PageAddress.Of("", Parameters).TrimStart('?');

    public string Address => Query.Length == 0 && Filter.Page == 0 ? $"{Path}?state=all" : PageAddress.Of(Path, [.. Parameters, PageAddress.Page(Filter.Page)]);

    /// <summary>Another filter or order begins at the first page.</summary>
    public EnvironmentList With(Func<EnvironmentFilter, EnvironmentFilter> change) => this with { Filter = change(Filter with { Page = 0 }) };

    public EnvironmentList Ordered(ListOrder order) =>
        With(filter => filter with { Sort = Enum.Parse<EnvironmentSort>(order.Key, ignoreCase: true), Descending = order.Descending });

    private IEnumerable<(string, string?)> Parameters =>
    [
        ("state", Filter.Group?.ToString().ToLowerInvariant()),
        ("attention", Filter.Attention?.ToString().ToLowerInvariant()),
        ("target", Filter.Target),
        ("owner", Filter.Mine ? Mine : null),
        ("team", Filter.Team),
        ("search", Filter.Search),
        ("sort", Filter.Sort == Usual.Sort && Filter.Descending == Usual.Descending ? null : Order.ToString()),
        ("columns", All.Write(Columns)),
    ];
}

/// <summary>The parameters as they stand in the address.</summary>
public sealed record EnvironmentListAddress(string? State, string? Target, string? Owner, string? Search, string? Sort, string? Columns, string? Page, string? Team = null, string? Attention = null);
