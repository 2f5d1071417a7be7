using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>The environment that a form changes, or the request in whose place it proposes something.</summary>
/// <param name="Specification">What it is, or what is asked for; the form shows a part of it and leaves the rest as it is.</param>
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

    /// <summary>In whose place something is proposed; null for a form that asks for a change.</summary>
    public ProposalSubject? Proposal { get; init; }

    /// <summary>Whether there is such an environment already.</summary>
    public bool Exists => Proposal is not { Kind: RequestKind.Create };

    /// <summary>Of the form's page.</summary>
    public string Address => Proposal is { } proposal ? $"/requests/{proposal.Number}/propose" : $"/environments/{Specification.Environment}/change";

    /// <summary>Under which the tab keeps what is typed: one draft a thing that is asked for.</summary>
    public string DraftName => Proposal is { } proposal ? $"proposal-{proposal.RequestId:N}-{proposal.Version}" : $"change-{EnvironmentId:N}";

    /// <summary>A request that waits, for who would have it otherwise.</summary>
    /// <param name="there">The environment, where there is one.</param>
    public static ChangeSubject Of(RequestDetail detail, ChangeSubject? there) => new(detail.Environment.Id, detail.Specification)
    {
        Team = detail.Environment.Team,
        GoldenPath = detail.Environment.GoldenPath,
        Deployed = there?.Deployed,
        // What is deployed is of the version that serves now, and of no other.
        RouteHash = there?.Specification.Edge.Stage == detail.Specification.Edge.Stage ? there.RouteHash : "",
        Proposal = new ProposalSubject(detail.Request.Id, detail.Request.Number, detail.Request.Kind, detail.Request.SpecificationVersion, detail.Request.RequestedByName, detail.Plan.Cost.Monthly),
    };
}

/// <summary>The request in whose place something is proposed.</summary>
/// <param name="Version">Of what it asks for.</param>
/// <param name="RequestedBy">Who accepts or declines.</param>
/// <param name="Monthly">What it costs as it is asked for.</param>
public sealed record ProposalSubject(Guid RequestId, long Number, RequestKind Kind, int Version, string RequestedBy, decimal Monthly);
