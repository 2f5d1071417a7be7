using System.Text.Json;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Requests;

/// <summary>Files a specification with its plan for approval.</summary>
public sealed class SubmitRequest(IDbContextFactory<PortalDb> databases, PlanRequest plans, TimeProvider clock)
{
    /// <inheritdoc cref="ExecuteAsync(Actor, Specification, Guid, CancellationToken)"/>
    public Task<Outcome<SubmittedRequest>> ExecuteAsync(Actor actor, Specification specification, CancellationToken cancellationToken) =>
        ExecuteAsync(actor, specification, Guid.CreateVersion7(clock.GetUtcNow()), cancellationToken);

    /// <param name="requestId">The caller's own: asking again with the same, because no answer came, files nothing twice.</param>
    /// <returns>The request's number, or <see cref="InvalidSpecification"/>, <see cref="NotAllowed"/>.</returns>
    public async Task<Outcome<SubmittedRequest>> ExecuteAsync(Actor actor, Specification specification, Guid requestId, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.RequestEnvironment))
            return new NotAllowed($"{actor.Name} may look, but not ask for environments. Ask for the role {Roles.Engineer}.");
        await using var database = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
        var connection = database.Database.GetDbConnection();
        // Two requests for overlapping networks of one target must not both see it free.
        await connection.ExecuteAsync("select pg_advisory_xact_lock(hashtextextended('submit:' || @Target, 0))", new { Target = PlainText.Clean(specification.Target) }, transaction.GetDbTransaction());
        if (await database.Requests.FirstOrDefaultAsync(row => row.Id == requestId, cancellationToken) is { } filed)
            return await FiledAsync(database, actor, filed, cancellationToken);
        var outcome = await plans.PlanAsync(database, specification, cancellationToken);
        if (outcome.IsRefused)
            return outcome.Refusal!;

        var work = outcome.Value!;
        var now = clock.GetUtcNow();
        var environment = new EnvironmentRow
        {
            Id = Guid.CreateVersion7(now),
            Name = specification.Environment,
            Target = specification.Target,
            State = EnvironmentState.Requested,
            OwnerId = actor.Subject,
            OwnerName = actor.Name,
            Cidr = specification.Network.Cidr,
            SpecificationVersion = 1,
            Services = specification.Services.Count,
            MonthlyCost = work.Plan.Cost.Monthly,
            CreatedAt = now,
            ChangedAt = now,
        };
        var request = new RequestRow
        {
            Id = requestId,
            Kind = RequestKind.Create,
            EnvironmentId = environment.Id,
            SpecificationVersion = environment.SpecificationVersion,
            State = RequestState.Submitted,
            RequestedById = actor.Subject,
            RequestedByName = actor.Name,
            SubmittedAt = now,
            Plan = work.Plan.ToJson(),
            PlanHash = work.Plan.Hash,
        };
        database.Add(environment);
        database.Add(new SpecificationRow
        {
            EnvironmentId = environment.Id,
            Version = environment.SpecificationVersion,
            Document = JsonSerializer.Serialize(specification, Specification.Json),
            CreatedBy = actor.Name,
            CreatedAt = now,
        });
        database.Add(request);
        try
        {
            await database.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException error) when (error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "environments_name" })
        {
            return new InvalidSpecification([new FieldError("environment", specification.Environment, new NameTaken(specification.Environment).Message)]);
        }

        foreach (var artifact in work.Artifacts)
            await connection.ExecuteAsync("insert into artifacts (digest, name, body) values (@Digest, @Name, @Body) on conflict (digest) do nothing", artifact, transaction.GetDbTransaction());
        await new NewEvent(actor, environment.Id, null, null, "request.submitted", EventSeverity.Info, $"{actor.Name} asked for {environment.Name}")
            .AppendAsync(connection, transaction.GetDbTransaction(), now);
        await connection.NotifyAsync(Channels.Request, request.Id.ToString(), transaction.GetDbTransaction());
        await transaction.CommitAsync(cancellationToken);
        return new SubmittedRequest(request.Id, request.Number, environment.Id, environment.Name);
    }

    private static async Task<Outcome<SubmittedRequest>> FiledAsync(PortalDb database, Actor actor, RequestRow filed, CancellationToken cancellationToken)
    {
        if (filed.RequestedById != actor.Subject)
            return new NotAllowed("Somebody else has filed a request with this id. Discard the draft and begin a new one.");
        var name = await database.Environments.Where(row => row.Id == filed.EnvironmentId).Select(row => row.Name).FirstAsync(cancellationToken);
        return new SubmittedRequest(filed.Id, filed.Number, filed.EnvironmentId, name);
    }
}

public sealed record SubmittedRequest(Guid Id, long Number, Guid EnvironmentId, string Environment);
