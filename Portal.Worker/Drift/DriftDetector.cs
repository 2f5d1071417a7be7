using System.Text.Json.Nodes;
using Portal.Core.Drift;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Helm;
using Portal.Worker.Kubernetes;
using Portal.Worker.Steps;

namespace Portal.Worker.Drift;

/// <summary>Compares what exists of one step with what it was made from.</summary>
public sealed class DriftDetector(IStackDrift stacks, IHelm helm, ILiveObjects objects, TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <param name="cluster">Null where there is none.</param>
    public async Task<StepDrift> DetectAsync(AwsTarget target, ClusterConnection? cluster, PlannedStep step, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<DriftFinding> findings = step.Kind switch
            {
                StepKind.Stack => await OfStackAsync(target, step, cancellationToken),
                StepKind.Release when cluster is not null => await OfReleaseAsync(cluster, step, cancellationToken),
                _ => [],
            };
            return new StepDrift(step.Name, findings, null);
        }
        catch (StepFailedException error)
        {
            return new StepDrift(step.Name, [], $"{step.Title} could not be checked: {error.Failure.Message}");
        }
    }

    private async Task<IReadOnlyList<DriftFinding>> OfStackAsync(AwsTarget target, PlannedStep step, CancellationToken cancellationToken)
    {
        var id = await stacks.DetectAsync(target, step.Subject, cancellationToken);
        var began = clock.GetTimestamp();
        DriftDetection detection;
        while (!(detection = await stacks.FindAsync(target, id, cancellationToken)).IsOver)
        {
            if (clock.GetElapsedTime(began) > Patience)
                throw new StepFailedException("drift_timeout", $"CloudFormation has not come to an end in {Patience.TotalMinutes} minutes.", canRetry: true);
            await Task.Delay(LookEvery, clock, cancellationToken);
        }

        if (detection.HasFailed)
            throw new StepFailedException("drift_failed", $"CloudFormation says: {detection.Reason ?? "no reason"}.", canRetry: true);
        return [.. (await stacks.ResourcesAsync(target, step.Subject, cancellationToken)).SelectMany(resource => resource.IsDeleted
            ? [new DriftFinding(step.Name, resource.LogicalId, resource.ResourceType, "", null, null)]
            : resource.Properties.Where(one => !IsOfAutoscaler(step, one.Path)).Select(one => new DriftFinding(step.Name, resource.LogicalId, resource.ResourceType, one.Path, one.Expected, one.Actual)))];
    }

    // How many nodes there are between the least and the most is nobody's plan, and CloudFormation compares it all the same.
    private static bool IsOfAutoscaler(PlannedStep step, string path) => NodeGroupSize.Grows(step) && path == "/ScalingConfig/DesiredSize";

    private async Task<IReadOnlyList<DriftFinding>> OfReleaseAsync(ClusterConnection cluster, PlannedStep step, CancellationToken cancellationToken)
    {
        var manifest = await helm.ManifestAsync(cluster, step.Namespace!, step.Subject, cancellationToken);
        if (manifest is null)
            return [new DriftFinding(step.Name, $"release/{step.Subject}", "Helm::Release", "", null, null)];
        var findings = new List<DriftFinding>();
        foreach (var expected in Manifest.Read(manifest))
        {
            var reference = Reference(expected, step.Namespace!);
            if (objects.Knows(reference))
                findings.AddRange(Compare(step, reference, expected, await objects.FindAsync(cluster, reference, cancellationToken)));
        }

        return findings;
    }

    private static IEnumerable<DriftFinding> Compare(PlannedStep step, ObjectReference reference, JsonObject expected, JsonObject? found)
    {
        var (resource, type) = ($"{reference.Kind}/{reference.Name}", $"Kubernetes::{reference.Kind}");
        return found is null
            ? [new DriftFinding(step.Name, resource, type, "", null, null)]
            : ManifestComparison.Of(expected, found).Select(one => new DriftFinding(step.Name, resource, type, one.Path, one.Expected, one.Found));
    }

    private static ObjectReference Reference(JsonObject manifest, string releaseNamespace)
    {
        var metadata = manifest["metadata"]?.AsObject() ?? [];
        return new ObjectReference(
            manifest["apiVersion"]?.ToString() ?? "", manifest["kind"]?.ToString() ?? "", metadata["namespace"]?.ToString() ?? releaseNamespace, metadata["name"]?.ToString() ?? "");
    }
}
