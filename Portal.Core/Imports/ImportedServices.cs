using Portal.Core.Specifications;

namespace Portal.Core.Imports;

/// <summary>What a file of another tool says, as services of a specification, and what of it could not be said in one.</summary>
/// <param name="Format">What the file was taken for, in words.</param>
public sealed record ImportedServices(string Format, IReadOnlyList<ServiceSpecification> Services, IReadOnlyList<ImportNote> Notes)
{
    /// <summary>
    /// Internal services that nobody is known to call: where they came from everybody may call everybody, and their callers have the names built in.
    /// Then all may here as well, until somebody says who does.
    /// </summary>
    public IReadOnlyList<string> Uncalled =>
        [.. Services.Where(service => service is { Listens: true, IsPublic: false } && !Services.Any(other => other.Calls.Contains(service.Name))).Select(service => service.Name)];
}

/// <summary>Something that was understood otherwise, or not at all, and what to do about it.</summary>
/// <param name="Subject">Name of the service or object; empty for the file.</param>
public sealed record ImportNote(string Subject, string Text);

/// <summary>Nothing can be made of the file.</summary>
public sealed record NotImported(string Why) : Refusal("not_imported", Why);
