using Dapper;
using Portal.Core.Inquiries;
using Portal.Core.Persistence;
using Portal.Core.Security;
using Portal.Worker.Engine;

namespace Portal.Worker.Inquiries;

/// <summary>
/// Takes answers away when nobody waits for them any more, whether or not anybody asks for others: they are what containers wrote and services answered.
/// What a worker took and died of before it could tell is told of here: it may have been sent.
/// </summary>
public sealed class ForgetInquiries(Transactions transactions, TimeProvider clock) : IRecurring
{
    public string Id => "inquiries";

    public string Schedule => "* * * * *";

    public Task RunAsync(CancellationToken cancellationToken) => transactions.DoAsync(async work =>
    {
        var now = clock.GetUtcNow();
        var gone = await work.Connection.QueryAsync<(Guid EnvironmentId, string Subject, string AskedBy, string? AskedByName, string? AskedFrom, bool IsLost)>(
            """
            delete from inquiries where asked_at < @before
            returning environment_id, subject, asked_by, asked_by_name, asked_from, kind = @kind and taken_at is not null and answered_at is null
            """, new { before = now - ReadPodLog.Kept, kind = nameof(InquiryKind.DoorRequest) });
        foreach (var lost in gone.Where(one => one.IsLost).OrderBy(one => one.EnvironmentId))
        {
            await SentEvent.Of(new Actor(lost.AskedBy, lost.AskedByName ?? lost.AskedBy, new HashSet<string>()) { Address = lost.AskedFrom }, lost.EnvironmentId, lost.Subject,
                "its worker ended before it could tell what came of it").AppendAsync(work, now);
        }
    }, cancellationToken);
}
