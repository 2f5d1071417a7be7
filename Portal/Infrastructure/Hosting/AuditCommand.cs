using Npgsql;
using Portal.Core.Audit;
using Portal.Core.Security;

namespace Portal.Infrastructure.Hosting;

/// <summary><c>audit verify</c>: whether the audit trail is as it was written. Ends with 0 where it is, with 2 where it is not.</summary>
internal static class AuditCommand
{
    public static bool IsAsked(string[] args) => args is ["audit", ..];

    /// <exception cref="CannotStartException">Something else is asked of the trail, or no database is named.</exception>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken cancellationToken)
    {
        if (args is not ["audit", "verify"])
            throw new CannotStartException($"'{string.Join(' ', args)}' is not known. What there is: audit verify.");
        await using var app = PortalApp.Build([]);
        var verdict = await VerifyAsync(app.Services.GetRequiredService<AuditQueries>(), cancellationToken);
        if (verdict.IsWhole)
        {
            await output.WriteLineAsync($"All {verdict.Entries} entries are as they were written.");
            return 0;
        }

        await output.WriteLineAsync($"Of {verdict.Entries} entries some are not as they were written:");
        foreach (var fault in verdict.Faults)
            await output.WriteLineAsync(fault.InWords);
        return 2;
    }

    private static async Task<AuditVerdict> VerifyAsync(AuditQueries audit, CancellationToken cancellationToken)
    {
        try
        {
            // Whoever holds the database's password needs no role to read it.
            return await audit.VerifyAsync(new Actor("shell", Environment.UserName, new HashSet<string> { Roles.Ops }), cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.UndefinedFunction or PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn)
        {
            throw new CannotStartException($"The database is of another version ({error.MessageText}): start this version of the portal on it once, then verify.");
        }
    }
}
