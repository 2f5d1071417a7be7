using System.Data.Common;
using System.Text.Json;
using Dapper;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Persistence;

/// <summary>Postgres NOTIFY channels. A payload carries ids only; who hears it rereads.</summary>
public static class Channels
{
    /// <summary><c>environment id:event number</c>, sent by append_event; number 0 where something changed that is no event (<see cref="NotifyChangedAsync"/>).</summary>
    public const string Event = "portal_event";

    /// <summary>Id of a request that was submitted or decided.</summary>
    public const string Request = "portal_request";

    /// <summary>Name of the target that is to be looked at soon; empty where something new was seen in one.</summary>
    public const string Observation = "portal_observation";

    /// <summary>Id of a session that ended or whose person changed.</summary>
    public const string Session = "portal_session";

    /// <summary>Heard when the current transaction commits.</summary>
    public static Task NotifyAsync(this DbConnection connection, string channel, string payload, DbTransaction? transaction) =>
        connection.ExecuteAsync("select pg_notify(@channel, @payload)", new { channel, payload }, transaction);

    /// <summary>For a change of what pages show of an environment that gets no event: every page that shows it rereads.</summary>
    public static Task NotifyChangedAsync(this DbConnection connection, Guid environmentId, DbTransaction? transaction) =>
        connection.NotifyAsync(Event, $"{environmentId}:0", transaction);
}

/// <summary>One event to append.</summary>
/// <param name="Actor">Who did it; <see cref="Actor.System"/> for what a process of ours did or saw by itself.</param>
public sealed record NewEvent(Actor Actor, Guid EnvironmentId, Guid? OperationId, string? Step, string Kind, EventSeverity Severity, string Message)
{
    /// <summary>Version of the bodies that this version writes; stands in each as <c>v</c>.</summary>
    public const int BodyVersion = 1;

    /// <summary>What happened, for programs: they read this and never the sentence. Null where the kind says it all.</summary>
    public object? Body { get; init; }

    /// <summary>Appends and notifies; numbered when the transaction commits.</summary>
    public Task<long> AppendAsync(DbConnection connection, DbTransaction? transaction, DateTimeOffset at) =>
        connection.ExecuteScalarAsync<long>(
            "select append_event(@EnvironmentId, @OperationId, @Step, @Kind, @Severity, @Message, @at, @ActorId, @ActorName, @ActorKind, @body::jsonb)",
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
                ActorName = Actor.Name,
                ActorKind = Actor.Kind.ToString(),
                body = BodyJson(),
            }, transaction);

    private string BodyJson()
    {
        var body = Body is null ? [] : JsonSerializer.SerializeToNode(Body, Body.GetType(), Specification.Json)!.AsObject();
        body["v"] = BodyVersion;
        return body.ToJsonString();
    }
}
