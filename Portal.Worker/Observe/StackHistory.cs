using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Observe;

/// <summary>
/// What happened in the stacks of one target: written as it is told, and read from the stack's own events, which count. What was told is
/// kept with the cursor until they are read, so that nothing is said twice and what nobody told of is said then.
/// </summary>
internal sealed class StackHistory(AwsTarget target, ObserverClaim claim, Dictionary<string, StackCursor> cursors, ICloudFormation stacks, ObservedWriter writer)
{
    // Times that are told are cut off to the second, and need not be the very times of the events.
    private static readonly TimeSpan Blur = TimeSpan.FromSeconds(2);

    private const int MostTold = 200;

    /// <summary>Whether nothing can have happened to a settled stack since its events were read. A whole update may have passed, to the same state as before.</summary>
    public bool IsRead(StackSnapshot stack) =>
        cursors.GetValueOrDefault(stack.Id) is { EventAt: var at } cursor && cursor.Status == stack.Status && !(stack.UpdatedAt > at);

    /// <summary>Whether all that was told belongs to what brought the stack to where its events were last read. What comes after that tells of itself.</summary>
    public bool Covers(ToldStack told) => told.Resources.All(resource => resource.At <= cursors.GetValueOrDefault(told.StackId)?.EventAt + Blur);

    public void Forget(string stackId) => cursors.Remove(stackId);

    /// <summary>Writes what was told of a stack that is worked on.</summary>
    /// <param name="status">The stack's.</param>
    /// <returns>False where only its events can tell what of it is new: nothing was written.</returns>
    public async Task<bool> WriteAsync(ObservedEnvironment environment, string step, ToldStack told, string status, CancellationToken cancellationToken)
    {
        var cursor = cursors.GetValueOrDefault(told.StackId) ?? new StackCursor(told.StackId, null, null, status);
        if (told.Resources.Any(resource => resource.At <= cursor.EventAt + Blur))
            return false;
        var news = told.Resources.DistinctBy(resource => resource.Id).Where(resource => cursor.Told.All(end => end.Id != resource.Id))
            .OrderBy(resource => (resource.At, !HasBegun(resource), resource.PhysicalId is not null)).ToList();
        IReadOnlyList<ToldEnd> ends =
            [.. cursor.Told, .. news.Where(resource => !HasBegun(resource)).Select(resource => new ToldEnd(resource.Id, resource.LogicalId, resource.PhysicalId, resource.Status, resource.At))];
        if (ends.Count > MostTold)
            return false;
        if (news.Count == 0)
            return true;
        await WriteAsync(environment, cursor with { Status = status, Told = ends }, [.. news.Select(resource => Seen(step, resource) with { IsLatest = !ends.Any(end => IsLater(end, resource)), IsNews = true })], cancellationToken);
        return true;
    }

    /// <summary>Reads what is new of a stack's events and writes it together with the cursor.</summary>
    /// <returns>When the oldest of it happened that nobody had told of; null where everything was.</returns>
    public async Task<DateTimeOffset?> ReadAsync(ObservedEnvironment environment, string step, StackSnapshot stack, CancellationToken cancellationToken)
    {
        var cursor = cursors.GetValueOrDefault(stack.Id);
        var history = new List<StackEvent>();
        await foreach (var stackEvent in stacks.EventsAsync(target, stack.Id, cancellationToken))
        {
            if (cursor?.Covers(stackEvent) == true)
                break;
            history.Add(stackEvent);
        }

        if (history.Count == 0 && cursor?.Status == stack.Status && cursor.Told.Count == 0)
            return null;
        var newest = history is [var first, ..] ? first : null;
        history.Reverse();
        var told = cursor?.Told.ToList() ?? [];
        var resources = history.Where(stackEvent => stackEvent.PhysicalId != stack.Id).Select(stackEvent => (Event: stackEvent, Seen: Seen(step, stackEvent), IsTold: TakeFrom(told, stackEvent))).ToList();
        var latest = Latest(resources.Select(one => one.Event));
        var untold = resources.Where(one => !one.IsTold && one.Seen.Said is not null).Select(one => one.Event).ToList();
        if (stack.IsSettled && newest is not null)
            untold.Add(newest);
        // What was told and does not stand there yet will: the events of a stack that is worked on come as they are written.
        var read = new StackCursor(stack.Id, newest?.EventId ?? cursor?.EventId, newest?.At ?? cursor?.EventAt, stack.Status) { Told = stack.IsSettled ? [] : told };
        await WriteAsync(environment, read,
            [.. resources.Where(one => latest.Contains(one.Event) || (!one.IsTold && one.Seen.Said is not null))
                .Select(one => one.Seen with { IsLatest = latest.Contains(one.Event), IsNews = true, Said = one.IsTold ? null : one.Seen.Said })], cancellationToken);
        return untold.Count == 0 ? null : untold.Min(stackEvent => stackEvent.At);
    }

    private async Task WriteAsync(ObservedEnvironment environment, StackCursor read, IReadOnlyList<SeenResource> seen, CancellationToken cancellationToken)
    {
        await writer.WriteAsync(claim, environment.Id, environment.OperationId, seen, cancellationToken, read);
        cursors[read.StackId] = read;
    }

    /// <summary>Of what was replaced its end counts beside that of its successor; of what got its identifier, what came later.</summary>
    private static HashSet<StackEvent> Latest(IEnumerable<StackEvent> history) =>
        [.. history.GroupBy(one => one.LogicalId).SelectMany(resource => resource.GroupBy(one => one.PhysicalId).Select(thing => thing.Last())
            .Where(last => last.PhysicalId is not null || resource.All(one => one.PhysicalId is null)))];

    private static bool TakeFrom(List<ToldEnd> told, StackEvent stackEvent)
    {
        var index = told.FindIndex(end => end.IsOf(stackEvent));
        if (index >= 0)
            told.RemoveAt(index);
        return index >= 0;
    }

    private static bool HasBegun(ToldResource resource) => resource.Status.EndsWith("_IN_PROGRESS", StringComparison.Ordinal);

    private static bool IsLater(ToldEnd end, ToldResource resource) =>
        end.LogicalId == resource.LogicalId && (end.At > resource.At || (end.At == resource.At && HasBegun(resource)));

    private static SeenResource Seen(string step, ToldResource told) => Seen(step, told.ResourceType, told.LogicalId, told.PhysicalId, told.Status, told.Reason);

    private static SeenResource Seen(string step, StackEvent stackEvent) =>
        Seen(step, stackEvent.ResourceType, stackEvent.LogicalId, stackEvent.PhysicalId, stackEvent.Status, stackEvent.Reason);

    private static SeenResource Seen(string step, string type, string logicalId, string? physicalId, string status, string? reason)
    {
        var gone = status == "DELETE_COMPLETE";
        var title = $"{ResourceTitles.Of(type)} {logicalId}";
        (EventSeverity, string)? said = status switch
        {
            "CREATE_COMPLETE" => (EventSeverity.Info, $"{title} ready"),
            "UPDATE_COMPLETE" => (EventSeverity.Info, $"{title} updated"),
            "DELETE_COMPLETE" => (EventSeverity.Info, $"{title} deleted"),
            _ when status.EndsWith("_FAILED", StringComparison.Ordinal) => (EventSeverity.Error, $"{title}: {reason}"),
            _ => null,
        };
        return new SeenResource(step, type, logicalId, physicalId, status, !gone && status.EndsWith("_COMPLETE", StringComparison.Ordinal), reason, said) { IsGone = gone };
    }
}
