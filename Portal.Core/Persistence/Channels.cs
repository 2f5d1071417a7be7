using System.Data.Common;
using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Persistence;

/// <summary>Postgres NOTIFY channels. A payload carries ids only; who hears it rereads.</summary>
public static class Channels
{
    /// <summary><c>environment id:revision</c>, sent by the <see cref="Announcer"/> alone.</summary>
    public const string Event = "portal_event";

    /// <summary>Id of a request that was submitted or decided.</summary>
    public const string Request = "portal_request";

    /// <summary>Name of the target that is to be looked at soon; empty where something new was seen in one.</summary>
    public const string Observation = "portal_observation";

    /// <summary>Id of a session that ended or whose person changed.</summary>
    public const string Session = "portal_session";

    /// <summary>Subject of somebody whose notices are not what they were; empty for many at once.</summary>
    public const string Notice = "portal_notice";

    /// <summary>Heard when the current transaction commits.</summary>
    public static Task NotifyAsync(this DbConnection connection, string channel, string payload) =>
        connection.ExecuteAsync("select pg_notify(@channel, @payload)", new { channel, payload });

    /// <summary>See <see cref="SendChanges"/>.</summary>
    internal static async Task SendChangesAsync(this NpgsqlDataSource database, IReadOnlyDictionary<Guid, long> revisions, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "select count(pg_notify(@Event, id || ':' || revision)) from unnest(@ids, @revisions) as changed(id, revision)",
            new { Event, ids = revisions.Keys.ToArray(), revisions = revisions.Values.ToArray() }, cancellationToken: cancellationToken));
    }
}

/// <summary>One event to append.</summary>
/// <param name="Actor">Who did it; <see cref="Actor.System"/> for what a process of ours did or saw by itself.</param>
public sealed record NewEvent(Actor Actor, Guid EnvironmentId, Guid? OperationId, string? Step, string Kind, EventSeverity Severity, string Message)
{
    /// <summary>Version of the bodies that this version writes; stands in each as <c>v</c>.</summary>
    public const int BodyVersion = 1;

    /// <summary>What happened, for programs: they read this and never the sentence. Null where the kind says it all.</summary>
    public object? Body { get; init; }

    /// <summary>Appends it; numbered, and told to who listens, when the work commits.</summary>
    public Task AppendAsync(Work work, DateTimeOffset at) => work.DoAsync(Append(work, at));

    /// <summary>As <see cref="AppendAsync"/>, together with others.</summary>
    public Statement Append(Work work, DateTimeOffset at) => new(
        "select append_event(@environment, @operation, @step, @kind, @severity, @message, @at, @actorId, @actorName, @actorKind, @body::jsonb, @address)",
        ("environment", EnvironmentId),
        ("operation", OperationId),
        ("step", Step),
        ("kind", Kind),
        ("severity", Severity.ToString()),
        ("message", Message),
        ("at", at),
        ("actorId", Actor.Subject),
        ("actorName", Actor.Signature),
        ("actorKind", Actor.Kind.ToString()),
        ("body", BodyJson(Body, Actor)),
        ("address", Actor.Address))
    {
        Row = row => work.Revised(EnvironmentId, row!.GetInt64(0)),
    };

    internal static string BodyJson(object? data, Actor by)
    {
        var body = data is null ? [] : JsonSerializer.SerializeToNode(data, data.GetType(), Specification.Json)!.AsObject();
        body["v"] = BodyVersion;
        if (by.Token is { } token)
            body["token"] = token;
        return body.ToJsonString();
    }
}
