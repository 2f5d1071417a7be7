using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Notifications;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Notifications;

/// <summary>What the pages of notifications need of queries, feed and use cases; the seam their component tests stand at.</summary>
public interface INoticeDesk
{
    /// <param name="unread">Only those that are not read.</param>
    /// <param name="page">From 0.</param>
    Task<Page<Notice>> ListAsync(bool unread, int page, CancellationToken cancellationToken);

    /// <summary>How many are not read, now and as it changes.</summary>
    Task<Subscription<int>> WatchAsync();

    /// <param name="number">Of the newest that was on the screen, or of the one.</param>
    Task<Outcome<int>> MarkReadAsync(long number, bool andBefore, CancellationToken cancellationToken);

    Task<NoticeSettings> SettingsAsync(CancellationToken cancellationToken);

    Task<Outcome<string>> ChooseAsync(string kind, NoticeChannel channel, bool wanted, CancellationToken cancellationToken);

    /// <param name="page">From 0.</param>
    Task<Page<TroubledDelivery>> TroubledAsync(int page, CancellationToken cancellationToken);

    Task<Outcome<Guid>> RetryAsync(Guid delivery, CancellationToken cancellationToken);
}

/// <inheritdoc cref="INoticeDesk"/>
public sealed class NoticeDesk(Notices notices, NoticeChoices choices, DeadLetters letters, NoticeFeed feed, CurrentActor current, DatabaseReach database) : INoticeDesk
{
    public Task<Page<Notice>> ListAsync(bool unread, int page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await notices.ListAsync(await current.GetAsync(), unread, page, token), cancellationToken);

    public async Task<Subscription<int>> WatchAsync() => feed.Watch((await current.GetAsync()).Subject);

    public Task<Outcome<int>> MarkReadAsync(long number, bool andBefore, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => notices.MarkReadAsync(actor, number, andBefore, cancellationToken), cancellationToken));

    public Task<NoticeSettings> SettingsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async token => await choices.ReadAsync(await current.GetAsync(), token), cancellationToken);

    public Task<Outcome<string>> ChooseAsync(string kind, NoticeChannel channel, bool wanted, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => choices.ChooseAsync(actor, kind, channel, wanted, cancellationToken), cancellationToken));

    public Task<Page<TroubledDelivery>> TroubledAsync(int page, CancellationToken cancellationToken) => database.ReadAsync(
        async token => await letters.ListAsync(await current.GetAsync(), page, token), cancellationToken);

    public Task<Outcome<Guid>> RetryAsync(Guid delivery, CancellationToken cancellationToken) => database.WriteAsync(
        () => current.ActAsync(actor => letters.RetryAsync(actor, delivery, cancellationToken), cancellationToken));
}
