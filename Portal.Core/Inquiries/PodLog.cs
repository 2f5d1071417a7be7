namespace Portal.Core.Inquiries;

/// <summary>The last lines of a pod, as a worker read them.</summary>
/// <param name="Lines">Oldest first; at most <see cref="MostLines"/>, without what looks like a secret.</param>
/// <param name="Trouble">Why there are none, in a sentence; null where they could be read.</param>
public sealed record PodLog(IReadOnlyList<LogLine> Lines, string? Trouble)
{
    public const int MostLines = 200;

    /// <summary>What has come since: a log is read from its end each time, and what was there before is left out.</summary>
    /// <param name="until">The newest line that is known; null for none.</param>
    public IReadOnlyList<LogLine> After(LogLine? until)
    {
        if (until is null)
            return Lines;
        var known = -1;
        for (var index = Lines.Count - 1; index >= 0 && known < 0; index--)
            known = Lines[index] == until ? index : -1;
        // The known one has been pushed out by newer ones: all of these are new.
        return [.. Lines.Skip(known + 1).Where(line => known >= 0 || line.At >= until.At)];
    }
}

/// <param name="At">When the container wrote it.</param>
public sealed record LogLine(DateTimeOffset At, string Text);
