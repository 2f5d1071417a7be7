using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>What a form begins with in place of nothing: something that was asked for before.</summary>
/// <param name="Words">What it is, for a question: "request 17".</param>
public sealed record FormOrigin(RequestDraft Draft, string Words)
{
    /// <summary>A request once more, as it was: one that came to nothing has left its name and its network free.</summary>
    public static FormOrigin Again(RequestDetail detail)
    {
        var words = $"request {detail.Request.Number}";
        return detail.Request is { Kind: RequestKind.Create, State: RequestState.Submitted or RequestState.Approved }
            ? Like(detail.Specification, words)
            : new FormOrigin(DraftWriter.Write(detail.Specification), words);
    }

    /// <summary>What a golden path begins with.</summary>
    public static FormOrigin Of(GoldenPath path)
    {
        var origin = Like(path.Specification, $"the golden path '{path.Title}'");
        (origin.Draft.Target, origin.Draft.GoldenPath) = ("", path.Id);
        return origin;
    }

    /// <summary>Another one like it: what only one environment can have is left to be filled in.</summary>
    public static FormOrigin Like(Specification specification, string words)
    {
        var draft = DraftWriter.Write(specification with
        {
            Edge = specification.Edge with { DomainName = "", CertificateArn = "", HostedZoneId = "", EarlierStages = [] },
        });
        (draft.Environment, draft.Cidr) = ("", "");
        return new FormOrigin(draft, words);
    }
}
