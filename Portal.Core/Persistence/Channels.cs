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
    public async Task AppendAsync(Work work, DateTimeOffset at) =>
        work.Revised(EnvironmentId, await work.Connection.ExecuteScalarAsync<long>(
            "select append_event(@EnvironmentId, @OperationId, @Step, @Kind, @Severity, @Message, @at, @ActorId, @ActorName, @ActorKind, @body::jsonb, @Address)",
            new
            {
                EnvironmentId,
                OperationId,
                Step,
                Kind,
                Severity = Severity.ToString(),
                Message,
                at,
                ActorId = Actor.Subject,
                ActorName = Actor.Signature,
                ActorKind = Actor.Kind.ToString(),
                body = BodyJson(Body, Actor),
                Actor.Address,
            }));

    internal static string BodyJson(object? data, Actor by)
    {
        var body = data is null ? [] : JsonSerializer.SerializeToNode(data, data.GetType(), Specification.Json)!.AsObject();
        body["v"] = BodyVersion;
        if (by.Token is { } token)
            body["token"] = token;
        return body.ToJsonString();
    }
}
