using Dapper;
using Npgsql;

namespace Portal.Benchmarks.Chaos;

/// <summary>Something that was done, and the operations that it concerned.</summary>
/// <param name="IsEach">Whether each of the operations has to go on, or one of them shows that all can.</param>
internal sealed record Strike(string What, DateTimeOffset At, Guid[] Operations, bool IsEach)
{
    /// <summary>Whether nothing else was done until work had gone on.</summary>
    public bool IsMeasured { get; set; }

    /// <summary>Or has come to its end in the very moment before.</summary>
    public async Task<bool> HasGoneOnAsync(NpgsqlConnection connection)
    {
        var stand = await connection.ExecuteScalarAsync<int>(
            """
            select count(*)::int from operations o where id = any(@Operations) and state in ('Queued', 'Running', 'Cancelling')
              and not exists (select from events v where v.operation_id = o.id and v.at > @At and v.kind ~ '^(step|operation)[.]')
            """, new { Operations, At });
        return stand == 0 || (!IsEach && stand < Operations.Length);
    }

    /// <summary>The next write of each of the operations, the soonest first.</summary>
    public async Task<List<(DateTime At, string Environment, string Message)>> NextAsync(NpgsqlConnection connection) => [.. (await connection.QueryAsync<(DateTime At, string Environment, string Message)>(
        """
        select distinct on (v.operation_id) v.at, e.name, v.message from events v join environments e on e.id = v.environment_id
        where v.operation_id = any(@Operations) and v.at > @At and v.kind ~ '^(step|operation)[.]' order by v.operation_id, v.number
        """, new { Operations, At })).OrderBy(one => one.At)];
}
