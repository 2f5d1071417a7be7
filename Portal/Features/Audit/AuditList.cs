using Portal.Components.Shared;
using Portal.Core.Audit;

namespace Portal.Features.Audit;

/// <summary>Which entries the page shows: as its address says it. Pure.</summary>
public sealed record AuditList(AuditFilter Filter)
{
    public const string Path = "/audit";

    private const string Everything = "everything";

    public bool IsFiltered => Filter with { System = false, Page = 0, Zone = TimeZoneInfo.Utc } != new AuditFilter();

    public bool HasDays => (Filter.From ?? Filter.To) is not null;

    /// <param name="zone">Of the days, where the address does not say it.</param>
    public static AuditList Read(AuditListAddress address, QueryReader query, TimeZoneInfo zone) => new(new AuditFilter
    {
        Search = query.Search(address.Search),
        Environment = query.Search(address.Environment)?.ToLowerInvariant(),
        By = query.Search(address.By),
        Kind = query.Search(address.Kind),
        From = query.Day("from", address.From),
        To = query.Day("to", address.To),
        Zone = query.Zone("zone", address.Zone) ?? zone,
        System = query.OneOf("show", address.Show, [Everything]) is not null,
        Page = query.Page(address.Page),
    });

    public string Address => PageAddress.Of(Path, [.. Parameters, PageAddress.Page(Filter.Page)]);

    /// <summary>The same entries, all of them, as a file.</summary>
    public string ExportAs(string ending) => PageAddress.Of($"{Path}/export.{ending}", Parameters);

    /// <summary>Another filter begins at the first page.</summary>
    public AuditList With(Func<AuditFilter, AuditFilter> change) => new(change(Filter with { Page = 0 }));

    private IEnumerable<(string, string?)> Parameters =>
    [
        ("search", Filter.Search),
        ("environment", Filter.Environment),
        ("by", Filter.By),
        ("kind", Filter.Kind),
        ("from", Filter.From?.ToString("yyyy-MM-dd")),
        ("to", Filter.To?.ToString("yyyy-MM-dd")),
        // Whoever is sent the address sees the same entries, and so does the file.
        ("zone", HasDays ? Filter.Zone.Id : null),
        ("show", Filter.System ? Everything : null),
    ];
}

/// <summary>The parameters as they stand in the address.</summary>
public sealed record AuditListAddress(string? Search, string? Environment, string? By, string? Kind, string? From, string? To, string? Zone, string? Show, string? Page);
