using System.Text.Json;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Queues;

/// <summary>The messages of all queues, and those who wait for one.</summary>
internal sealed class MessageStore
{
    public const string Collection = "sqs-messages";

    private readonly Lock _gate = new();
    private readonly IDocumentStore _documents;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, List<Message>> _byQueue = new(StringComparer.Ordinal);
    private TaskCompletionSource _arrived = NewSignal();

    public MessageStore(IDocumentStore documents, TimeProvider time)
    {
        (_documents, _time) = (documents, time);
        foreach (var (_, json) in documents.All(Collection))
            Of(JsonSerializer.Deserialize<Message>(json)!.Queue).Add(JsonSerializer.Deserialize<Message>(json)!);
    }

    /// <summary>Takes up what was made durable before, together with what it tells of.</summary>
    public void Add(IReadOnlyCollection<Message> messages)
    {
        lock (_gate)
        {
            foreach (var message in messages)
                Of(message.Queue).Add(message);
            var arrived = _arrived;
            _arrived = NewSignal();
            arrived.SetResult();
        }
    }

    /// <summary>Up to <paramref name="most"/> messages, as soon as there is one, hidden from others from now on; none when the wait is over.</summary>
    /// <exception cref="OperationCanceledException">Nobody waits any more.</exception>
    public async Task<IReadOnlyList<Message>> ReceiveAsync(Queue queue, int most, TimeSpan visibility, TimeSpan wait, CancellationToken cancellationToken)
    {
        var end = _time.GetUtcNow() + wait;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task arrived;
            TimeSpan pause;
            lock (_gate)
            {
                var now = _time.GetUtcNow();
                var taken = Take(queue, most, visibility, now);
                if (taken.Count > 0 || now >= end)
                    return taken;
                arrived = _arrived.Task;
                pause = Of(queue.Name).Select(message => message.VisibleAt).Append(end).Min() - now;
            }

            // Timers count whole milliseconds and may fire early; zero would spin.
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(arrived, Task.Delay(pause < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : pause, _time, over.Token));
            await over.CancelAsync();
        }
    }

    /// <summary>What is deleted already is deleted.</summary>
    public void Delete(Queue queue, string id)
    {
        lock (_gate)
        {
            Of(queue.Name).RemoveAll(message => message.Id == id);
            _documents.Delete(Collection, $"{queue.Name}|{id}");
        }
    }

    public (int Visible, int Hidden, int Delayed) Count(Queue queue)
    {
        lock (_gate)
        {
            var now = _time.GetUtcNow();
            Forget(queue, now);
            var messages = Of(queue.Name);
            var hidden = messages.Count(message => message.VisibleAt > now);
            var delayed = messages.Count(message => message.VisibleAt > now && message.Receives == 0);
            return (messages.Count - hidden, hidden - delayed, delayed);
        }
    }

    /// <summary>The messages of a queue that is deleted go with it; and those nobody received in the time it keeps them.</summary>
    public void Forget(Queue queue, DateTimeOffset now, bool all = false)
    {
        lock (_gate)
        {
            var old = Of(queue.Name).Where(message => all || message.SentAt + queue.Retention <= now).ToList();
            if (old.Count == 0)
                return;
            Of(queue.Name).RemoveAll(old.Contains);
            _documents.PutAll([.. old.Select(message => (Collection, message.Key, (string?)null))]);
        }
    }

    private List<Message> Take(Queue queue, int most, TimeSpan visibility, DateTimeOffset now)
    {
        Forget(queue, now);
        var taken = Of(queue.Name).Where(message => message.VisibleAt <= now).Take(most).ToList();
        foreach (var message in taken)
        {
            message.VisibleAt = now + visibility;
            message.FirstReceivedAt ??= now;
            message.Receives++;
        }

        return taken;
    }

    private List<Message> Of(string queue) => _byQueue.TryGetValue(queue, out var messages) ? messages : _byQueue[queue] = [];

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
