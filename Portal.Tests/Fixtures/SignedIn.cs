using Microsoft.AspNetCore.Components.Authorization;
using Portal.Core.Security;
using Portal.Infrastructure.SignIn;

namespace Portal.Tests.Fixtures;

/// <summary>Somebody at a page of a component test, until their session is ended.</summary>
internal sealed class SignedIn(Actor actor) : AuthenticationStateProvider, ISessions
{
    private readonly Session _session = new(Guid.CreateVersion7(), actor.Subject, actor.Name, [.. actor.Roles], [.. actor.Teams], 1);

    public bool HasEnded { get; set; }

    public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(CurrentActor.ToPrincipal(_session, "test")));

    public Task<Session?> FindAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult(HasEnded || id != _session.Id ? null : _session);
}
