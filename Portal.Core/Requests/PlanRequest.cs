using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Core.Requests;

/// <summary>The name is taken by an environment that still exists.</summary>
public sealed record NameTaken(string Name) : Refusal("name_taken", $"An environment called '{Name}' exists already. Choose another name.");

/// <summary>Says what a specification would do, or why it cannot be: for the request page, while somebody types.</summary>
public sealed class PlanRequest(IDbContextFactory<PortalDb> databases, SpecificationValidator validator, PlanBuilder plans, KnownTeams teams, TeamLimits limits, GoldenPaths paths, AccountCheck accounts)
{
    // Neighbours whose names begin alike are few; this only bounds the read.
    private const int MostNeighbours = 100;

    /// <inheritdoc cref="ExecuteAsync(Actor, Specification, AskedFor, CancellationToken)"/>
    public Task<Outcome<PlannedWork>> ExecuteAsync(Actor actor, Specification specification, CancellationToken cancellationToken) => ExecuteAsync(actor, specification, AskedFor.Nothing, cancellationToken);

    /// <returns>The plan, or <see cref="InvalidSpecification"/> with every field that needs mending.</returns>
    public async Task<Outcome<PlannedWork>> ExecuteAsync(Actor actor, Specification specification, AskedFor asked, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not ask for environments. Ask for the role {Roles.Engineer}.");
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        return await PlanAsync(database, specification, actor, asked, cancellationToken);
    }

    internal async Task<Outcome<PlannedWork>> PlanAsync(PortalDb database, Specification specification, Actor actor, AskedFor asked, CancellationToken cancellationToken)
    {
        var team = actor.TeamOr(asked.Team);
        var faults = KeepsTo(asked.GoldenPath, specification, isNew: true).ToList();
        if (await teams.FaultAsync(database.Connection(), actor, team, cancellationToken) is { } foreign)
            faults.Insert(0, foreign);
        return await BuildAsync(database, specification, faults, actor.Name, new Claim(team, actor.Subject, specification.Class, null, 0), cancellationToken);
    }

    /// <summary>Something else in the place of what is asked for and does not exist yet.</summary>
    internal Task<Outcome<PlannedWork>> PlanInsteadAsync(PortalDb database, FoundEnvironment asked, Specification specification, CancellationToken cancellationToken) =>
        BuildAsync(database, specification, [.. Kept(asked, specification)], asked.OwnerName, new Claim(asked.Team, asked.OwnerId, specification.Class, asked.Id, 0), cancellationToken);

    /// <param name="claim">Without its cost.</param>
    private async Task<Outcome<PlannedWork>> BuildAsync(PortalDb database, Specification specification, List<FieldError> faults, string owner, Claim claim, CancellationToken cancellationToken)
    {
        var outcome = await CheckAsync(database, specification, owner, claim.Environment, cancellationToken);
        if (outcome.Refusal is InvalidSpecification invalid)
            faults.AddRange(invalid.Errors);
        else if (outcome.Refusal is { } refusal)
            return refusal;
        if (faults.Count > 0)
            return new InvalidSpecification([.. faults.DistinctBy(fault => fault.Field)]);
        var planned = plans.Build(specification, outcome.Value!);
        var over = await limits.CheckAsync(database.Connection(), claim with { Monthly = planned.Plan.Cost.Monthly });
        return over.Count > 0 ? new InvalidSpecification(over) : planned;
    }

    /// <summary>What stays as it is, whatever is asked for of an environment, and is not so.</summary>
    internal IEnumerable<FieldError> Kept(FoundEnvironment environment, Specification wanted)
    {
        if (wanted.Environment != environment.Name)
            yield return new FieldError("environment", wanted.Environment, $"An environment keeps its name: '{environment.Name}'. Ask for a new one under another name.");
        if (wanted.Target != environment.Target)
            yield return new FieldError("target", wanted.Target, $"An environment stays in its target: '{environment.Target}'. Ask for a new one there.");
        foreach (var fault in KeepsTo(environment.GoldenPath, wanted))
            yield return fault;
    }

    /// <summary>What a golden path fixes, and is not so. One that there is not any more fixes nothing of what began with it.</summary>
    /// <param name="path">Its id; empty for none.</param>
    internal IReadOnlyList<FieldError> KeepsTo(string path, Specification specification, bool isNew = false) => paths.Find(path) is { } found ? found.Faults(specification)
        : isNew && path.Length > 0 ? [new FieldError("goldenPath", path, $"There is no golden path '{path}'. Begin with another one, or with an empty form.")]
        : [];

