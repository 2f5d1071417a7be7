using Microsoft.Extensions.Configuration;

namespace Portal.Core.Persistence;

/// <summary>As whom a process uses its database.</summary>
/// <param name="Portal">Connection string of the role that it runs as.</param>
/// <param name="Migrations">
/// Connection string of the role that the tables belong to; null where the process is not to know it, or where one role is for everything.
/// </param>
public sealed record DatabaseLogins(string Portal, string? Migrations = null)
{
    internal const string PortalSetting = "ConnectionStrings__Portal";
    internal const string MigrationsSetting = "ConnectionStrings__Migrations";

    /// <summary>From <c>ConnectionStrings:Portal</c>, which must be there, and <c>ConnectionStrings:Migrations</c>.</summary>
    public static DatabaseLogins From(IConfiguration configuration) =>
        new(configuration.GetConnectionString("Portal")!, configuration.GetConnectionString("Migrations") is { } migrations && !string.IsNullOrWhiteSpace(migrations) ? migrations : null);
}
