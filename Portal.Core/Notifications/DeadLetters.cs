using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Notifications;

/// <summary>Something that could not be told outside.</summary>
/// <param name="Trouble">The newest, in words.</param>
/// <param name="NextTry">Null for one that was given up.</param>
public sealed record TroubledDelivery(
    Guid Id, DeliveryChannel Channel, string Recipient, string Environment, string Title, DateTimeOffset At, int Attempts, string Trouble, DateTimeOffset? NextTry);

/// <summary>What could not be told outside: what was given up, and what still is tried; for those who keep the portal.</summary>
public sealed class DeadLetters(NpgsqlDataSource database, Transactions transactions, TimeProvider clock)
{
    public const int PageSize = 50;

    private const string Troubled = "from deliveries d join environments n on n.id = d.environment_id where d.sent_at is null and (d.given_up_at is not null or d.trouble is not null)";

    /// <summary>What was given up first, the newest of it first.</summary>
    /// <param name="page">From 0; one beyond the last is the last.</param>
    /// <exception cref="UnauthorizedAccessException">The actor does not keep the portal.</exception>
    public async Task<Page<TroubledDelivery>> ListAsync(Actor actor, int page, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.Operate))
            throw new UnauthorizedAccessException($"{actor.Name} does not keep the portal.");
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await new PageWindow(page, PageSize).ReadAsync<Row, TroubledDelivery>(
            connection, $"select count(*)::int {Troubled}",
            $"""
            select d.id as Id, d.channel as Channel, d.recipient as Recipient, n.name as Environment, d.title as Title, d.at as MadeAt, d.attempts as Attempts,
                   coalesce(d.trouble, '') as Trouble, case when d.given_up_at is null then d.due_at end as DueAt
            {Troubled} order by d.given_up_at is null, d.number desc limit @size offset @skip
            """, new DynamicParameters(), row => row.ToDelivery(), cancellationToken);
    }

    /// <summary>Tries again, as if it had never been tried: what was given up is sent soon, with the id that it had.</summary>
    /// <returns>The delivery's id; or <see cref="NotAllowed"/>, <see cref="NotFound"/>.</returns>
    public async Task<Outcome<Guid>> RetryAsync(Actor actor, Guid id, CancellationToken cancellationToken)
    {
        if (!actor.May(Permission.Operate))
            return new NotAllowed($"{Policies.InWords(Permission.Operate)} have things sent again.");
        return await transactions.DoAsync<Outcome<Guid>>(async work =>
        {
            var found = await work.Connection.QuerySingleOrDefaultAsync<(Guid Environment, string Title, string Recipient)?>(
                "update deliveries set attempts = 0, due_at = @now, given_up_at = null where id = @id and given_up_at is not null returning environment_id, title, recipient",
                new { now = clock.GetUtcNow(), id });
            if (found is not { } one)
                return new NotFound("This was not given up, or is tried again already.");
            await new NewEvent(actor, one.Environment, null, null, "delivery.retried", EventSeverity.Info, $"{actor.Name} has it sent to {one.Recipient} again: {one.Title}")
            { Body = new { delivery = id, one.Recipient } }.AppendAsync(work, clock.GetUtcNow());
            return id;
        }, outcome => !outcome.IsRefused, cancellationToken);
    }

    private sealed record Row
    {
        public Guid Id { get; init; }
        public string Channel { get; init; } = "";
        public string Recipient { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Title { get; init; } = "";
        public DateTime MadeAt { get; init; }
        public int Attempts { get; init; }
        public string Trouble { get; init; } = "";
        public DateTime? DueAt { get; init; }

        public TroubledDelivery ToDelivery() => new(
            Id, Enum.Parse<DeliveryChannel>(Channel), Recipient, Environment, Title, new DateTimeOffset(MadeAt, TimeSpan.Zero), Attempts, Trouble,
            DueAt is { } due ? new DateTimeOffset(due, TimeSpan.Zero) : null);
    }
}
