namespace Portal.Core.Drafts;

/// <summary>What somebody has typed of a request for a new environment: how much of it, and for how long.</summary>
public static class DraftLimits
{
    /// <summary>Bytes; many times what anybody can type into all fields of a form.</summary>
    public const int MaxLength = 512 * 1024;

    public const int MaxName = 80;

    public const int MaxAPerson = 50;

    /// <summary>Nobody has typed in it for so long: it is forgotten.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);
}

/// <summary>A draft as the database has it.</summary>
/// <param name="Document">As the form wrote it.</param>
/// <param name="Version">Counts what was kept, from 1.</param>
public sealed record StoredDraft(Guid Id, int Version, string Document, DateTimeOffset ChangedAt);

/// <param name="Name">What the environment is to be called; empty where nobody has said.</param>
public sealed record DraftSummary(Guid Id, string Name, DateTimeOffset ChangedAt);

/// <summary>Kept.</summary>
public sealed record KeptDraft(int Version, DateTimeOffset At);

/// <summary>Somebody typed upon the same version before: the same person in another tab or browser.</summary>
public sealed record DraftChanged(int Version, DateTimeOffset At) : Refusal("draft_changed", "This draft was changed elsewhere, in another tab or browser.");

/// <summary>There was such a draft.</summary>
public sealed record DraftGone() : Refusal("draft_gone", "This draft was submitted or thrown away elsewhere.");

public sealed record DraftTooLong() : Refusal(
    "draft_too_long", $"The draft is longer than {DraftLimits.MaxLength / 1024} KB, which is as much as is kept. Submit it before you leave, or shorten its variables and files.");

public sealed record TooManyDrafts() : Refusal("too_many_drafts", $"You have {DraftLimits.MaxAPerson} drafts, which is as many as there can be. Throw one away first.");
