using System.Collections.ObjectModel;
using Portal.Components.Shared;
using Portal.Core.Catalog;

namespace Portal.Features.Requests;

/// <summary>A data store's price in three words, for the choice. Pure.</summary>
public static class StorePrice
{
    /// <param name="options">As chosen; null for the catalogue's own values.</param>
    public static string Of(DataStore store, ServiceCatalog catalog, IReadOnlyDictionary<string, string>? options = null)
    {
        if (store.PriceItems.Count == 0)
            return "no charge";
        var prices = store.PricesWith(options ?? ReadOnlyDictionary<string, string>.Empty).Select(item => (item.Quantity, Price: catalog.Prices.Items.GetValueOrDefault(item.Item))).ToList();
        var fix = prices.Sum(item => item.Quantity * (item.Price?.Monthly ?? item.Price?.PerUnit ?? 0));
        var byUse = prices.Exists(item => item.Quantity == 0);
        return (fix, byUse) switch
        {
            (0, _) => "by use",
            (_, true) => $"{Text.Money(fix)} + use",
            _ => Text.Money(fix),
        };
    }
}
