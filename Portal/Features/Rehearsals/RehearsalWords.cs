using Portal.Components.Shared;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Features.Requests;

namespace Portal.Features.Rehearsals;

/// <summary>Rehearsals in words.</summary>
public static class RehearsalWords
{
    /// <summary>What a rehearsal is, for who has not seen one.</summary>
    public static string Offer(RequestKind kind) => (kind switch
    {
        RequestKind.Change => "Tries the change before anybody decides: what exists now is made on Portal's emulator, not on AWS, changed by this very plan, and destroyed again.",
        RequestKind.Destroy => "Tries the destruction before anybody decides: what exists now is made on Portal's emulator, not on AWS, and destroyed by this very plan.",
        _ => "Tries it before anybody decides: this very plan is carried out on Portal's emulator, not on AWS, and what it made is destroyed again.",
    }) + " It costs nothing and takes about a minute.";

    /// <summary>What a result is worth.</summary>
    public const string Worth = "Played on Portal's emulator, not on AWS: it knows neither the account's quotas nor what the role may do, and every image starts there.";

    public static Tone ToneOf(Rehearsal rehearsal) => rehearsal.State switch
    {
        RehearsalState.Succeeded => new("ok", "ready", "Succeeded"),
        RehearsalState.Failed => new("bad", "failed", "Failed"),
        RehearsalState.Cancelled => new("wait", "skipped", "Cancelled"),
        _ when rehearsal.CancelledBy is not null => new("wait", "skipped", "Being cancelled"),
        RehearsalState.Running => new("busy", "busy", "Running"),
        _ => new("wait", "waiting", "Waits for a worker"),
    };

    /// <summary>What came of it, in a sentence.</summary>
    public static string Sentence(Rehearsal rehearsal, RequestKind kind) => rehearsal switch
    {
        { Report.Failure: { Act: RehearsalActKind.Present } failure } => $"What exists now could not be made there, so what is asked for was not tried: {failure.Step} failed.",
        { Report.Failure: { Act: RehearsalActKind.Destroyed } failure } => $"What is asked for came about, but could not be destroyed again: {failure.Step} failed.",
        { Report.Failure: { } failure } => $"{failure.Step} failed.",
        { Report: { NotGone.Count: > 0 } report } => $"{Done(report, kind)} {Words.Count(report.NotGone.Count, "thing is", "things are")} left that should be gone.",
        { Report: { } report } => $"{Done(report, kind)} Nothing is left that should be gone.",
        { State: RehearsalState.Cancelled, CancelledBy: { } by } => $"{by} cancelled it.",
        { Trouble: { } trouble } => $"There is no result: {trouble}.",
        _ => "There is no result.",
    };

    /// <summary>What is being done, in a few words.</summary>
    public static string Of(RehearsalActKind act, RequestKind kind) => (act, kind) switch
    {
        (RehearsalActKind.Present, _) => "Makes what exists now",
        (RehearsalActKind.Destroyed, _) => "Destroys it again",
        (_, RequestKind.Change) => "Makes the change",
        (_, RequestKind.Destroy) => "Destroys it",
        _ => "Makes it",
    };

    /// <summary>The same of what has been done, as a heading.</summary>
    public static string HeadingOf(RehearsalActKind act, RequestKind kind) => (act, kind) switch
    {
        (RehearsalActKind.Present, _) => "What exists now",
        (RehearsalActKind.Destroyed, _) => "Destroyed again",
        (_, RequestKind.Change) => "The change",
        (_, RequestKind.Destroy) => "The destruction",
        _ => "The creation",
    };

    /// <summary>"8 m 58 s", or "nothing to do".</summary>
    public static string Span(double seconds) => seconds > 0 ? Text.Duration(TimeSpan.FromSeconds(seconds)) : "nothing to do";

    /// <summary>"64 resources of 23 kinds".</summary>
    public static string Made(RehearsalReport report) => report.ResourceCount == 0 ? "nothing" : $"{Words.Count(report.ResourceCount, "resource")} of {Words.Count(report.Resources.Count, "kind")}";

    /// <summary>What the destruction left.</summary>
    public static string Left(RehearsalReport report) => report.Left switch
    {
        null => "not known: the destruction did not come to its end",
        { Count: 0 } => "nothing",
        var left => string.Join(", ", new[]
        {
            report.NotGone.Count is > 0 and var not ? $"{not} that should be gone" : null,
            left.Count - report.NotGone.Count is > 0 and var kept ? $"{kept} kept on purpose" : null,
        }.OfType<string>()),
    };

    private static string Done(RehearsalReport report, RequestKind kind) => kind switch
    {
        RequestKind.Change => $"The change came about in {Words.Count(report.Asked?.Steps.Count ?? 0, "step")}, and all was destroyed again.",
        RequestKind.Destroy => $"It was destroyed in {Words.Count(report.Asked?.Steps.Count ?? 0, "step")}.",
        _ => $"It came about in {Words.Count(report.Asked?.Steps.Count ?? 0, "step")}, and was destroyed again.",
    };
}
