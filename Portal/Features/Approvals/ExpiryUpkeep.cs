using Portal.Core.Requests;
using Portal.Infrastructure.Hosting;

namespace Portal.Features.Approvals;

/// <summary>Ends requests that nobody decides on. A portal does it, because the rules say how long they wait, and a worker has no templates.</summary>
internal sealed class ExpiryUpkeep(ExpireRequests expire, TimeProvider clock, ILogger<ExpiryUpkeep> logger) : Upkeep(TimeSpan.FromMinutes(5), clock, logger)
{
    protected override string Failure => "Requests that have waited too long could not be ended";

    protected override Task WorkAsync(CancellationToken cancellationToken) => expire.SweepAsync(cancellationToken);
}
