using System.Text;
using System.Text.Json.Nodes;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Tests.Provisioning;
using Portal.Tests.Templates.Helm;

namespace Portal.Tests.Templates;

/// <summary>
/// What one parser of YAML forgives another one refuses: plans are read with YamlDotNet here, with AWS's own there, and with Go's in this test,
/// which is helm's.
/// </summary>
public sealed class SecondParserTests : IDisposable
{
    // Of what cannot be read, fromYaml gives the reason under the key Error.
    private const string Counts =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: counts
        data:
        {{- range $name, $text := .Values.files }}
        {{- $tree := fromYaml $text }}
          {{ $name }}: {{ if hasKey $tree "Error" }}{{ $tree.Error | quote }}{{ else }}{{ len $tree.Resources | quote }}{{ end }}
        {{- end }}
        """;

    private readonly DirectoryInfo _chart = Directory.CreateTempSubdirectory("portal-counts-");

    public void Dispose() => _chart.Delete(recursive: true);

    [Fact]
    public async Task Templates_OfAllSamplesAsPlanned_AreReadByGosParserToo()
    {
        await File.WriteAllTextAsync(Path.Combine(_chart.FullName, "Chart.yaml"), "apiVersion: v2\nname: counts\nversion: 1.0.0\n");
        await File.WriteAllTextAsync(Path.Combine(_chart.CreateSubdirectory("templates").FullName, "counts.yaml"), Counts);
        Dictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (var specification in new[] { Samples.Shop(), Samples.InProduction(Samples.Shop()), Samples.Works(), Samples.Ports() })
        {
            var work = Samples.Plans.Build(specification, Samples.Target);
            foreach (var digest in work.Plan.Steps.Where(step => step.Kind == StepKind.Stack).Select(step => step.Artifact!).Distinct())
                files[digest] = Encoding.UTF8.GetString(work.Artifacts.First(artifact => artifact.Digest == digest).Body);
        }

        var (exitCode, output, error) = await Rendering.RunAsync(
            new JsonObject { ["files"] = new JsonObject(files.Select(file => KeyValuePair.Create(file.Key, (JsonNode?)file.Value))) }, "template", "counts", _chart.FullName);

        exitCode.ShouldBe(0, error);
        files.Count.ShouldBeGreaterThan(15);
        foreach (var (digest, text) in files)
            output.ShouldContain($"{digest}: \"{TemplateTree.Parse(digest, text)["Resources"]!.AsObject().Count}\"");
    }
}
