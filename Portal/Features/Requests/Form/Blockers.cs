using Portal.Core;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

public enum BlockerKind
{
    /// <summary>Wrong, and the person has seen it.</summary>
    Mend,

    /// <summary>Not reached yet.</summary>
    Missing,
    Fine,
}

/// <param name="Field">Where to go; null where there is nothing to do.</param>
public sealed record Blocker(BlockerKind Kind, string Text, string? Field = null);

/// <summary>What stands between the form and its submission. Pure.</summary>
public static class Blockers
{
    /// <param name="preview">Null before the first answer.</param>
    /// <param name="isCurrent">Whether <paramref name="preview"/> is about what the form holds now.</param>
    /// <param name="isChange">Whether the form changes what is there or asked for already.</param>
    public static IReadOnlyList<Blocker> Of(RequestForm form, Preview? preview, bool isCurrent, bool isChange = false)
    {
        var shown = form.Shown.ToHashSet();
        var blockers = form.Errors.Select(error => shown.Contains(error)
            ? new Blocker(BlockerKind.Mend, $"{Place(error.Field, form)}: {error.Message}", error.Field)
            : new Blocker(BlockerKind.Missing, $"{Place(error.Field, form)}: {(string.IsNullOrEmpty(error.Value) ? "still to fill" : error.Message)}", error.Field)).ToList();
        if (isCurrent && preview?.Refusal is { } refusal and not InvalidSpecification)
            blockers.Insert(0, new Blocker(BlockerKind.Mend, refusal.Message));
        if (blockers.Count == 0 && isCurrent && preview?.Plan is { } plan && isChange)
        {
            blockers.Add(plan.Steps.Count == 0
                ? new Blocker(BlockerKind.Missing, "Nothing is changed yet")
                : new Blocker(BlockerKind.Fine, $"{Words.Count(form.Specification.Services.Count(service => service.IsPublic), "path")} without a conflict"));
        }
        else if (blockers.Count == 0 && isCurrent && preview?.Plan is not null)
        {
            blockers.Add(new Blocker(BlockerKind.Fine, $"The name {form.Specification.Environment} is free"));
            blockers.Add(new Blocker(BlockerKind.Fine, $"{form.Specification.Network.Cidr} is free in {form.Specification.Target}"));
            blockers.Add(new Blocker(BlockerKind.Fine, $"{Words.Count(form.Specification.Services.Count(service => service.IsPublic), "path")} without a conflict"));
        }

        return blockers;
    }

    /// <summary>A field in the words of its label.</summary>
    public static string Place(string field, RequestForm form)
    {
        if (!FormSteps.TryService(field, out var index, out var name))
            return FieldWords.Of(FormSteps.KindOf(field));
        var service = index < form.Draft.Services.Count && form.Draft.Services[index].Name.Trim() is { Length: > 0 } given ? given : $"Service {index + 1}";
        var kind = FormSteps.KindOf(name);
        return $"{service}, {(kind.StartsWith("stores.options.", StringComparison.Ordinal) ? "data store" : FieldWords.Of(kind))}";
    }
}
