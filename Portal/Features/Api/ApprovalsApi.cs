using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>What programs ask of the rules of approval, as the pages show them.</summary>
public sealed class ApprovalsApi(RequestQueries requests, ApprovalPolicy policy)
{
    public async Task<Outcome<NeedsAnswer>> OfRequestAsync(Actor actor, long number, CancellationToken cancellationToken) =>
        await requests.RequestAsync(actor, number, cancellationToken) is { } detail ? ApprovalNeeds.Of(policy, detail.Facts).ToAnswer() : new NotFound($"There is no request {number}.");
}
