using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Persistence;

public sealed class DatabaseHealthTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Check_PostgresTakesTheConnectionAndSaysNothing_SaysSoInTimeAndAsksOnce()
    {
        // What a frozen server looks like from here: its kernel takes connections for it.
        using var frozen = new TcpListener(IPAddress.Loopback, 0);
        frozen.Start();
        await using var database = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={((IPEndPoint)frozen.LocalEndpoint).Port};Username=portal;Database=portal;Timeout=60");
        var clock = new ManualClock();
        var health = new DatabaseHealth(database, clock);

        for (var look = 0; look < 2; look++)
        {
            var checking = health.CheckHealthAsync(new HealthCheckContext());
            await clock.SomebodyWaitsAsync();
            clock.Move(DatabaseHealth.Patience);
            var said = await checking;
            said.Status.ShouldBe(HealthStatus.Unhealthy);
            said.Description.ShouldBe("Postgres has not answered since 10:00:00 UTC.");
        }

        using var asked = await frozen.AcceptTcpClientAsync();
        frozen.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task Check_NobodyListens_SaysWhy()
    {
        await using var database = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={ProgramUnderTest.FreePort()};Username=portal;Database=portal");

        var said = await new DatabaseHealth(database, TimeProvider.System).CheckHealthAsync(new HealthCheckContext());

        said.Status.ShouldBe(HealthStatus.Unhealthy);
        said.Description.ShouldBe("Postgres does not answer: Connection refused");
    }

    [Fact]
    public async Task Check_PostgresAnswers_IsHealthy() =>
        (await new DatabaseHealth(postgres.Database, TimeProvider.System).CheckHealthAsync(new HealthCheckContext())).Status.ShouldBe(HealthStatus.Healthy);

    [Fact]
    public async Task Use_DatabaseGoesAwayInTheMiddle_BeginsAnewAndGivesUpInASentence()
    {
        var tries = 0;

        await new DatabaseCheck(postgres.Database, TimeProvider.System).UseAsync(TimeSpan.FromMinutes(1), WorkAsync, default);
        tries.ShouldBe(2);

        tries = 0;
        var gaveUp = await Should.ThrowAsync<DatabaseUnusableException>(new DatabaseCheck(postgres.Database, TimeProvider.System).UseAsync(TimeSpan.Zero, WorkAsync, default));
        gaveUp.Message.ShouldContain("went away while it was being prepared");

        async Task WorkAsync(NpgsqlConnection connection)
        {
            // Postgres ends the session as it ends all of them when it goes down.
            await using var command = new NpgsqlCommand(++tries == 1 ? "select pg_terminate_backend(pg_backend_pid())" : "select 1", connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
