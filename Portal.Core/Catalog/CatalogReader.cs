using Portal.Core.Requests;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Portal.Core.Catalog;

/// <summary>Reads Templates/catalog and names every fault with its file, so that the process does not start on a wrong one.</summary>
public static class CatalogReader
{
    private sealed class ServicesFile
    {
        public List<ServiceTemplate> Services { get; init; } = [];
    }

    private sealed class StoresFile
    {
        public List<DataStore> Stores { get; init; } = [];
    }

    private sealed class SizesFile
    {
        public string Default { get; init; } = "";
        public List<ClusterSize> Sizes { get; init; } = [];
    }

    /// <exception cref="InvalidDataException">A file is missing or wrong; the message lists every fault.</exception>
    public static ServiceCatalog Read(string folder)
    {
        var faults = new List<string>();
        var services = File<ServicesFile>(folder, "services.yaml", faults);
        var stores = File<StoresFile>(folder, "data-stores.yaml", faults);
        var sizes = File<SizesFile>(folder, "clusters.yaml", faults);
        var durations = File<Durations>(folder, "durations.yaml", faults);
        var prices = File<PriceList>(folder, "prices.yaml", faults);
        var classes = EnvironmentClasses.Read(folder, Enum.GetNames<EnvironmentClass>().Select(name => name.ToLowerInvariant()), faults);
        Check(services, stores, sizes, prices, faults);
        if (faults.Count > 0)
            throw new InvalidDataException("The catalogue cannot be used:\n" + string.Join('\n', faults));
        return new ServiceCatalog
        {
            Services = services.Services,
            DataStores = stores.Stores,
            ClusterSizes = sizes.Sizes,
            DefaultClusterSize = sizes.Default,
            Classes = classes,
            Durations = durations,
            Prices = prices,
        };
    }

    private static T File<T>(string folder, string name, List<string> faults)
        where T : new()
    {
        var path = Path.Combine(folder, name);
        try
        {
            var deserializer = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).IgnoreUnmatchedProperties().Build();
            return deserializer.Deserialize<T>(System.IO.File.ReadAllText(path)) ?? new T();
        }
        catch (YamlException error)
        {
            faults.Add($"{name}({error.Start.Line},{error.Start.Column}): {error.InnerException?.Message ?? error.Message}");
        }
        catch (IOException error)
        {
            faults.Add($"{name}: {error.Message}");
        }

        return new T();
    }

    private static void Check(ServicesFile services, StoresFile stores, SizesFile sizes, PriceList prices, List<string> faults)
    {
        var storeIds = stores.Stores.Select(store => store.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var service in services.Services.Where(service => !storeIds.Contains(service.DataStore)))
            faults.Add($"services.yaml: {service.Id} names the data store '{service.DataStore}', which data-stores.yaml does not have.");
        foreach (var (store, item) in stores.Stores.SelectMany(store => store.PriceItems.Select(item => (store, item))).Where(pair => !prices.Items.ContainsKey(pair.item.Item)))
            faults.Add($"data-stores.yaml: {store.Id} names the price '{item.Item}', which prices.yaml does not have.");
        foreach (var size in sizes.Sizes.Where(size => !prices.Items.ContainsKey(size.PriceItem)))
            faults.Add($"clusters.yaml: {size.Id} names the price '{size.PriceItem}', which prices.yaml does not have.");
        if (sizes.Sizes.TrueForAll(size => size.Id != sizes.Default))
            faults.Add($"clusters.yaml: the default '{sizes.Default}' is not one of the sizes.");
    }
}
