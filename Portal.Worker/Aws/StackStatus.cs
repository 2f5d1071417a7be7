using System.Collections.Frozen;

namespace Portal.Worker.Aws;

/// <summary>What each of CloudFormation's stack states means to us: one table.</summary>
public static class StackStatus
{
    [Flags]
    private enum Meaning
    {
        Moving = 0,
        Settled = 1,
        Failed = 2,
        Usable = 4,
        MustBeDeleted = 8,
        Paused = 16,
        BackAsBefore = 32,
        HalfBack = 64,
    }

    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html, all of StackStatus in the API.
    private static readonly FrozenDictionary<string, Meaning> Table = new Dictionary<string, Meaning>(StringComparer.Ordinal)
    {
        ["REVIEW_IN_PROGRESS"] = Meaning.Settled, // a change set that nobody has executed: nothing moves
        ["CREATE_IN_PROGRESS"] = Meaning.Moving,
        ["CREATE_COMPLETE"] = Meaning.Settled | Meaning.Usable,
        ["CREATE_FAILED"] = Meaning.Settled | Meaning.Failed | Meaning.Paused,
        ["ROLLBACK_IN_PROGRESS"] = Meaning.Failed | Meaning.MustBeDeleted,
        ["ROLLBACK_COMPLETE"] = Meaning.Settled | Meaning.Failed | Meaning.MustBeDeleted,
        ["ROLLBACK_FAILED"] = Meaning.Settled | Meaning.Failed | Meaning.MustBeDeleted,
        ["UPDATE_IN_PROGRESS"] = Meaning.Moving,
        // The new resources are in place and the outputs are the new ones; only old resources are still being deleted.
        ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"] = Meaning.Usable,
        ["UPDATE_COMPLETE"] = Meaning.Settled | Meaning.Usable,
        ["UPDATE_FAILED"] = Meaning.Settled | Meaning.Failed | Meaning.Paused,
        ["UPDATE_ROLLBACK_IN_PROGRESS"] = Meaning.Failed,
        ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"] = Meaning.Failed,
        ["UPDATE_ROLLBACK_COMPLETE"] = Meaning.Settled | Meaning.Failed | Meaning.BackAsBefore,
        ["UPDATE_ROLLBACK_FAILED"] = Meaning.Settled | Meaning.Failed | Meaning.HalfBack,
        ["DELETE_IN_PROGRESS"] = Meaning.Moving,
        ["DELETE_COMPLETE"] = Meaning.Settled,
        ["DELETE_FAILED"] = Meaning.Settled | Meaning.Failed | Meaning.MustBeDeleted,
        ["IMPORT_IN_PROGRESS"] = Meaning.Moving,
        ["IMPORT_COMPLETE"] = Meaning.Settled | Meaning.Usable,
        ["IMPORT_ROLLBACK_IN_PROGRESS"] = Meaning.Failed,
        ["IMPORT_ROLLBACK_COMPLETE"] = Meaning.Settled | Meaning.Failed | Meaning.BackAsBefore,
        ["IMPORT_ROLLBACK_FAILED"] = Meaning.Settled | Meaning.Failed,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static IReadOnlyCollection<string> All => Table.Keys;

    public static bool IsSettled(string status) => Is(status, Meaning.Settled);

    public static bool HasFailed(string status) => Is(status, Meaning.Failed);

    public static bool IsUsable(string status) => Is(status, Meaning.Usable);

    public static bool MustBeDeleted(string status) => Is(status, Meaning.MustBeDeleted);

    /// <summary>
    /// Whether what succeeded was kept and an update that keeps it too goes on from there: "Choose how to handle failures when
    /// provisioning resources", https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html.
    /// </summary>
    public static bool IsPaused(string status) => Is(status, Meaning.Paused);

    /// <summary>Whether the last update left no trace, so that it can be tried again.</summary>
    public static bool IsBackAsBefore(string status) => Is(status, Meaning.BackAsBefore);

    /// <summary>
    /// Whether the way back from an update that failed stopped half-way: ContinueUpdateRollback goes on with it, DeleteStack takes all of it
    /// away, and nothing else is possible: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html.
    /// </summary>
    public static bool IsHalfBack(string status) => Is(status, Meaning.HalfBack);

    /// <summary>A state that AWS adds later counts as moving: waiting longer is the safe mistake.</summary>
    private static bool Is(string status, Meaning meaning) => Table.GetValueOrDefault(status).HasFlag(meaning);
}
