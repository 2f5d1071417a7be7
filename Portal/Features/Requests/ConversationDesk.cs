using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Requests;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Requests;

/// <summary>What the conversation about a request needs, on whichever page it stands.</summary>
public interface IConversationDesk
{
    /// <summary>Beats at once and after each change of any environment or request.</summary>
    Subscription<long> WatchChanges();

    /// <param name="page">From 0, the newest; beyond the last it is the last.</param>
    Task<Conversation> ReadAsync(Guid requestId, int page, CancellationToken cancellationToken);

    /// <returns>The entry's number; or a refusal.</returns>
    Task<Outcome<long>> SayAsync(NewComment comment, CancellationToken cancellationToken);
}

/// <inheritdoc cref="IConversationDesk"/>
public sealed class ConversationDesk(RequestQueries requests, CommentOnRequest comments, OverviewFeed overview, CurrentActor current, DatabaseReach database) : IConversationDesk
{
    public const int PageSize = 20;

    public Subscription<long> WatchChanges() => overview.WatchChanges();

    public Task<Conversation> ReadAsync(Guid requestId, int page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await requests.ConversationAsync(await current.GetAsync(), requestId, page, PageSize, token), cancellationToken);

    public Task<Outcome<long>> SayAsync(NewComment comment, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => comments.ExecuteAsync(actor, comment, cancellationToken), cancellationToken));
}
