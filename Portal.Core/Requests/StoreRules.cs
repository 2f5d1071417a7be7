using System.Text.RegularExpressions;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>What a service's stores can be.</summary>
internal static class StoreRules
{
    public static void Check(ServiceSpecification service, string at, ServiceCatalog catalog, List<FieldError> errors)
    {
        var count = service.Stores.Count + service.SharedStores.Count;
        if (count > FieldLimits.Stores)
            errors.Add(new($"{at}.stores", Text(count), $"{Text(count)} stores; {Text(FieldLimits.Stores)} at most for one service, because its pods have one role. Split the service."));
        for (var index = 0; index < service.Stores.Count; index++)
        {
            Name(service.Stores[index].Name, [.. service.Stores.Take(index).Select(store => store.Name)], $"{at}.stores[{index}].name", errors);
            Options(service.Stores[index], $"{at}.stores[{index}]", catalog, errors);
        }
    }

    /// <param name="earlier">Names of the service's other stores, its own and those of others, that stand before it.</param>
    public static void Name(string name, IReadOnlyList<string> earlier, string field, List<FieldError> errors)
    {
        var isTaken = earlier.Contains(name);
        if (name.Length == 0 && isTaken)
            errors.Add(new(field, name, "Another store of the service has no name already. Give this one a name, for example cache: its settings begin with it."));
        else if (isTaken)
            errors.Add(new(field, name, $"Another store of the service is called '{name}' already. Choose another name."));
        else if (name.Length > 0 && !Regex.IsMatch(name, StepNames.StorePattern, RegexOptions.NonBacktracking))
            errors.Add(new(field, name, $"'{name}' cannot be a store's name. Use lower-case letters and digits, beginning with a letter, {Text(FieldLimits.StoreName)} at most, for example cache."));
    }

    private static void Options(StoreSpecification asked, string at, ServiceCatalog catalog, List<FieldError> errors)
    {
        if (catalog.FindStore(asked.Type) is not { } store)
        {
            errors.Add(new($"{at}.type", asked.Type, $"There is no data store '{asked.Type}'. Choose one of {string.Join(", ", catalog.DataStores.Select(one => one.Id))}."));
            return;
        }

        foreach (var (name, value) in asked.Options.Where(option => !store.Options.Exists(known => known.Parameter == option.Key)))
            errors.Add(new($"{at}.options.{name}", value, $"{store.Title} has no option '{name}'{(store.Options.Count > 0 ? $"; it has {string.Join(", ", store.Options.Select(option => option.Parameter))}" : "")}."));
        // Those that are left at their default too: another one may have gone beyond it.
        var values = store.ParametersWith(asked.Options);
        foreach (var option in store.Options)
        {
            if (option.Refuse(values[option.Parameter], values) is { } problem)
                errors.Add(new($"{at}.options.{option.Parameter}", values[option.Parameter], $"{option.Title}: {problem}"));
        }
    }
}
