using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using Portal.Core.Environments;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Tokens;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Api;

[CollectionDefinition(Name)]
public sealed class ApiCollection : ICollectionFixture<ApiPortal>
{
    public const string Name = "Api";
}

/// <summary>One portal, as in production and without a worker, for all who ask as programs; and the use cases beside it, to bring about what a worker would.</summary>
public sealed class ApiPortal : IAsyncLifetime
{
    private static int s_blocks;

    private readonly ManualClock _clock = new();
    private NpgsqlDataSource _database = null!;

    internal PortalUnderTest Portal { get; private set; } = null!;

    internal StoredEnvironments Stored { get; private set; } = null!;

    public string ConnectionString { get; private set; } = "";

    public Uri Address => Portal.Address;

    internal Actor Engineer { get; } = Person("engineer", Roles.Engineer);

    internal Actor Ops { get; } = Person("ops", Roles.Ops);

    internal Actor Viewer { get; } = Person("viewer", Roles.Viewer);

    public async Task InitializeAsync()
    {
        ConnectionString = await PostgresFixture.CreateDatabaseAsync();
        _database = NpgsqlDataSource.Create(ConnectionString);
        _clock.Move(TimeProvider.System.GetUtcNow() - _clock.GetUtcNow());
        Portal = await PortalUnderTest.StartAsync(ConnectionString, "Production", ("Portal__Api__RequestsPerMinute", "1000000"));
        Stored = await StoredEnvironments.OpenAsync(ConnectionString, _clock);
        foreach (var person in new[] { Engineer, Ops, Viewer })
            await KnowAsync(person);
    }

    public async Task DisposeAsync()
    {
        await Stored.DisposeAsync();
        await _database.DisposeAsync();
        await Portal.DisposeAsync();
    }

    internal static Actor Person(string subject, string role, params string[] teams) =>
        new(subject, char.ToUpperInvariant(subject[0]) + subject[1..], new HashSet<string> { role }) { Teams = teams.ToHashSet() };

    /// <summary>What a sign-in leaves behind.</summary>
    internal async Task KnowAsync(Actor person)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            insert into people (subject, name, roles, teams, told_at) values (@Subject, @Name, @roles, @teams, now())
            on conflict (subject) do update set roles = excluded.roles, teams = excluded.teams
            """, new { person.Subject, person.Name, roles = person.Roles.ToArray(), teams = person.Teams.ToArray() });
    }

    /// <summary>What no use case does: something that a worker would write.</summary>
    internal async Task WriteAsync(string sql, object arguments)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, arguments);
    }

    internal Task<string> TokenAsync(Actor actor, params TokenScope[] scopes) => TokenAsync(actor, null, scopes);

    internal async Task<string> TokenAsync(Actor actor, string? team, params TokenScope[] scopes)
    {
        var create = new CreateToken(TestTransactions.On(_database), new TokenMethod("Personas"), TimeProvider.System);
        var outcome = await create.ExecuteAsync(actor, new NewToken(Guid.NewGuid().ToString("N"), team, scopes, 7), default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!.Text;
    }

    internal async Task RevokeAsync(string token)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await connection.ExecuteAsync("update access_tokens set revoked_at = now() where hash = @hash", new { hash = TokenText.Hash(token) });
    }

    internal async Task<ApiClient> ClientAsync(Actor actor, params TokenScope[] scopes) => new(Address, await TokenAsync(actor, scopes));

    /// <summary>A small environment that nobody else has.</summary>
    internal static string Yaml(string name, string service = "web") =>
        $$"""
        apiVersion: portal/v1
        kind: Environment
        spec:
          environment: {{name}}
          target: sandbox
          network: { cidr: {{Block()}} }
          services:
            - { name: {{service}}, image: "nginx:1.27", port: 80, path: /{{service}} }
        """;

    internal static Specification Small(string name) => SpecificationYaml.Read(Yaml(name)).Value!;

    internal async Task<EnvironmentSnapshot> ReadyAsync(string name) => await Stored.SnapshotAsync(await Stored.ReadyAsync(Small(name)));

    private static string Block()
    {
        var number = Interlocked.Increment(ref s_blocks);
        return $"10.{number / 16}.{number % 16 * 16}.0/20";
    }
}

/// <summary>A program with a token.</summary>
internal sealed class ApiClient(Uri address, string? token)
{
    private static readonly HttpClient s_http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(60) };

    public string? Token => token;

    public Task<ApiAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, null, headers);

    public Task<ApiAnswer> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(body)), body is null ? null : "application/json", headers);

    public Task<ApiAnswer> PutAsync(string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, path, Encoding.UTF8.GetBytes(System.Text.Json.JsonSerializer.Serialize(body)), "application/json", headers);

    public Task<ApiAnswer> YamlAsync(string path, string yaml, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(yaml), "application/yaml", headers);

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, byte[]? body, string? contentType, params (string Name, string Value)[] headers)
    {
        using var answer = await s_http.SendAsync(Request(method, path, body, contentType, headers));
        var text = await answer.Content.ReadAsStringAsync();
        return new ApiAnswer((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, text, answer);
    }

    /// <summary>The lines of a stream as they come.</summary>
    public async IAsyncEnumerable<string> LinesAsync(string path)
    {
        using var answer = await s_http.SendAsync(Request(HttpMethod.Get, path, null, null, []), HttpCompletionOption.ResponseHeadersRead);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() is { } line)
            yield return line;
    }

    private HttpRequestMessage Request(HttpMethod method, string path, byte[]? body, string? contentType, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, new Uri(address, path.StartsWith("/api", StringComparison.Ordinal) ? path : $"/api/v1{path}"));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null)
            request.Content = new ByteArrayContent(body);
        if (body is not null && contentType is not null)
            request.Content!.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return request;
    }
}

internal sealed record ApiAnswer(int Status, string? ContentType, string Text, HttpResponseMessage Message)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? Code => Json["code"]?.GetValue<string>();

    public string? Header(string name) => Message.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;

    public ApiAnswer ShouldBe(int status)
    {
        Status.ShouldBe(status, Text);
        if (status >= 400)
        {
            ContentType.ShouldBe("application/problem+json");
            Json["status"]!.GetValue<int>().ShouldBe(status);
            Json["detail"]!.GetValue<string>().ShouldNotBeEmpty();
        }

        return this;
    }
}
