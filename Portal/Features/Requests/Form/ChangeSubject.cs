using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>The environment that a form changes.</summary>
/// <param name="Specification">What it is; the form shows a part of it and leaves the rest as it is.</param>
public sealed record ChangeSubject(Guid EnvironmentId, Specification Specification)
{
    /// <summary>Whose it is; empty for no team's.</summary>
    public string Team { get; init; } = "";

    /// <summary>Id of the golden path that it began with; empty for none.</summary>
    public string GoldenPath { get; init; } = "";

    /// <summary>Names of the steps of which something exists.</summary>
    public IReadOnlyList<string>? Deployed { get; init; }

    /// <summary>Of the routes that its current version serves; empty where it serves none yet. A version that is kept keeps them.</summary>
    public string RouteHash { get; init; } = "";

    public string Address => $"/environments/{Specification.Environment}/change";
}
