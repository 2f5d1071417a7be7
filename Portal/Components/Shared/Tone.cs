using Portal.Core.Provisioning;
using Portal.Core.Topology;

namespace Portal.Components.Shared;

/// <summary>How a state looks and what it is called, everywhere the same: colour (a CSS class), icon, word.</summary>
/// <param name="Class">Empty, <c>ok</c>, <c>busy</c>, <c>warn</c> or <c>bad</c>.</param>
public sealed record Tone(string Class, string Icon, string Word)
{
    public static Tone Of(NodeState state) => state switch
    {
        NodeState.Ready => new("ok", "ready", "Ready"),
        NodeState.Busy => new("busy", "busy", "In progress"),
        NodeState.Asleep => new("wait", "asleep", "Asleep"),
        NodeState.Failed => new("bad", "failed", "Failed"),
        NodeState.Leaving => new("busy", "leaving", "Being removed"),
        NodeState.Gone => new("skip", "skipped", "Gone"),
        NodeState.Degraded => new("warn", "warning", "Degraded"),
        NodeState.Unseen => new("wait", "unseen", "Not seen"),
        NodeState.Skipped => new("skip", "skipped", "Not reached"),
        _ => new("wait", "waiting", "Waiting"),
    };

    public static Tone Of(StepState state) => state switch
    {
        StepState.Succeeded => new("ok", "ready", "Done"),
        StepState.Running => new("busy", "busy", "In progress"),
        StepState.Failed => new("bad", "failed", "Failed"),
        StepState.Skipped => new("skip", "skipped", "Skipped"),
        StepState.Cancelled => new("skip", "skipped", "Cancelled"),
        _ => new("wait", "waiting", "Waiting"),
    };

    public static Tone Of(EnvironmentState state) => state switch
    {
        EnvironmentState.Ready => new("ok", "ready", "Ready"),
        EnvironmentState.Provisioning => new("busy", "busy", "Provisioning"),
        EnvironmentState.Changing => new("busy", "busy", "Changing"),
        EnvironmentState.Asleep => new("wait", "asleep", "Asleep"),
        EnvironmentState.Cancelled => new("warn", "skipped", "Cancelled"),
        EnvironmentState.Failed => new("bad", "failed", "Failed"),
        EnvironmentState.Requested => new("warn", "waiting", "Waiting for approval"),
        EnvironmentState.Rejected => new("wait", "failed", "Rejected"),
        EnvironmentState.Destroying => new("busy", "leaving", "Destroying"),
        _ => new("wait", "leaving", "Destroyed"),
    };

    /// <summary>What is Ready is only so while it is observed to be.</summary>
    /// <param name="notSeen">Since when it is not, in words.</param>
    public static Tone Of(EnvironmentState state, bool isDegraded, bool isUnseen, string notSeen) => (state, isDegraded, isUnseen) switch
    {
        (EnvironmentState.Ready, _, true) => new("wait", "unseen", notSeen),
        (EnvironmentState.Ready, true, _) => new("warn", "warning", "Degraded"),
        _ => Of(state),
    };

    public static Tone Of(RequestState state) => state switch
    {
        RequestState.Approved => new("ok", "ready", "Approved"),
        RequestState.Rejected => new("bad", "failed", "Rejected"),
        RequestState.Withdrawn => new("wait", "leaving", "Withdrawn"),
        RequestState.Expired => new("wait", "leaving", "Expired"),
        _ => new("warn", "waiting", "Waiting for approval"),
    };

    public static Tone Of(EventSeverity severity) => severity switch
    {
        EventSeverity.Success => new("ok", "ready", "Success"),
        EventSeverity.Warning => new("warn", "warning", "Warning"),
        EventSeverity.Error => new("bad", "failed", "Error"),
        _ => new("wait", "waiting", "Information"),
    };
}
