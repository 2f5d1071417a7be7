using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>The kinds that a CustomResourceDefinition adds.</summary>
internal static class CustomKinds
{
    public static IEnumerable<ResourceKind> Of(JsonObject definition)
    {
        var names = definition.Object("spec", "names");
        foreach (var version in definition.Items("spec", "versions").Where(version => version.Flag("served") == true))
        {
            yield return new ResourceKind(
                definition.Text("spec", "group") ?? "",
                version.Text("name") ?? "",
                names.Text("kind") ?? "",
                names.Text("plural") ?? "",
                definition.Text("spec", "scope") == "Namespaced")
            {
                Singular = names.Text("singular") ?? (names.Text("kind") ?? "").ToLowerInvariant(),
                ListKind = names.Text("listKind") ?? names.Text("kind") + "List",
                ShortNames = Strings(names.Array("shortNames")),
                Categories = Strings(names.Array("categories")),
                HasStatus = version.Object("subresources", "status") is not null,
                HasScale = version.Object("subresources", "scale") is not null,
                IsCustom = true,
                CustomSchema = version.Object("schema", "openAPIV3Schema"),
                PrinterColumns = [.. version.Items("additionalPrinterColumns").Select(column => (column.Text("name") ?? "", column.Text("jsonPath") ?? ""))],
            };
        }
    }

    private static string[] Strings(JsonArray? list) => list is null ? [] : [.. list.Select(item => item?.GetValue<string>() ?? "")];
}
