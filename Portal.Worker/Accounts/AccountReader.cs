using Dapper;
using Npgsql;
using Portal.Core.Accounts;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Worker.Accounts;

/// <summary>
/// Reads what each target's account allows, offers and has in use, with the target's own role, so that a request is told before it is filed what AWS
/// would say at the end. What is denied or fails is written down with its cause, and hinders neither the rest nor anything else.
/// </summary>
public sealed class AccountReader(NpgsqlDataSource database, IAccounts accounts, TimeProvider clock) : IRecurring
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    private const int AtOnce = 4;
    private const int LongestTrouble = 600;

    // Each part once for all workers. What is in use is read again soon after an operation that may have changed it.
    private const string ClaimSql = $"""
        with due as (
          insert into account_figures as f (target, part, account_id, region, tried_at)
          select t.name, p.part, t.account_id, t.region, @now from targets t cross join unnest(@parts) as p(part) order by 1, 2
          on conflict (target, part) do update set
            tried_at = excluded.tried_at, account_id = excluded.account_id, region = excluded.region,
            figures = case when (f.account_id, f.region) = (excluded.account_id, excluded.region) then f.figures end,
            read_at = case when (f.account_id, f.region) = (excluded.account_id, excluded.region) then f.read_at end
          where f.tried_at <= @before or (f.account_id, f.region) <> (excluded.account_id, excluded.region)
            or (f.part = 'Use' and exists (
              select from operations o join environments e on e.id = o.environment_id join targets n on n.name = e.target
              where n.account_id = f.account_id and n.region = f.region and o.finished_at >= f.tried_at))
          returning f.target, f.part, f.tried_at)
        select due.part as Part, due.tried_at as TriedAt, {AwsTarget.Columns} from due join targets t on t.name = due.target
        """;

    public string Id => "accounts";

    /// <summary>More often than each part is due, for what operations have changed.</summary>
    public string Schedule => "* * * * *";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var due = await ClaimAsync(cancellationToken);
        await Parallel.ForEachAsync(due.GroupBy(one => one.Target), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (group, token) =>
        {
            foreach (var one in group)
                await ReadAsync(one, token);
        });
    }

    private async Task<IReadOnlyList<Due>> ClaimAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Claimed, TargetRow, Due>(
            new CommandDefinition(ClaimSql, new { now, before = now - Every, parts = Enum.GetNames<AccountPart>() }, cancellationToken: cancellationToken),
            (part, target) => new Due(AwsTarget.Of(target), Enum.Parse<AccountPart>(part.Part), part.TriedAt), splitOn: "name");
        return rows.AsList();
    }

    private Task ReadAsync(Due one, CancellationToken cancellationToken) => one.Part switch
    {
        AccountPart.Quotas => KeepQuotasAsync(one, cancellationToken),
        AccountPart.Use => KeepAsync(one, accounts.UseAsync, cancellationToken),
        AccountPart.Zones => KeepAsync(one, accounts.ZonesAsync, cancellationToken),
        _ => KeepAsync(one, accounts.VersionsAsync, cancellationToken),
    };

    private async Task KeepAsync<T>(Due one, Func<AwsTarget, CancellationToken, Task<T>> read, CancellationToken cancellationToken) where T : class
    {
        var troubles = new List<string>();
        await KeepAsync(one, await TryAsync(token => read(one.Target, token), troubles, cancellationToken), troubles, cancellationToken);
    }

    // One that is denied, or that AWS does not know there, is none of the others' business.
    private async Task KeepQuotasAsync(Due one, CancellationToken cancellationToken)
    {
        var (allowed, troubles) = (new Dictionary<string, int>(StringComparer.Ordinal), new List<string>());
        foreach (var quota in AccountQuotas.All)
        {
            if (await TryAsync(async token => (object)await accounts.QuotaAsync(one.Target, quota, token), troubles, cancellationToken) is int many)
                allowed[quota.Id] = many;
        }

        await KeepAsync(one, allowed.Count > 0 ? allowed : null, troubles, cancellationToken);
    }

    private static async Task<T?> TryAsync<T>(Func<CancellationToken, Task<T>> read, List<string> troubles, CancellationToken cancellationToken) where T : class
    {
        try
        {
            return await read(cancellationToken);
        }
        catch (StepFailedException error)
        {
            var isDenied = error.Failure.Code.EndsWith("_access_denied", StringComparison.Ordinal);
            troubles.Add(error.Failure.Message + (isDenied ? " Templates/cloudformation/target.yaml has it: deploy this version of it there." : ""));
            return null;
        }
    }

    private async Task KeepAsync<T>(Due one, T? figures, IReadOnlyList<string> troubles, CancellationToken cancellationToken) where T : class
    {
        var trouble = string.Join(' ', troubles.Distinct(StringComparer.Ordinal));
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await AccountReadings.KeepAsync(
            connection, one.Target.Name, one.Part, one.TriedAt, figures, trouble.Length == 0 ? null : trouble.Length <= LongestTrouble ? trouble : trouble[..LongestTrouble] + " …", cancellationToken);
    }

    private sealed class Claimed
    {
        public string Part { get; init; } = "";
        public DateTime TriedAt { get; init; }
    }

    private sealed record Due(AwsTarget Target, AccountPart Part, DateTime TriedAt);
}
