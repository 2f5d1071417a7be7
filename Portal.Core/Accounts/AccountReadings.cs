using System.Text.Json;
using Dapper;
using Npgsql;

namespace Portal.Core.Accounts;

/// <summary>One quota as a target's account has it.</summary>
/// <param name="Used">Null where it is not known, or counts for each of something; of NAT gateways those of the zone that has most.</param>
public sealed record AccountRoom(AccountQuota Quota, int Allowed, int? Used)
{
    public bool IsFull => Used >= Allowed;
}

/// <param name="Rooms">Of what is fresh.</param>
/// <param name="ReadAt">When the oldest part was read that ever was; null where nothing was.</param>
/// <param name="Trouble">Why not all could be read the last time, each cause once; empty where all was.</param>
public sealed record AccountSummary(IReadOnlyList<AccountRoom> Rooms, DateTimeOffset? ReadAt, IReadOnlyList<string> Trouble);

/// <summary>What a worker has read of the targets' accounts.</summary>
public static class AccountReadings
{
    // Of the account that the target leads to now.
    private const string Own = "from account_figures f join targets t on t.name = f.target and t.account_id = f.account_id and t.region = f.region";

    // What has gone since is still counted: who was refused for it would be refused wrongly.
    private const string Holds = """
        f.read_at > @oldest and (f.part <> 'Use' or not exists (
          select from operations o join environments e on e.id = o.environment_id join targets n on n.name = e.target
          where n.account_id = t.account_id and n.region = t.region and o.kind in ('Change', 'Destroy', 'Undo', 'TakeBack')
            and (o.state in ('Queued', 'Running', 'Cancelling') or o.finished_at >= f.read_at)))
        """;

    /// <summary>What of it may be held against a request.</summary>
    internal static async Task<Account> FindAsync(NpgsqlConnection connection, string target, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select f.target, f.part, f.figures, f.read_at as readAt {Own} where f.target = @target and {Holds}", new { target, oldest = now - Account.Freshness }, cancellationToken: cancellationToken));
        return Assemble(rows);
    }

    /// <summary>Of each target that a try was made for.</summary>
    internal static async Task<IReadOnlyDictionary<string, AccountSummary>> SummariesAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"select f.target, f.part, case when f.read_at > @oldest then f.figures end as figures, f.read_at as readAt, f.trouble {Own}", new { oldest = now - Account.Freshness }, cancellationToken: cancellationToken));
        return rows.GroupBy(row => row.Target, StringComparer.Ordinal).ToDictionary(group => group.Key, group => Summary([.. group]), StringComparer.Ordinal);
    }

    /// <summary>How many of it each target's account may have, where that is known.</summary>
    internal static async Task<IReadOnlyDictionary<string, int>> AllowedAsync(NpgsqlConnection connection, AccountQuota quota, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<(string Target, int Many)>(new CommandDefinition(
            $"select f.target, (f.figures ->> @Id)::int {Own} where f.part = 'Quotas' and f.figures ->> @Id is not null and f.read_at > @oldest", new { quota.Id, oldest = now - Account.Freshness }, cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.Target, row => row.Many, StringComparer.Ordinal);
    }

    /// <summary>Writes down what a try came to, but where another has begun since.</summary>
    /// <param name="triedAt">When it began, as the row has it.</param>
    /// <param name="figures">What <see cref="Account"/> has of that part; null where the try brought nothing, and what was read before stays.</param>
    /// <param name="trouble">Why it brought nothing, or not all; null where it did.</param>
    public static Task KeepAsync<T>(NpgsqlConnection connection, string target, AccountPart part, DateTime triedAt, T? figures, string? trouble, CancellationToken cancellationToken) where T : class =>
        connection.ExecuteAsync(new CommandDefinition(
            """
            update account_figures set trouble = @trouble, figures = coalesce(@document::jsonb, figures), read_at = case when @document is null then read_at else tried_at end
            where target = @target and part = @part and tried_at = @triedAt
            """,
            new { target, part = part.ToString(), triedAt, trouble, document = figures is null ? null : JsonSerializer.Serialize(figures) }, cancellationToken: cancellationToken));

    private static AccountSummary Summary(IReadOnlyList<Row> rows)
    {
        var account = Assemble(rows.Where(row => row.Figures is not null));
        var read = rows.Min(row => row.ReadAt);
        return new AccountSummary(
            [.. AccountQuotas.All.Where(quota => account.Allows(quota) is not null).Select(quota => new AccountRoom(quota, account.Allows(quota)!.Value, Used(account, quota)))],
            read is { } at ? At(at) : null,
            [.. rows.Select(row => row.Trouble).OfType<string>().Distinct(StringComparer.Ordinal)]);
    }

    private static int? Used(Account account, AccountQuota quota) => account.Use is not { Figures: var use } ? null
        : quota == AccountQuotas.NatGateways ? use.NatGateways.Values.DefaultIfEmpty().Max()
        : use.Counts.TryGetValue(quota.Id, out var used) ? used : null;

    private static Account Assemble(IEnumerable<Row> rows) => rows.Aggregate(Account.Unread, (account, row) => Enum.Parse<AccountPart>(row.Part) switch
    {
        AccountPart.Quotas => account with { Quotas = row.Read<IReadOnlyDictionary<string, int>>() },
        AccountPart.Use => account with { Use = row.Read<AccountUse>() },
        AccountPart.Zones => account with { Zones = row.Read<IReadOnlyList<AccountZone>>() },
        _ => account with { Versions = row.Read<IReadOnlyList<string>>() },
    });

    private static DateTimeOffset At(DateTime time) => new(time, TimeSpan.Zero);

    private sealed class Row
    {
        public string Target { get; init; } = "";
        public string Part { get; init; } = "";
        public string? Figures { get; init; }
        public DateTime? ReadAt { get; init; }
        public string? Trouble { get; init; }

        public Reading<T> Read<T>() => new(JsonSerializer.Deserialize<T>(Figures!)!, At(ReadAt!.Value));
    }
}
