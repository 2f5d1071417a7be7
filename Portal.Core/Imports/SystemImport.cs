using Portal.Core.Catalog;
using YamlDotNet.Core;

namespace Portal.Core.Imports;

/// <summary>
/// Makes services of what a team has already: a Compose file, Score workloads or Kubernetes manifests. What it makes is a draft: it goes into the
/// form, where all of it can be changed, with a list of what was understood otherwise or not at all. Pure.
/// </summary>
public sealed class SystemImport(ServiceCatalog catalog)
{
    /// <summary>Of a file, in characters.</summary>
    public const int MostText = 512 * 1024;

    /// <summary>Of what runs in a file: an environment takes far fewer.</summary>
    public const int MostWorkloads = 200;

    /// <summary>Of the list of what was not understood: more than anybody reads.</summary>
    public const int MostNotes = 200;

    /// <returns><see cref="NotImported"/> where it is none of the formats, or nothing runs in it.</returns>
    /// <param name="values">Lines <c>NAME=value</c>, as in a .env file: what <c>${NAME}</c> of a Compose file stands for.</param>
    public Outcome<ImportedServices> Read(string text, string values = "")
    {
        if (text.Length > MostText)
            return new NotImported($"The file has {text.Length / 1024} KiB; {MostText / 1024} at most. Bring it in parts.");
        IReadOnlyList<ImportNode> documents;
        try
        {
            documents = ImportNode.Documents(text);
        }
        catch (YamlException error)
        {
            return new NotImported($"It cannot be read as YAML{(error.Start.Line > 0 ? $" at line {error.Start.Line}, column {error.Start.Column}" : "")}: {(error.InnerException ?? error).Message}");
        }

        var notes = new List<ImportNote>();
        if (documents.Count == 0)
            return new NotImported("There is nothing in it. Bring a Compose file, Score workloads or Kubernetes manifests.");
        if (documents is [var file] && ComposeFile.Fits(file))
            return Linked("Compose file", ComposeFile.Read(file, Values(values), notes), notes);
        if (documents.All(ScoreFile.Fits))
            return Linked(documents.Count == 1 ? "Score workload" : "Score workloads", [.. documents.Select(document => ScoreFile.Read(document, notes))], notes);
        if (documents.All(KubernetesManifests.Fits))
            return Linked("Kubernetes manifests", KubernetesManifests.Read(documents, notes), notes);
        return new NotImported("It is none of a Compose file (services: …), Score workloads (apiVersion: score.dev/v1b1) and Kubernetes manifests (apiVersion and kind in each document).");
    }

    private static string Open(IReadOnlyList<string> uncalled) =>
        $"The file does not say who calls {string.Join(", ", uncalled)}. Every service may call every other one, as where it comes from: better name whom each calls, and close that.";

    // What is true of many is said once.
    private static IReadOnlyList<ImportNote> Together(List<ImportNote> notes) =>
        [.. notes.Distinct().GroupBy(note => note.Text, StringComparer.Ordinal).Select(same => new ImportNote(string.Join(", ", same.Select(note => note.Subject).Where(subject => subject.Length > 0)), same.Key)).Take(MostNotes)];

    private static Dictionary<string, string> Values(string lines) => lines.Split('\n')
        .Select(line => line.Trim().Split('=', 2))
        .Where(pair => pair.Length == 2 && !pair[0].StartsWith('#'))
        .GroupBy(pair => pair[0].Trim(), pair => pair[1].Trim().Trim('"', '\''), StringComparer.Ordinal)
        .ToDictionary(pair => pair.Key, pair => pair.Last(), StringComparer.Ordinal);

    private Outcome<ImportedServices> Linked(string format, IReadOnlyList<ImportedWorkload> workloads, List<ImportNote> notes)
    {
        if (workloads.Count > MostWorkloads)
            return new NotImported($"{workloads.Count} things run in it; {MostWorkloads} at most. Bring it in parts.");
        var services = new ServiceLinker(catalog, workloads, notes).Link();
        if (services.Count == 0)
            return new NotImported($"It is a {format} in which nothing runs that could be a service.");
        var imported = new ImportedServices(format, services, Together(notes));
        return imported.Uncalled.Count == 0 ? imported : imported with { Notes = [new ImportNote("", Open(imported.Uncalled)), .. imported.Notes] };
    }
}
