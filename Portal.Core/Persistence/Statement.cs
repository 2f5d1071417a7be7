using Npgsql;

namespace Portal.Core.Persistence;

/// <summary>
/// One statement of a transaction. Several go to the server together (<see cref="Work.DoAsync"/>), in one round trip instead of one each, and
/// in their order: each finds what those before it did.
/// </summary>
/// <param name="Parameters">By name; null values are of whatever type the statement makes of them.</param>
public sealed record Statement(string Sql, params IReadOnlyList<(string Name, object? Value)> Parameters)
{
    /// <summary>
    /// Takes the first row that it returns, or null where it returns none; what this throws ends the transaction, whatever those after it did.
    /// Null for a statement that returns no rows, ever.
    /// </summary>
    public Action<NpgsqlDataReader?>? Row { get; init; }

    internal NpgsqlBatchCommand ToCommand()
    {
        var command = new NpgsqlBatchCommand(Sql);
        foreach (var (name, value) in Parameters)
            command.Parameters.Add(new NpgsqlParameter(name, value ?? DBNull.Value));
        return command;
    }
}
