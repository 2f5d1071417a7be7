using Portal.Core.Environments;
using Portal.Core.Provisioning;

namespace Portal.Features.Environments;

/// <summary>Why an environment is to be looked at, in a sentence.</summary>
public static class Reasons
{
    public static string Why(this EnvironmentSummary row) => row switch
    {
        { IsDegraded: true, HealthReason: { } reason } => reason.Message,
        { FailedAt: { } at, FailureReason: { } reason } => $"{at}: {reason}",
        { FailedAt: { } at } => at,
        { State: EnvironmentState.Cancelled } => "It was cancelled and stands half-way.",
        _ => row.LastChange,
    };
}
