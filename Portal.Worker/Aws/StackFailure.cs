using System.Text.RegularExpressions;
using Portal.Core.Provisioning;

namespace Portal.Worker.Aws;

/// <summary>Finds why a stack failed: the resource that failed first, not those that were cancelled because of it.</summary>
public static partial class StackFailure
{
    /// <summary>Code of the failure of a stack because one of its resources is not there any more.</summary>
    public const string ResourceGone = "stack_resource_gone";

    private const string StackType = "AWS::CloudFormation::Stack";

    /// <param name="newestFirst">The stack's events as <see cref="ICloudFormation.EventsAsync"/> gives them, of the last request only.</param>
    /// <returns>Null where no event tells of a failure.</returns>
    public static StackEvent? FirstFailed(IEnumerable<StackEvent> newestFirst)
    {
        var failed = newestFirst.Reverse().Where(e => e.Status.EndsWith("_FAILED", StringComparison.Ordinal) && !IsCascade(e)).ToList();
        return failed.Find(e => e.ResourceType != StackType) ?? failed.FirstOrDefault();
    }

    /// <summary>The failure of a stack, told by its first failed resource.</summary>
    /// <param name="reason">The stack's own reason, for when no event tells.</param>
    public static Failure Explain(string stackName, string? reason, IEnumerable<StackEvent> newestFirst)
    {
        var events = newestFirst.ToList();
        if (FirstFailed(events) is not { } first)
            return new Failure("stack_failed", $"Stack {stackName} failed: {Clean(reason) ?? "CloudFormation gives no reason"}.", reason);

        var (code, canRetry) = Kind(first.Reason);
        return new Failure(code, Sentence(first), first.Reason, canRetry)
        {
            Evidence = [Evidence.Of($"What CloudFormation said of {stackName}", Enumerable.Reverse(events).Where(e => e.Status.EndsWith("_FAILED", StringComparison.Ordinal))
                .Select(e => $"{e.At.UtcDateTime:HH:mm:ss} {e.ResourceType} {e.LogicalId} {e.Status}: {e.Reason}"))],
            Resources = code == ResourceGone ? [Resource(first)] : null,
        };
    }

    /// <summary>The failure of a stack that could neither be changed nor go back to what it was: what keeps it from going back comes first.</summary>
    public static Failure ExplainHalfBack(string stackName, string? reason, IEnumerable<StackEvent> newestFirst)
    {
        var events = newestFirst.ToList();
        var turn = events.FindIndex(e => e is { ResourceType: StackType, Status: "UPDATE_ROLLBACK_IN_PROGRESS" });
        var onTheWay = turn < 0 ? events : events[..turn];
        var back = Explain(stackName, reason, onTheWay);
        var change = turn < 0 ? null : FirstFailed(events.Skip(turn + 1));
        return back with
        {
            Code = Failure.HalfBack,
            Message = $"Stack {stackName} could not be changed, nor go back to what it was. {back.Message}{(change is null ? "" : $" The change itself had failed because {Sentence(change)}")} " +
                "Put right what keeps it from going back and try again: that goes on with the way back first, without what you choose to leave out. It can be destroyed as it is.",
            Evidence = Explain(stackName, reason, events).Evidence,
            Resources = Stuck(onTheWay),
        };
    }

    /// <summary>
    /// What ContinueUpdateRollback may be told to leave out: resources whose way back failed, not those that were cancelled because of them
    /// (ResourcesToSkip, https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html).
    /// </summary>
    /// <param name="newestFirst">Events of the way back only.</param>
    public static IReadOnlyList<FailedResource> Stuck(IEnumerable<StackEvent> newestFirst) =>
    [
        .. newestFirst.Where(e => e is { Status: "UPDATE_FAILED", ResourceType: not StackType } && !IsCascade(e))
            .DistinctBy(e => e.LogicalId).OrderBy(e => e.LogicalId, StringComparer.Ordinal).Select(Resource),
    ];

    /// <summary>What keeps a stack from going back now, by its events of all times.</summary>
    public static IReadOnlyList<FailedResource> StuckNow(IEnumerable<StackEvent> newestFirst) =>
        Stuck(newestFirst.TakeWhile(e => e is not { ResourceType: StackType, Status: "UPDATE_ROLLBACK_IN_PROGRESS" }));

    private static FailedResource Resource(StackEvent failed) =>
        new(failed.LogicalId, $"{ResourceTitles.Of(failed.ResourceType)} {failed.LogicalId}", Clean(failed.Reason), Kind(failed.Reason).Code == ResourceGone);

    private static string Sentence(StackEvent failed) =>
        $"{ResourceTitles.Of(failed.ResourceType)} {failed.LogicalId} failed: {Clean(failed.Reason) ?? "CloudFormation gives no reason"}".TrimEnd('.') + ".";

    private static bool IsCascade(StackEvent e) =>
        e.Reason is { } reason && reason.StartsWith("Resource ", StringComparison.Ordinal) && reason.Contains("cancelled", StringComparison.OrdinalIgnoreCase);

    /// <summary>https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html</summary>
    private static (string Code, bool CanRetry) Kind(string? reason) => HandlerCode().Match(reason ?? "").Groups["code"].Value switch
    {
        "Throttling" => ("stack_resource_throttled", true),
        "ServiceInternalError" or "NetworkFailure" or "InternalFailure" => ("stack_resource_service_error", true),
        "NotStabilized" => ("stack_resource_timeout", true),
        "ServiceLimitExceeded" => ("stack_resource_limit", false),
        "AlreadyExists" => ("stack_resource_exists", false),
        "NotFound" => (ResourceGone, false),
        "AccessDenied" or "InvalidCredentials" => ("stack_resource_denied", false),
        _ => ("stack_resource_failed", false),
    };

    /// <summary>Without the request ids and tokens that only AWS's support can use; they stay in the root cause.</summary>
    private static string? Clean(string? reason)
    {
        if (reason is null)
            return null;
        var text = Noise().Replace(reason, "");
        text = Wrapper().Match(text) is { Success: true } wrapped ? wrapped.Groups["inner"].Value : text;
        text = text.Trim().TrimEnd('.').Trim();
        return text.Length == 0 ? null : text;
    }

    [GeneratedRegex(@"HandlerErrorCode: (?<code>\w+)", RegexOptions.None, 1000)]
    private static partial Regex HandlerCode();

    [GeneratedRegex(@"\s*\((?:RequestToken: |Service: )[^()]*\)", RegexOptions.None, 1000)]
    private static partial Regex Noise();

    [GeneratedRegex("^Resource handler returned message: \"(?<inner>.*)\"$", RegexOptions.Singleline, 1000)]
    private static partial Regex Wrapper();
}
