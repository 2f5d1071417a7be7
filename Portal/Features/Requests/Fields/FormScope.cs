using Portal.Core.Accounts;
using Portal.Features.Requests.Form;

namespace Portal.Features.Requests.Fields;

/// <summary>What every field of the form is given: the form, and whom to tell of a change.</summary>
/// <param name="Form">The form all fields share.</param>
/// <param name="Changed">The draft has a new value.</param>
/// <param name="Touched">The person has finished with a field.</param>
public sealed record FormScope(RequestForm Form, Action Changed, Action Touched)
{
    /// <summary>The environment that the form changes; null for a new one.</summary>
    public ChangeSubject? Subject { get; init; }

    /// <summary>How many rules a load balancer has at most in the target that is chosen.</summary>
    public Func<int> MostRules { get; init; } = () => AccountQuotas.Rules.Standard;

    /// <summary>Of the form's page.</summary>
    public string Address => Subject?.Address ?? FormSteps.NewAddress;

    /// <summary>Of a step, with the draft where the database has it: so the address leads to it in any browser.</summary>
    public string Url(FormStep step) => step.Url(Address) + (Subject is null && Form.Draft.Version > 0 ? $"&draft={Form.Draft.Id}" : "");
}

/// <param name="Note">A second line, for example a price.</param>
public sealed record Choice(string Value, string Title, string? Note = null)
{
    /// <summary>Title and note in one line; a value that is no choice as it is, so that it can be seen and mended.</summary>
    public static string? TextOf(IEnumerable<Choice> choices, string? value) =>
        choices.FirstOrDefault(choice => choice.Value == value) is { } chosen ? chosen.Note is null ? chosen.Title : $"{chosen.Title} · {chosen.Note}" : value;
}
