using System.Globalization;
using Portal.Core.Catalog;

namespace Portal.Features.Requests.Form;

/// <summary>Catalogue entry → service of the form. A name or path that is taken gets a number, so that a click never adds a fault.</summary>
public static class ServiceDrafts
{
    public const string Blank = "blank";

    /// <param name="of">The environment's class: where it lets nothing be open, callers begin with a key.</param>
    public static ServiceDraft From(ServiceTemplate template, IReadOnlyCollection<ServiceDraft> others, ClassDefaults? of = null) => new()
    {
        Name = Free(template.Name, "-", name => others.Any(other => other.Name.Trim() == name)),
        Image = template.Image,
        Port = template.Port.ToString(CultureInfo.InvariantCulture),
        Path = Free(template.Path, "-", path => others.Any(other => Collides(other.Path.Trim(), path))),
        Replicas = template.Replicas.ToString(CultureInfo.InvariantCulture),
        HealthPath = template.HealthPath,
        Stores = template.DataStore.Length > 0 ? [new StoreDraft { Type = template.DataStore }] : [],
        Access = { ApiKeyRequired = of is { OpenRoutes: false } },
    };

    public static StoreDraft From(DataStore store, ServiceDraft service) => new() { Type = store.Id, Name = NameFor(store.Name, service) };

    /// <summary>The first store of a service has no name; the next is called what the catalogue proposes.</summary>
    public static string NameFor(string proposed, ServiceDraft service)
    {
        string[] taken = [.. service.Stores.Select(store => store.Name.Trim()), .. service.SharedStores.Select(shared => shared.Name.Trim())];
        return taken.Contains("") ? Free(proposed, "", taken.Contains) : "";
    }

    private static string Free(string wanted, string separator, Func<string, bool> isTaken)
    {
        if (wanted.Length == 0 || !isTaken(wanted))
            return wanted;
        for (var number = 2; ; number++)
        {
            var candidate = wanted + separator + number.ToString(CultureInfo.InvariantCulture);
            if (!isTaken(candidate))
                return candidate;
        }
    }

    private static bool Collides(string one, string other) =>
        one == other || (other.Length > 1 && one.StartsWith(other + "/", StringComparison.Ordinal)) || (one.Length > 1 && other.StartsWith(one + "/", StringComparison.Ordinal));
}
