using System.Threading.Channels;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Notifications;
using Portal.Core.Provisioning;
using Portal.Features.Notifications;
using Portal.Infrastructure.Live;

namespace Portal.Tests.Features.Notifications;

/// <summary>Notices that a test puts down, and what a page does with them.</summary>
internal sealed class FakeNoticeDesk : INoticeDesk
{
    private readonly Channel<int> _unread = Channel.CreateUnbounded<int>();

    public List<Notice> Stored { get; } = [];

    public List<TroubledDelivery> Troubled { get; } = [];

    public NoticeSettings Settings { get; set; } = new([new NoticeChoice(new NoticeKind("decided", "Decisions on my requests", true), true, true)], "ada@example.org", true, []);

    public Refusal? Refusal { get; set; }

    public void Add(string title, EventSeverity severity = EventSeverity.Info)
    {
        Stored.Insert(0, new Notice(Guid.NewGuid(), Stored.Count + 1, severity, title, "A text.", "/requests/17", DateTimeOffset.UnixEpoch, IsRead: false));
        _unread.Writer.TryWrite(Unread);
    }

    public Task<Page<Notice>> ListAsync(bool unread, int page, CancellationToken cancellationToken) =>
        Task.FromResult(new Page<Notice>([.. Stored.Where(notice => !unread || !notice.IsRead)], Stored.Count, page));

    public Task<Subscription<int>> WatchAsync()
    {
        _unread.Writer.TryWrite(Unread);
        return Task.FromResult(new Subscription<int>(_unread.Reader, () => { }));
    }

    public Task<Outcome<int>> MarkReadAsync(long number, bool andBefore, CancellationToken cancellationToken)
    {
        if (Refusal is { } refusal)
            return Task.FromResult<Outcome<int>>(refusal);
        for (var index = 0; index < Stored.Count; index++)
        {
            if (Stored[index].Number == number || (andBefore && Stored[index].Number < number))
                Stored[index] = Stored[index] with { IsRead = true };
        }

        _unread.Writer.TryWrite(Unread);
        return Task.FromResult<Outcome<int>>(1);
    }

    public Task<NoticeSettings> SettingsAsync(CancellationToken cancellationToken) => Task.FromResult(Settings);

    public Task<Outcome<string>> ChooseAsync(string kind, NoticeChannel channel, bool wanted, CancellationToken cancellationToken)
    {
        if (Refusal is { } refusal)
            return Task.FromResult<Outcome<string>>(refusal);
        Settings = Settings with
        {
            Choices = [.. Settings.Choices.Select(choice => choice.Kind.Id != kind ? choice : channel == NoticeChannel.Mail ? choice with { ByMail = wanted } : choice with { InPortal = wanted })],
        };
        return Task.FromResult<Outcome<string>>(kind);
    }

    public Task<Page<TroubledDelivery>> TroubledAsync(int page, CancellationToken cancellationToken) => Task.FromResult(new Page<TroubledDelivery>([.. Troubled], Troubled.Count, page));

    public Task<Outcome<Guid>> RetryAsync(Guid delivery, CancellationToken cancellationToken)
    {
        var index = Troubled.FindIndex(one => one.Id == delivery);
        Troubled[index] = Troubled[index] with { NextTry = DateTimeOffset.UnixEpoch };
        return Task.FromResult<Outcome<Guid>>(delivery);
    }

    private int Unread => Stored.Count(notice => !notice.IsRead);
}
