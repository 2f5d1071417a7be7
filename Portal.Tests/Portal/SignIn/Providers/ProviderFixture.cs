using Dapper;
using Npgsql;
using Portal.Tests.Fixtures;

namespace Portal.Tests.SignIn.Providers;

/// <summary>One portal and one provider of the faulty kind, for the tests of a class one after the other.</summary>
public sealed class ProviderFixture : IAsyncLifetime
{
    private PortalUnderTest _portal = null!;

    internal PortalUnderTest Portal => _portal;

    public FaultyProvider Provider { get; private set; } = null!;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Provider = await FaultyProvider.StartAsync();
        var connectionString = await PostgresFixture.CreateDatabaseAsync();
        Database = NpgsqlDataSource.Create(connectionString);
        _portal = await PortalUnderTest.StartAsync(connectionString, "Production", Settings(Provider.Issuer));
    }

    public async Task DisposeAsync()
    {
        await _portal.DisposeAsync();
        await Database.DisposeAsync();
        await Provider.DisposeAsync();
    }

    /// <summary>How a portal is told of a provider whose groups are ours.</summary>
    public static (string Key, string Value)[] Settings(string issuer) =>
    [
        ("Portal__SignIn__Method", "OpenIdConnect"),
        ("Portal__SignIn__OpenIdConnect__Authority", issuer),
        ("Portal__SignIn__OpenIdConnect__ClientId", FaultyProvider.ClientId),
        ("Portal__SignIn__OpenIdConnect__ClientSecret", FaultyProvider.ClientSecret),
        ("Portal__SignIn__OpenIdConnect__OfflineAccess", "true"),
        ("Portal__SignIn__Roles__Ops__0", "ops-group"),
        ("Portal__SignIn__Roles__Viewer__0", "viewer-group"),
        ("Portal__SignIn__Teams__payments__0", "pay-group"),
        ("Portal__SignIn__Contact", "the platform team"),
        ("Portal__SignIn__Sessions__Check", "00:00:01"),
        ("Portal__SignIn__Limits__PerAddress", "10000"),
    ];

    public async Task<IReadOnlyList<(string Subject, string[] Roles, string[] Teams)>> SessionsAsync()
    {
        await using var command = Database.CreateCommand("select subject, roles, teams from sessions order by created_at");
        await using var reader = await command.ExecuteReaderAsync();
        var sessions = new List<(string, string[], string[])>();
        while (await reader.ReadAsync())
            sessions.Add((reader.GetString(0), reader.GetFieldValue<string[]>(1), reader.GetFieldValue<string[]>(2)));
        return sessions;
    }

    public async Task EmptyAsync()
    {
        Provider.Reset();
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync("delete from sessions");
    }

    /// <summary>Asks the database until it is so: the portal works at its own pace.</summary>
    public async Task UntilAsync(Func<IReadOnlyList<(string Subject, string[] Roles, string[] Teams)>, bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!isSo(await SessionsAsync()))
            await timer.WaitForNextTickAsync(patience.Token);
    }
}
