using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Infrastructure.Embedded;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portal.Tests.Templates.Helm;

/// <summary>The real helm, on the charts of this repository.</summary>
internal static class Rendering
{
    private static readonly string s_helm = ToolPaths.Find().Helm;

    /// <summary>Folder of a chart.</summary>
    public static string Chart(string name) => Path.Combine(TemplateSet.Locate(null), "helm", name);

    /// <summary>What the chart makes of the values.</summary>
    public static async Task<Rendered> TemplateAsync(string chart, JsonNode values, string release = "cart-service", string kubernetesNamespace = "shop-staging")
    {
        var (exitCode, output, error) = await TryTemplateAsync(chart, values, release, kubernetesNamespace);
        exitCode.ShouldBe(0, error);
        return new Rendered(Parse(output));
    }

    public static Task<(int ExitCode, string Output, string Error)> TryTemplateAsync(
        string chart, JsonNode values, string release = "cart-service", string kubernetesNamespace = "shop-staging") =>
        RunAsync(values, "template", release, Chart(chart), $"--namespace={kubernetesNamespace}", "--kube-version=1.35.0");

    /// <param name="values">Given to helm as a values file on its standard input.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(JsonNode? values, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(s_helm, values is null ? arguments : [.. arguments, "--values=-"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Nothing of the machine's own: no repositories, no plugins, no cluster.
            Environment = { ["HOME"] = Path.GetTempPath(), ["HELM_PLUGINS"] = "/nonexistent", ["KUBECONFIG"] = "/nonexistent" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(values?.ToJsonString() ?? "");
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private static List<JsonObject> Parse(string text)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(text));
        // Through text, so that a number is read as whatever number type a test asks for.
        return [.. yaml.Documents.Select(document => JsonNode.Parse(ToJson(document.RootNode)?.ToJsonString() ?? "null")).OfType<JsonObject>()];
    }

    // Of the scalars of YAML 1.1 that Kubernetes reads as something else than text, those that a chart could make by accident.
    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, ToJson(pair.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "on" or "yes" or "y" } => JsonValue.Create(true),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "false" or "off" or "no" or "n" } => JsonValue.Create(false),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text } when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        YamlScalarNode { Value: var text } => JsonValue.Create(text),
        _ => throw new InvalidDataException($"A {node.NodeType} in rendered YAML."),
    };
}

/// <summary>Objects that a chart made.</summary>
internal sealed record Rendered(IReadOnlyList<JsonObject> Objects)
{
    public IEnumerable<string> Kinds => Objects.Select(item => (string)item["kind"]!);

    public IReadOnlyList<JsonObject> All(string kind) => [.. Objects.Where(item => (string?)item["kind"] == kind)];

    public JsonObject One(string kind) => All(kind).ShouldHaveSingleItem(kind);

    public JsonNode Pod => One("Deployment")["spec"]!["template"]!;

    public JsonNode Container => Pod["spec"]!["containers"]!.AsArray().ShouldHaveSingleItem()!;
}
