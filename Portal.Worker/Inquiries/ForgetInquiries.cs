using Dapper;
using Npgsql;
using Portal.Core.Inquiries;
using Portal.Worker.Engine;

namespace Portal.Worker.Inquiries;

/// <summary>Takes answers away when nobody waits for them any more, whether or not anybody asks for others: they are what containers wrote.</summary>
public sealed class ForgetInquiries(NpgsqlDataSource database, TimeProvider clock) : IRecurring
{
    public string Id => "inquiries";

    public string Schedule => "* * * * *";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from inquiries where asked_at < @before", new { before = clock.GetUtcNow() - ReadPodLog.Kept }, cancellationToken: cancellationToken));
    }
}
