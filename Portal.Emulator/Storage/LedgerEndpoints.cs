namespace Portal.Emulator.Storage;

internal static class LedgerEndpoints
{
    private const int MostPerPage = 10_000;

    /// <summary>
    /// GET /_emulator/ledger?kind=&amp;service=&amp;action=&amp;after=&amp;limit= answers the lines oldest first.
    /// A full page carries the header X-Next-After: ask again with that value in <c>after</c>.
    /// </summary>
    /// <remarks>GET /_emulator/ledger/duplicates answers what was made while an earlier one of it was there: [] is what one hopes for.</remarks>
    public static void MapLedger(this IEndpointRouteBuilder app)
    {
        app.MapGet("/_emulator/ledger/duplicates", (EmulatorDatabase database) => LedgerDuplicates.Find(database.ReadLedger("effect", null, null, 0, int.MaxValue)));
        app.MapGet("/_emulator/ledger", (HttpResponse response, EmulatorDatabase database, string? kind, string? service, string? action, long? after, int? limit) =>
        {
            var most = Math.Clamp(limit ?? MostPerPage, 1, MostPerPage);
            var page = database.ReadLedger(kind, service, action, after ?? 0, most);
            if (page.Count == most)
                response.Headers["X-Next-After"] = page[^1].Id.ToString();
            return page;
        });
    }
}
