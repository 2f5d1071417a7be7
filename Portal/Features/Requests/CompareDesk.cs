using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

/// <summary>What the comparison needs of queries.</summary>
public interface ICompareDesk
{
    /// <param name="reference">An environment, one with a version, or the number of a request.</param>
    Task<Outcome<FoundSpecification>> FindAsync(string reference, CancellationToken cancellationToken);
}

/// <inheritdoc cref="ICompareDesk"/>
public sealed class CompareDesk(SpecificationQueries specifications, CurrentActor current, DatabaseReach database) : ICompareDesk
{
    public static string Address(string? left, string? right) => PageAddress.Of("/compare", ("left", left), ("right", right));

    public Task<Outcome<FoundSpecification>> FindAsync(string reference, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await specifications.FindAsync(await current.GetAsync(), reference, token), cancellationToken);
}
