using Portal.Components.Lists;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;

namespace Portal.Features.Requests;

/// <summary>Which requests the list shows, in which order, with which columns: as its address says it. Pure.</summary>
public sealed record RequestList(RequestFilter Filter, IReadOnlyList<ListColumn> Columns)
{
    public const string Path = "/requests";

    private const string Mine = "mine";

    public static ListColumns All { get; } = new(
        new ListColumn("number", "Request", "request") { IsFixed = true, DescendingFirst = true },
        new ListColumn("environment", "Environment", "environment") { IsFixed = true },
        new ListColumn("state", "State", "state") { IsFixed = true },
        new ListColumn("target", "Target", "target") { IsUsual = false },
        new ListColumn("by", "Asked by", "by") { IsUsual = false },
        new ListColumn("asked", "Asked", "asked") { DescendingFirst = true },
        new ListColumn("decided", "Decided", "decided") { DescendingFirst = true },
        new ListColumn("comment", "Comment", "comment", Sorts: false) { IsUsual = false },
        new ListColumn("cost", "A month", "cost number") { DescendingFirst = true });

    public ListOrder? Order => Filter.Sort is { } sort ? new(sort.ToString().ToLowerInvariant(), Filter.Descending) : null;

    public bool IsFiltered => Filter.State is not null || Filter.Target is not null || Filter.Mine || Filter.Search is not null;

    /// <param name="targets">Those that there are.</param>
    public static RequestList Read(RequestListAddress address, QueryReader query, IReadOnlyList<string> targets)
    {
        var order = All.ReadOrder(query, address.Sort);
        return new RequestList(
            new RequestFilter
            {
                // "all" is what an address says that does not want the person's own view.
                State = address.State is "all" ? null : query.Choice<RequestState>("state", address.State),
                Target = query.OneOf("target", address.Target, targets),
                Mine = query.OneOf("by", address.By, [Mine]) is not null,
                Search = query.Search(address.Search),
                Sort = order is null ? null : Enum.Parse<RequestSort>(order.Key, ignoreCase: true),
                Descending = order is { Descending: true },
                Page = query.Page(address.Page),
            },
            All.Read(query, address.Columns));
    }

    /// <summary>What is kept as a view: everything but the page.</summary>
    public string Query => PageAddress.Of("", Parameters).TrimStart('?');

    public string Address => Query.Length == 0 && Filter.Page == 0 ? $"{Path}?state=all" : PageAddress.Of(Path, [.. Parameters, PageAddress.Page(Filter.Page)]);

    /// <summary>Another filter or order begins at the first page.</summary>
    public RequestList With(Func<RequestFilter, RequestFilter> change) => this with { Filter = change(Filter with { Page = 0 }) };

    public RequestList Ordered(ListOrder order) =>
        With(filter => filter with { Sort = Enum.Parse<RequestSort>(order.Key, ignoreCase: true), Descending = order.Descending });

    private IEnumerable<(string, string?)> Parameters =>
    [
        ("state", Filter.State?.ToString().ToLowerInvariant()),
        ("target", Filter.Target),
        ("by", Filter.Mine ? Mine : null),
        ("search", Filter.Search),
        ("sort", Order?.ToString()),
        ("columns", All.Write(Columns)),
    ];
}

/// <summary>The parameters as they stand in the address.</summary>
public sealed record RequestListAddress(string? State, string? Target, string? By, string? Search, string? Sort, string? Columns, string? Page);
