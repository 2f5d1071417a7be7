using Portal.Core.Catalog;

namespace Portal.Core.Imports;

/// <summary>Which of the catalogue's stores is meant by what a file runs, by the words that the catalogue gives each.</summary>
internal static class StoreKinds
{
    // "rs-mysql-db" and "mysql-server" are a MySQL.
    private static readonly string[] s_plain = ["db", "database", "server", "cluster", "local", "alpine", "management"];

    /// <summary>Null for what is a service: by its image, or by the variables that the image of a database takes.</summary>
    public static DataStore? Of(ImportedWorkload workload, ServiceCatalog catalog)
    {
        var image = workload.Image.Split('@')[0];
        var repository = image.LastIndexOf(':') > image.LastIndexOf('/') ? image[..image.LastIndexOf(':')] : image;
        return Find(repository[(repository.LastIndexOf('/') + 1)..], catalog)
            ?? catalog.DataStores.FirstOrDefault(store => store.Like.Any(word => workload.Variables.Exists(variable =>
                variable.Name.StartsWith(word + "_", StringComparison.OrdinalIgnoreCase) && (variable.Name.EndsWith("ROOT_PASSWORD", StringComparison.Ordinal) || variable.Name.EndsWith("INITDB_ROOT_USERNAME", StringComparison.Ordinal) || variable.Name is "POSTGRES_DB"))));
    }

    /// <param name="word">For example postgres, rs-mysql-db or rabbitmq.</param>
    public static DataStore? Find(string word, ServiceCatalog catalog)
    {
        var last = word.ToLowerInvariant().Split('-', '_').LastOrDefault(part => !s_plain.Contains(part)) ?? "";
        return catalog.DataStores.FirstOrDefault(store => store.Like.Contains(last) || store.Like.Contains(word));
    }
}
