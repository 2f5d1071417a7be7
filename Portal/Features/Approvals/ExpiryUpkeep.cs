using Portal.Core.Requests;
using Portal.Infrastructure.Hosting;

namespace Portal.Features.Approvals;

/// <summary>Reminds of requests that wait, and ends those that nobody decides on. A portal does it, because the rules say how long they wait, and a worker has no templates.</summary>
internal sealed class ExpiryUpkeep(ExpireRequests expire, RemindRequests remind, TimeProvider clock, ILogger<ExpiryUpkeep> logger) : Upkeep(TimeSpan.FromMinutes(5), clock, logger)
{
    protected override string Failure => "Requests that have waited too long could not be ended, or reminded of";

    protected override async Task WorkAsync(CancellationToken cancellationToken)
    {
        await expire.SweepAsync(cancellationToken);
        await remind.SweepAsync(cancellationToken);
    }
}
