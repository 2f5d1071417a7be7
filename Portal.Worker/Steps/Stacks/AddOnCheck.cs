using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;

namespace Portal.Worker.Steps.Stacks;

/// <summary>Asks EKS for the versions of add-ons that a plan names, before there is a cluster that would wait for them in vain.</summary>
public sealed class AddOnCheck(IAddOns addOns)
{
    private const int Named = 5;

    /// <remarks>
    /// What was deployed before is not asked about, whether EKS still offers it or not: it runs, nothing about it is to change, and a plan that
    /// goes back to it, or changes something else, could name no other.
    /// </remarks>
    /// <exception cref="StepFailedException"><c>addon_version</c>: EKS does not offer one; the message says what it does offer.</exception>
    public async Task CheckAsync(StepContext context, CancellationToken cancellationToken)
    {
        if (context.Work.Kind is OperationKind.Undo or OperationKind.TakeBack)
            return;
        List<PlannedStep> complete = [.. context.Work.Deployed.Values.Where(one => one.IsComplete).Select(one => one.Plan)];
        var running = complete.SelectMany(step => AddOnParameters.Named(complete, step)).ToHashSet();
        foreach (var asked in AddOnParameters.ToAsk(context.Work.Plan, context.Step).Where(one => !running.Contains(one)))
        {
            var (parameter, addOn, version, kubernetes) = asked;
            if (kubernetes.Length == 0 || await addOns.OfferedAsync(context.Target, addOn, kubernetes, cancellationToken) is not { } offered || offered.Contains(version))
                continue;
            var instead = offered.Count == 0 ? "none of it" : string.Join(", ", offered.Take(Named)) + (offered.Count > Named ? $" and {offered.Count - Named} older ones" : "");
            throw new StepFailedException(new Failure(
                "addon_version", $"EKS does not offer {version} of the add-on {addOn} for Kubernetes {kubernetes}. Have ops name another one as {parameter} in the catalogue's kubernetes.yaml, or none, and ask for the change again.",
                $"EKS offers {instead}."));
        }
    }
}
