using Dapper;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Core.Persistence;

/// <summary>One event of the portal itself to append, which is about no environment: for the audit trail alone.</summary>
public sealed record NewPortalEvent(Actor Actor, string Kind, EventSeverity Severity, string Message)
{
    /// <inheritdoc cref="NewEvent.Body"/>
    public object? Body { get; init; }

    /// <summary>Appends it. As the last of the work: until that commits, nobody else appends.</summary>
    public Task AppendAsync(Work work, DateTimeOffset at) => work.Connection.ExecuteAsync(
        "select append_portal_event(@Kind, @severity, @Message, @at, @Subject, @by, @byKind, @body::jsonb, @Address)",
        new
        {
            Kind,
            severity = Severity.ToString(),
            Message,
            at,
            Actor.Subject,
            by = Actor.Signature,
            byKind = Actor.Kind.ToString(),
            body = NewEvent.BodyJson(Body, Actor),
            Actor.Address,
        });
}
