using Dapper;
using Npgsql;

namespace Portal.Core.Environments;

/// <summary>One page of a list. A page beyond the last one, as an old bookmark has it, is the last one.</summary>
/// <param name="Asked">From 0.</param>
internal readonly record struct PageWindow(int Asked, int Size)
{
    /// <summary>Names are lower-case.</summary>
    public static string? Search(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim().ToLowerInvariant();

    /// <param name="count">A statement that says how many there are in all.</param>
    /// <param name="rows">A statement with <c>limit @size offset @skip</c>.</param>
    public async Task<Page<T>> ReadAsync<TRecord, T>(
        NpgsqlConnection connection, string count, string rows, DynamicParameters arguments, Func<TRecord, T> map, CancellationToken cancellationToken)
    {
        var size = Math.Clamp(Size, 1, EnvironmentQueries.MaxPageSize);
        var total = await connection.ExecuteScalarAsync<int>(new CommandDefinition(count, arguments, cancellationToken: cancellationToken));
        var number = Math.Clamp(Asked, 0, Math.Max(0, (total - 1) / size));
        arguments.Add("size", size);
        arguments.Add("skip", number * size);
        var page = await connection.QueryAsync<TRecord>(new CommandDefinition(rows, arguments, cancellationToken: cancellationToken));
        return new Page<T>([.. page.Select(map)], total, number);
    }
}
