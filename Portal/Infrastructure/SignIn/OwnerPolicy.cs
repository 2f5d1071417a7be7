using Microsoft.AspNetCore.Authorization;
using Portal.Core.Security;
using Portal.Core.Teams;

namespace Portal.Infrastructure.SignIn;

/// <summary>Who may do anything to an environment, whose <see cref="Ownership"/> is the resource: its team's people who may ask for environments, and those who operate the portal. The use cases check the same.</summary>
public sealed class OwnerPolicy : AuthorizationHandler<OwnerPolicy.Requirement, Ownership>
{
    public const string Name = "Owner";

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Requirement requirement, Ownership resource)
    {
        if (context.User.Identity?.IsAuthenticated == true && CurrentActor.From(context.User) is var actor && actor.May(Permission.RequestEnvironment) && resource.Allows(actor))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    public sealed class Requirement : IAuthorizationRequirement;
}
