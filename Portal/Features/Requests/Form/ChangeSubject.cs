using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>The environment that a form changes.</summary>
/// <param name="Specification">What it is; the form shows a part of it and leaves the rest as it is.</param>
public sealed record ChangeSubject(Guid EnvironmentId, Specification Specification)
{
    public string Address => $"/environments/{Specification.Environment}/change";
}