    /// <summary>Everything that may be wrong with a specification, by itself and beside what else there is.</summary>
    internal async Task<Outcome<PlanTarget>> CheckAsync(PortalDb database, Specification specification, string owner, Guid? existing, CancellationToken cancellationToken)
    {
        var errors = validator.Validate(specification).ToList();
        // Postgres refuses to be asked for what it could not hold.
        var target = PlainText.Clean(specification.Target) == specification.Target
            ? await database.Targets.FirstOrDefaultAsync(row => row.Name == specification.Target, cancellationToken)
            : null;
        if (target is null && specification.Target.Length > 0)
            errors.Add(new FieldError("target", specification.Target, $"There is no target '{specification.Target}'. Choose one of the list."));
        if (target is not null)
        {
            errors.AddRange(errors.Count == 0 ? validator.ForTarget(specification, target.Region, target.AccountId, target.TemplateBucket is not null, target.ApiAccessCidrs) : validator.ForRegion(specification, target.Region));
            errors.AddRange((await accounts.CheckAsync(database.Connection(), specification, target, existing, cancellationToken)).Where(fault => !errors.Exists(known => known.Field == fault.Field)));
        }

        errors.AddRange(await EarlierRoutes.CheckAsync(database, specification, existing, cancellationToken));
        errors.AddRange(await CollisionsAsync(database, specification, existing, errors, cancellationToken));
        if (errors.Count > 0 || target is null)
            return new InvalidSpecification(errors);
        return new PlanTarget(target.Name, target.AccountId, target.Region, target.ApiAccessCidrs, owner);
    }

    private static async Task<IReadOnlyList<FieldError>> CollisionsAsync(
        PortalDb database, Specification specification, Guid? existing, List<FieldError> known, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var alive = database.Environments.Where(row => row.State != EnvironmentState.Rejected && row.State != EnvironmentState.Destroyed && row.Id != existing);
        var name = known.Exists(error => error.Field == "environment") ? "" : specification.Environment;
        if (name.Length > 0 && await alive.AnyAsync(row => row.Name == name, cancellationToken))
            errors.Add(new FieldError("environment", specification.Environment, new NameTaken(specification.Environment).Message));
        if (name.Length > 0)
            errors.AddRange(await StackNamesAsync(database, alive, specification, cancellationToken));
        if (known.Exists(error => error.Field is "network.cidr" or "target") || !Cidr.TryParse(specification.Network.Cidr, out var wanted, out _))
            return errors;
        var others = await alive.Where(row => row.Target == specification.Target && row.Name != name)
            .Select(row => new { row.Name, row.Cidr }).ToListAsync(cancellationToken);
        var taken = others.Select(other => (other.Name, Block: Cidr.TryParse(other.Cidr, out var block, out _) ? block : default)).ToList();
        var (neighbour, overlap) = taken.Find(other => other.Block.Overlaps(wanted));
        if (neighbour is not null)
            errors.Add(new FieldError("network.cidr", specification.Network.Cidr, $"{wanted} overlaps {overlap} of {neighbour}.{FreeBlock(wanted.PrefixLength, taken.ConvertAll(other => other.Block))}"));
        return errors;
    }

    // Only where one name begins with the other one can stacks meet. What a neighbour asked for last, and what it had before that, counts.
    private static async Task<IEnumerable<FieldError>> StackNamesAsync(
        PortalDb database, IQueryable<EnvironmentRow> alive, Specification specification, CancellationToken cancellationToken)
    {
        var name = specification.Environment;
        var documents = await alive
            .Where(row => row.Target == specification.Target && (row.Name.StartsWith(name + "-") || name.StartsWith(row.Name + "-")))
            .Join(database.Specifications, row => row.Id, document => document.EnvironmentId, (row, document) => document)
            .OrderByDescending(document => document.Version).Take(MostNeighbours).Select(document => document.Document).ToListAsync(cancellationToken);
        foreach (var document in documents)
        {
            var other = JsonSerializer.Deserialize<Specification>(document, Specification.Json)!;
            if (StackNames.Shared(specification, other) is { } shared)
                return [new FieldError("environment", name, $"A stack of {name} and one of {other.Environment} would both be called {shared}. Choose another name for the environment, or for the service.")];
        }

        return [];
    }

    private static string FreeBlock(int prefixLength, List<Cidr> taken)
    {
        for (var second = 0u; second < 256; second++)
        {
            var block = new Cidr(10u << 24 | second << 16, prefixLength);
            if (!taken.Exists(block.Overlaps))
                return $" {block} is free.";
        }

        return " No block of 10.0.0.0/8 is free; use one of 172.16.0.0/12 or 192.168.0.0/16.";
    }

    /// <summary>A /16 in the target that nobody has.</summary>
    public async Task<string> SuggestCidrAsync(string target, CancellationToken cancellationToken)
    {
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        var taken = await database.Environments
            .Where(row => row.Target == target && row.State != EnvironmentState.Rejected && row.State != EnvironmentState.Destroyed)
            .Select(row => row.Cidr).ToListAsync(cancellationToken);
        var blocks = taken.Select(text => Cidr.TryParse(text, out var block, out _) ? block : default).ToList();
        var free = Enumerable.Range(0, 256).Select(step => new Cidr(10u << 24 | (uint)((40 + step) % 256) << 16, 16)).FirstOrDefault(block => !blocks.Exists(block.Overlaps));
        return free.ToString();
    }
}
