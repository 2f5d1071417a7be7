using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Approvals;

/// <summary>What the inbox needs of queries and use cases; the seam its component tests stand at.</summary>
public interface IApprovalDesk
{
    /// <summary>Beats at once and after each change of any environment or request.</summary>
    Subscription<long> WatchChanges();

    /// <summary>Who has to agree to what.</summary>
    ApprovalPolicy Policy { get; }

    /// <summary>Undecided requests, oldest first.</summary>
    /// <param name="page">From 0; beyond the last it is the last.</param>
    Task<Page<RequestSummary>> QueueAsync(int page, CancellationToken cancellationToken);

    Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken);

    /// <param name="planHash">Of the plan on the screen.</param>
    Task<Outcome<Decision>> DecideAsync(Guid requestId, Verdict verdict, string planHash, string? comment, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IApprovalDesk"/>
public sealed class ApprovalDesk(RequestQueries requests, DecideRequest decide, ApprovalPolicy policy, OverviewFeed overview, CurrentActor current, DatabaseReach database) : IApprovalDesk
{
    public const int PageSize = 20;

    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public ApprovalPolicy Policy => policy;

    public Task<Page<RequestSummary>> QueueAsync(int page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await requests.RequestsAsync(await current.GetAsync(), new RequestFilter { State = RequestState.Submitted, Page = page, PageSize = PageSize }, token), cancellationToken);

    public Task<RequestDetail?> RequestAsync(long number, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await requests.RequestAsync(await current.GetAsync(), number, token), cancellationToken);

    public Task<Outcome<Decision>> DecideAsync(Guid requestId, Verdict verdict, string planHash, string? comment, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => decide.ExecuteAsync(actor, requestId, verdict, planHash, comment, cancellationToken), cancellationToken));
}
