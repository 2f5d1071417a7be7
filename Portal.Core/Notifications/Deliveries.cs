using Dapper;
using Npgsql;
using Portal.Core.Persistence;

namespace Portal.Core.Notifications;

public enum DeliveryChannel
{
    Mail,
    Webhook,
}

/// <summary>One thing to tell one address outside of the portal.</summary>
/// <param name="Id">Said with each try: whoever gets it twice, because an answer was lost, knows it by this.</param>
/// <param name="Recipient">A mail address, or a webhook's name in the configuration.</param>
/// <param name="Path">Within the portal.</param>
/// <param name="Attempt">From 1 for who has taken it.</param>
public sealed record Delivery(
    Guid Id, DeliveryChannel Channel, string Recipient, Guid EnvironmentId, string Environment, long EventNumber, string Kind, string Severity, string Title, string Text, string Path,
    DateTimeOffset At, int Attempt);

/// <summary>A try that came to nothing.</summary>
/// <param name="Trouble">In words, without an address.</param>
/// <param name="CanRetry">Whether it may go well later without anybody changing anything.</param>
/// <param name="RetryAfter">As the other side asks for.</param>
public sealed record DeliveryTrouble(string Trouble, bool CanRetry = true, TimeSpan? RetryAfter = null);

/// <summary>
/// What waits to be told outside. Whoever takes one has it alone for as long as a try may take; where they die meanwhile, another takes it,
/// so that each is sent at least once. A stalled one that wakes up writes nothing: its try is not the newest.
/// </summary>
public sealed class Deliveries(NpgsqlDataSource database, NoticeCatalog catalog, TimeProvider clock)
{
    /// <summary>Longer than all that are taken at once can take.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>However patient the other side asks us to be.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    internal const string Waiting = "sent_at is null and given_up_at is null";

    private const string Columns =
        """
        d.id as Id, d.channel as Channel, d.recipient as Recipient, d.environment_id as EnvironmentId, n.name as Environment, d.event_number as EventNumber, d.kind as Kind,
        d.severity as Severity, d.title as Title, d.body as Text, d.path as Path, d.at as MadeAt, d.attempts as Attempts
        """;

    internal static Task AddAsync(NpgsqlConnection connection, Delivery one, DateTimeOffset now) => connection.ExecuteAsync(
        """
        insert into deliveries (id, channel, recipient, environment_id, event_number, kind, severity, title, body, path, at, due_at)
        values (@Id, @channel, @Recipient, @EnvironmentId, @EventNumber, @Kind, @Severity, @Title, @Text, @Path, @At, @now) on conflict do nothing
        """,
        new { one.Id, channel = one.Channel.ToString(), one.Recipient, one.EnvironmentId, one.EventNumber, one.Kind, one.Severity, one.Title, one.Text, one.Path, one.At, now });

    /// <summary>Takes what is due, the longest waiting first.</summary>
    public async Task<IReadOnlyList<Delivery>> TakeAsync(int most, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            with taken as (
              update deliveries set due_at = @until, attempts = attempts + 1
              where id in (select id from deliveries where {Waiting} and due_at <= @now order by due_at limit @most for update skip locked) returning *)
            select {Columns} from taken d join environments n on n.id = d.environment_id order by d.number
            """, new { now, until = now + Lease, most }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToDelivery())];
    }

    public async Task SentAsync(Delivery one, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            $"update deliveries set sent_at = @now, trouble = null where id = @Id and attempts = @Attempt and {Waiting}",
            new { now = clock.GetUtcNow(), one.Id, one.Attempt }, cancellationToken: cancellationToken));
    }

    /// <summary>It is tried again later, or given up where that is of no use, or was the last time.</summary>
    /// <returns>Whether it was given up.</returns>
    public async Task<bool> FailedAsync(Delivery one, DeliveryTrouble trouble, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var wait = trouble.CanRetry && one.Attempt <= catalog.Waits.Count ? Longer(catalog.Waits[one.Attempt - 1], trouble.RetryAfter) : (TimeSpan?)null;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            $"update deliveries set trouble = @trouble, due_at = @due, given_up_at = @givenUp where id = @Id and attempts = @Attempt and {Waiting}",
            new { trouble = trouble.Trouble, due = now + (wait ?? TimeSpan.Zero), givenUp = wait is null ? now : (DateTimeOffset?)null, one.Id, one.Attempt }, cancellationToken: cancellationToken));
        return wait is null;
    }

    private static TimeSpan Longer(TimeSpan ours, TimeSpan? theirs) => theirs is { } asked && asked > ours ? asked < LongestWait ? asked : LongestWait : ours;

    private sealed record Row
    {
        public Guid Id { get; init; }
        public string Channel { get; init; } = "";
        public string Recipient { get; init; } = "";
        public Guid EnvironmentId { get; init; }
        public string Environment { get; init; } = "";
        public long EventNumber { get; init; }
        public string Kind { get; init; } = "";
        public string Severity { get; init; } = "";
        public string Title { get; init; } = "";
        public string Text { get; init; } = "";
        public string Path { get; init; } = "";
        public DateTime MadeAt { get; init; }
        public int Attempts { get; init; }

        public Delivery ToDelivery() => new(
            Id, Enum.Parse<DeliveryChannel>(Channel), Recipient, EnvironmentId, Environment, EventNumber, Kind, Severity, Title, Text, Path, new DateTimeOffset(MadeAt, TimeSpan.Zero), Attempts);
    }
}
