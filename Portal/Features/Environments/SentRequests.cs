using Portal.Core.Inquiries;

namespace Portal.Features.Environments;

/// <param name="Number">Counts on a page.</param>
/// <param name="Reply">Null where nobody told in time what came of it.</param>
public sealed record SentRequest(int Number, DoorRequest Request, DateTimeOffset At, DoorReply? Reply);

/// <summary>What was sent from a page while it is open, newest first: whichever node is looked at, it is there.</summary>
public sealed class SentRequests
{
    /// <summary>Of which each may have a body of 64 KB.</summary>
    public const int Most = 6;

    private readonly LinkedList<SentRequest> _all = [];
    private int _number;

    public IReadOnlyCollection<SentRequest> All => _all;

    public void Add(DoorRequest request, DateTimeOffset at, DoorReply? reply)
    {
        _all.AddFirst(new SentRequest(++_number, request, at, reply));
        if (_all.Count > Most)
            _all.RemoveLast();
    }
}
