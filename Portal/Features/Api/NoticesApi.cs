using Portal.Core;
using Portal.Core.Notifications;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>What programs ask of a person's notices: the pages' own use cases and queries, in the words of the API.</summary>
public sealed class NoticesApi(Notices notices)
{
    /// <param name="page">From 0.</param>
    public async Task<Piece<NoticeAnswer>> ListAsync(Actor actor, bool unread, int page, int limit, CancellationToken cancellationToken)
    {
        var read = await notices.ListAsync(actor, unread, page, cancellationToken, limit);
        var answers = page > read.Number ? [] : read.Rows.Select(one => new NoticeAnswer(one.Number, one.Severity, one.Title, one.Text, one.Path, one.At, one.IsRead)).ToList();
        return QueryValues.PieceOf(answers, read.Number, limit, read.Total);
    }

    public async Task<Outcome<MarkedRead>> MarkReadAsync(Actor actor, ReadBody wanted, CancellationToken cancellationToken)
    {
        var outcome = await notices.MarkReadAsync(actor, wanted.Number, wanted.AndBefore, cancellationToken);
        return outcome.Refusal is { } refusal ? refusal : new MarkedRead(outcome.Value);
    }
}
