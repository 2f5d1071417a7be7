using Portal.Core.Catalog;
using static Portal.Tests.Templates.StackTemplate;

namespace Portal.Tests.Templates;

/// <summary>Stacks are wired by name; PlanGraphTests walks whole plans, here is what the catalogue names.</summary>
public sealed class StackWiringTests
{
    [Fact]
    public void Catalog_EveryStore_NamesOutputsAndParametersOfItsTemplate()
    {
        var catalog = CatalogReader.Read(Path.Combine(Folder, "catalog"));

        foreach (var store in catalog.DataStores.Where(store => store.Template.Length > 0))
        {
            var template = Named(store.Template);
            var outputs = store.Users.Length > 0 ? [.. template.Outputs.Keys, .. Named("database-user.yaml").Outputs.Keys] : template.Outputs.Keys.ToList();
            store.Settings.Values.ShouldBeSubsetOf(outputs, store.Id);
            store.Parameters.Keys.ShouldBeSubsetOf(template.Parameters.Keys, store.Id);
        }
    }

    [Fact]
    public void Catalog_EveryDuration_GrowsFromLowToHighAndSaysWhence()
    {
        var durations = CatalogReader.Read(Path.Combine(Folder, "catalog")).Durations;

        foreach (var (name, entry) in durations.Types.Concat(durations.Activities))
        {
            entry.Create.Low.ShouldBeLessThanOrEqualTo(entry.Create.Typical, name);
            entry.Create.Typical.ShouldBeLessThanOrEqualTo(entry.Create.High, name);
            entry.Source.ShouldNotBeEmpty(name);
        }
    }
}
