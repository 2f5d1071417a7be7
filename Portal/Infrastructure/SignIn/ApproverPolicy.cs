using Microsoft.AspNetCore.Authorization;
using Npgsql;
using Portal.Core.Approvals;
using Portal.Core.Security;

namespace Portal.Infrastructure.SignIn;

/// <summary>For whom there is an inbox: who is in one of the groups of approvals.yaml, or stands in for somebody who is. What they may decide, the use case says of each request.</summary>
public sealed class ApproverPolicy(ApprovalPolicy policy, DelegationQueries delegations) : AuthorizationHandler<ApproverPolicy.Requirement>
{
    public const string Name = "Approver";

    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, Requirement requirement)
    {
        if (context.User.Identity?.IsAuthenticated != true)
            return;
        var actor = CurrentActor.From(context.User);
        if (policy.MayEverDecide(actor) || await StandsInAsync(actor))
            context.Succeed(requirement);
    }

    // It shows a link, which a page that has anything to say itself about an absent database can do without.
    private async Task<bool> StandsInAsync(Actor actor)
    {
        try
        {
            return (await delegations.StandInsAsync(actor, CancellationToken.None)).Count > 0;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    public sealed class Requirement : IAuthorizationRequirement;
}
