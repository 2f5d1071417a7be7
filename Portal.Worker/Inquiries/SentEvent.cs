using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Security;

namespace Portal.Worker.Inquiries;

/// <summary>Says in the audit trail that somebody sent a request through a front door: no query, no header, no body.</summary>
internal static class SentEvent
{
    private const int MostSubject = 200;

    /// <param name="subject">Method and path.</param>
    /// <param name="cameOfIt">A status, or why there is none.</param>
    public static NewEvent Of(Actor sender, Guid environmentId, string subject, string cameOfIt, object? body = null) =>
        new(sender, environmentId, null, null, "door.asked", EventSeverity.Info, $"{sender.Name} sent {(subject.Length > MostSubject ? subject[..MostSubject] + "…" : subject)} through the front door: {cameOfIt}")
        { Body = body };
}
