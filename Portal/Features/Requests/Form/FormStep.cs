using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Components.Shared;

namespace Portal.Features.Requests.Form;

public enum FormStep
{
    Environment,
    Network,
    Cluster,
    Services,
    Review,
}

/// <summary>The steps of the form, their names, and which field stands on which.</summary>
public static partial class FormSteps
{
    /// <summary>Of the form for a new environment.</summary>
    public const string NewAddress = "/requests/new";

    public static IReadOnlyList<FormStep> All { get; } = Enum.GetValues<FormStep>();

    public static string Slug(this FormStep step) => step.ToString().ToLowerInvariant();

    public static string Title(this FormStep step) => step == FormStep.Network ? "Network and edge" : step.ToString();

    /// <param name="slug">From the URL; whatever it is not, the first step is meant.</param>
    public static FormStep Parse(string? slug) => All.FirstOrDefault(step => step.Slug() == slug);

    /// <param name="address">Of the form's page.</param>
    public static string Url(this FormStep step, string address = NewAddress) => $"{address}?step={step.Slug()}";

    /// <summary>Of a draft that the database has.</summary>
    /// <summary>Of an empty form that begins with a golden path.</summary>
    public static string PathAddress(string id) => $"{NewAddress}?path={id}";

    public static string DraftAddress(Guid id) => $"{NewAddress}?draft={id}";

    /// <summary>What the button says that leads on from there.</summary>
    /// <param name="subject">What the form changes; null for a new environment.</param>
    /// <param name="preview">Null while nothing is known.</param>
    public static string Next(this FormStep step, ChangeSubject? subject, Preview? preview, bool isSubmitting) => step switch
    {
        FormStep.Services => "Review",
        FormStep.Review when isSubmitting => subject?.Proposal is null ? "Submitting…" : "Sending…",
        FormStep.Review when subject?.Proposal is not null => $"Send proposal{Cost(preview)}",
        FormStep.Review when subject is not null => $"Ask for the change{Cost(preview)}",
        FormStep.Review when preview?.Needs is { Automatic: not null } => $"Submit{Cost(preview)}",
        FormStep.Review => $"Submit for approval{Cost(preview)}",
        _ => "Continue",
    };

    private static string Cost(Preview? preview) => preview is null ? "" : $" · {Text.Money(preview.Cost.Monthly)} / month";

    /// <summary>Where the field with this path stands.</summary>
    public static FormStep Of(string field) => field.Split('.', '[')[0] switch
    {
        "network" or "edge" => FormStep.Network,
        "cluster" => FormStep.Cluster,
        "services" => FormStep.Services,
        _ => FormStep.Environment,
    };

    /// <summary>Takes <c>services[3].path</c> apart, <c>services[3].variables[0].name</c>, <c>services[3].runtime.cpu</c> or <c>services[3].stores[0].options.MinCapacity</c>; false for every other path.</summary>
    public static bool TryService(string field, out int index, out string name)
    {
        var match = ServiceField().Match(field);
        index = match.Success ? int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : -1;
        name = match.Success ? match.Groups[2].Value : "";
        return match.Success;
    }

    /// <summary>Without what tells one of many from the others: <c>variables[2].name</c> → <c>variables.name</c>.</summary>
    public static string KindOf(string name) => Number().Replace(name, "");

    [GeneratedRegex("\\[[0-9]+\\]")]
    private static partial Regex Number();

    [GeneratedRegex("^services\\[([0-9]{1,4})\\]\\.([A-Za-z]+(?:\\[[0-9]{1,4}\\])?(?:\\.[A-Za-z][A-Za-z0-9]*(?:\\[[0-9]{1,4}\\])?){0,2})$")]
    private static partial Regex ServiceField();
}
