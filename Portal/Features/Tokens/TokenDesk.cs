using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Tokens;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Tokens;

/// <summary>The access tokens of whoever is at the page; the seam its component tests stand at.</summary>
public interface ITokenDesk
{
    /// <param name="page">From 0.</param>
    Task<Page<TokenSummary>> ListAsync(int page, CancellationToken cancellationToken);

    Task<Outcome<MadeToken>> CreateAsync(NewToken token, CancellationToken cancellationToken);

    Task<Outcome<Guid>> RevokeAsync(Guid id, CancellationToken cancellationToken);
}

/// <inheritdoc cref="ITokenDesk"/>
public sealed class TokenDesk(TokenQueries tokens, CreateToken create, RevokeToken revoke, CurrentActor current, DatabaseReach database) : ITokenDesk
{
    public Task<Page<TokenSummary>> ListAsync(int page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await tokens.ListAsync(await current.GetAsync(), page, token), cancellationToken);

    public Task<Outcome<MadeToken>> CreateAsync(NewToken token, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => create.ExecuteAsync(actor, token, cancellationToken), cancellationToken));

    public Task<Outcome<Guid>> RevokeAsync(Guid id, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => revoke.ExecuteAsync(actor, id, cancellationToken), cancellationToken));
}
