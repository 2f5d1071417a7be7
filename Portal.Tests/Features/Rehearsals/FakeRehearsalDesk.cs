using System.Threading.Channels;
using Portal.Core;
using Portal.Core.Rehearsals;
using Portal.Features.Rehearsals;
using Portal.Infrastructure.Live;

namespace Portal.Tests.Features.Rehearsals;

/// <summary>Rehearsals in memory; what is pressed is noted, and what it shows is set by the test.</summary>
internal sealed class FakeRehearsalDesk : IRehearsalDesk
{
    public RequestRehearsals? Rehearsals { get; set; }

    public Refusal? Refusal { get; set; }

    public List<Guid> Started { get; } = [];

    public List<Guid> Cancelled { get; } = [];

    // Nothing changes by itself: one beat, as at the beginning.
    public Subscription<long> WatchChanges()
    {
        var beats = Channel.CreateBounded<long>(1);
        beats.Writer.TryWrite(1);
        return new Subscription<long>(beats.Reader, () => beats.Writer.TryComplete());
    }

    public Task<RequestRehearsals?> ReadAsync(Guid requestId, CancellationToken cancellationToken) => Task.FromResult(Rehearsals);

    public Task<Outcome<Guid>> StartAsync(Guid requestId, CancellationToken cancellationToken)
    {
        Started.Add(requestId);
        return Task.FromResult<Outcome<Guid>>(Refusal is null ? requestId : Refusal);
    }

    public Task<Outcome<Guid>> CancelAsync(Guid rehearsalId, CancellationToken cancellationToken)
    {
        Cancelled.Add(rehearsalId);
        return Task.FromResult<Outcome<Guid>>(rehearsalId);
    }
}
