using Microsoft.AspNetCore.Authorization;
using Portal.Core.Approvals;

namespace Portal.Infrastructure.SignIn;

/// <summary>For whom there is an inbox: who is in one of the groups of approvals.yaml. What they may decide, the use case says of each request.</summary>
public sealed class ApproverPolicy(ApprovalPolicy policy) : AuthorizationHandler<ApproverPolicy.Requirement>
{
    public const string Name = "Approver";

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Requirement requirement)
    {
        if (context.User.Identity?.IsAuthenticated == true && policy.HasApprover(CurrentActor.From(context.User)))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    public sealed class Requirement : IAuthorizationRequirement;
}
