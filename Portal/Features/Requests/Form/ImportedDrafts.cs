using Portal.Core.Catalog;
using Portal.Core.Imports;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>What was made of a file of another tool → services of the form.</summary>
public static class ImportedDrafts
{
    /// <param name="beside">What they come to: their keys go on after those of its services and stores.</param>
    /// <param name="of">The environment's class: where it lets nothing be open, callers begin with a key.</param>
    public static IReadOnlyList<ServiceDraft> Services(ImportedServices imported, RequestDraft beside, ClassDefaults of)
    {
        var after = beside.Services.Select(other => other.Key).DefaultIfEmpty(0).Max();
        var afterStores = beside.Services.SelectMany(other => other.Stores).Select(store => store.Key).DefaultIfEmpty(0).Max();
        var drafts = DraftWriter.Write(new Specification { Environment = "", Target = "", Services = imported.Services }).Services;
        foreach (var draft in drafts)
        {
            draft.Key += after;
            draft.Calls = [.. draft.Calls.Select(key => key + after)];
            draft.Stores.ForEach(store => store.Key += afterStores);
            draft.SharedStores.ForEach(shared => shared.Store += afterStores);
            draft.Access.ApiKeyRequired = !of.OpenRoutes && !draft.IsInternal && draft.Kind == WorkloadKind.Service;
        }

        return drafts;
    }

    /// <summary>One sentence each, as a draft keeps them.</summary>
    public static List<string> Notes(ImportedServices imported) => [.. imported.Notes.Select(note => Shortened(note.Subject.Length > 0 ? $"{note.Subject}: {note.Text}" : note.Text))];

    private static string Shortened(string text) => text.Length > KeptText.MaxLength ? text[..(KeptText.MaxLength - 1)] + "…" : text;
}
