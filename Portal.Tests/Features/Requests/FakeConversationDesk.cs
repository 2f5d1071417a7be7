using System.Threading.Channels;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Requests;
using Portal.Features.Requests;
using Portal.Infrastructure.Live;

namespace Portal.Tests.Features.Requests;

/// <summary>A conversation in memory; what is said is noted, and what it shows is set by the test.</summary>
internal sealed class FakeConversationDesk : IConversationDesk
{
    public Conversation Talk { get; set; } = new([], 0, 0, null);

    public Refusal? Refusal { get; set; }

    public List<NewComment> Said { get; } = [];

    public List<int> Read { get; } = [];

    // Nothing changes by itself: one beat, as at the beginning.
    public Subscription<long> WatchChanges()
    {
        var beats = Channel.CreateBounded<long>(1);
        beats.Writer.TryWrite(1);
        return new Subscription<long>(beats.Reader, () => beats.Writer.TryComplete());
    }

    public Task<Conversation> ReadAsync(Guid requestId, int page, CancellationToken cancellationToken)
    {
        Read.Add(page);
        return Task.FromResult(Talk with { Page = page });
    }

    public Task<Outcome<long>> SayAsync(NewComment comment, CancellationToken cancellationToken)
    {
        Said.Add(comment);
        return Task.FromResult<Outcome<long>>(Refusal is null ? Said.Count : Refusal);
    }
}
