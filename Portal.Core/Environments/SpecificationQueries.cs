using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Environments;

/// <summary>One of the specifications that are stored.</summary>
/// <param name="Request">Number of the request that asked for it; null where none is known.</param>
public sealed record FoundSpecification(string Environment, Guid EnvironmentId, int Version, long? Request, Specification Specification)
{
    /// <summary>As an address says it.</summary>
    public string Reference => string.Create(CultureInfo.InvariantCulture, $"{Environment}@{Version}");
}

/// <summary>Finds a specification by what people call it.</summary>
public sealed partial class SpecificationQueries(IDbContextFactory<PortalDb> databases, StoredDocuments documents, Sight sight)
{
    /// <param name="reference"><c>shop</c> for what it is now, <c>shop@3</c> for a version, <c>17</c> for what request 17 asks for.</param>
    /// <returns>It; or <see cref="NotAllowed"/>, or <see cref="NotFound"/> with what there is.</returns>
    public async Task<Outcome<FoundSpecification>> FindAsync(Actor actor, string reference, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.View))
            return new NotAllowed("You may not look at environments.");
        if (Reference().Match(reference) is not { Success: true } match)
            return new NotFound($"'{PlainText.Clean(reference.Length > 60 ? reference[..60] + "…" : reference)}' is neither the name of an environment, nor one with a version (shop@3), nor the number of a request.");
        await using var context = await databases.CreateDbContextAsync(cancellationToken);
        var seen = context.Environments.Where((await sight.OfAsync(context.Connection(), actor)).Environment);
        return match.Groups["number"] is { Success: true } number
            ? await OfRequestAsync(context, seen, number.Value, cancellationToken)
            : await OfEnvironmentAsync(context, seen, match.Groups["name"].Value, match.Groups["version"].Value, cancellationToken);
    }

    private async Task<Outcome<FoundSpecification>> OfRequestAsync(PortalDb context, IQueryable<EnvironmentRow> seen, string text, CancellationToken cancellationToken)
    {
        var found = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? await context.Requests.Where(row => row.Number == number && seen.Any(one => one.Id == row.EnvironmentId)).Select(row => new { row.EnvironmentId, row.SpecificationVersion }).FirstOrDefaultAsync(cancellationToken)
            : null;
        if (found is null)
            return new NotFound($"There is no request {text}.");
        var name = await context.Environments.Where(row => row.Id == found.EnvironmentId).Select(row => row.Name).FirstAsync(cancellationToken);
        return new FoundSpecification(
            name, found.EnvironmentId, found.SpecificationVersion, number, await documents.SpecificationAsync(context, found.EnvironmentId, found.SpecificationVersion, cancellationToken));
    }

    private async Task<Outcome<FoundSpecification>> OfEnvironmentAsync(PortalDb context, IQueryable<EnvironmentRow> seen, string name, string text, CancellationToken cancellationToken)
    {
        // The newest one that bears the name.
        var found = await seen.Where(row => row.Name == name).OrderByDescending(row => row.CreatedAt)
            .Select(row => new { row.Id, row.SpecificationVersion }).FirstOrDefaultAsync(cancellationToken);
        if (found is null)
            return new NotFound($"No environment called '{name}' was ever asked for here.");
        var version = text.Length == 0 ? found.SpecificationVersion : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : -1;
        if (!await context.Specifications.AnyAsync(row => row.EnvironmentId == found.Id && row.Version == version, cancellationToken))
        {
            var newest = await context.Specifications.Where(row => row.EnvironmentId == found.Id).MaxAsync(row => row.Version, cancellationToken);
            return new NotFound($"{name} has no version {text}. {(newest == 1 ? "There is only version 1." : $"There are versions 1 to {newest}.")}");
        }

        var request = await context.Requests.Where(row => row.EnvironmentId == found.Id && row.SpecificationVersion == version)
            .OrderBy(row => row.Number).Select(row => (long?)row.Number).FirstOrDefaultAsync(cancellationToken);
        return new FoundSpecification(name, found.Id, version, request, await documents.SpecificationAsync(context, found.Id, version, cancellationToken));
    }

    [GeneratedRegex("^(?:(?<number>[0-9]{1,19})|(?<name>[a-z][a-z0-9-]{0,62})(?:@(?<version>[0-9]{1,10}))?)\\z")]
    private static partial Regex Reference();
}
