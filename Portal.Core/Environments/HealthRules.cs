using Portal.Core.Provisioning;

namespace Portal.Core.Environments;

/// <summary>What is to be there and what was seen → what is not as it should be. Pure.</summary>
public static class HealthRules
{
    public const string StackGone = "stack.gone";
    public const string StackLeaving = "stack.leaving";
    public const string StackFailed = "stack.failed";
    public const string ClusterGone = "cluster.gone";
    public const string NodesShort = "nodes.short";
    public const string DeploymentMissing = "deployment.missing";
    public const string DeploymentShort = "deployment.short";
    public const string PodsFail = "pods.fail";
    public const string ScheduleMissing = "schedule.missing";
    public const string RunFailed = "run.failed";
    public const string IngressMissing = "ingress.missing";
    public const string IngressWaits = "ingress.waits";
    public const string LoadBalancerGone = "load-balancer.gone";
    public const string LoadBalancerFailed = "load-balancer.failed";
    public const string TargetsUnhealthy = "targets.unhealthy";

    // The node controller's own words, of every version since 1.0.
    private const string FellSilent = "stopped posting node status";

    /// <summary>States of a pod that do not pass by waiting.</summary>
    private static readonly HashSet<string> FailedPods = new(StringComparer.Ordinal)
    {
        "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "CreateContainerConfigError", "CreateContainerError", "RunContainerError", "Failed",
    };

    /// <summary>Words for a pod of a job that has come to its end, for good or bad.</summary>
    private static readonly HashSet<string> EndedPods = new(StringComparer.Ordinal)
    {
        "Completed", "Succeeded", "Error", "Failed", "OOMKilled", "Evicted", "DeadlineExceeded", "ContainerCannotRun", "StartError",
    };

    /// <summary>Whether a job's pod in that state has ended.</summary>
    public static bool IsEndedPod(string state) => EndedPods.Contains(state);

    /// <summary>Whether a pod in that state will not come up by waiting.</summary>
    public static bool IsFailedPod(string state) => FailedPods.Contains(state);

    /// <returns>Causes before what follows from them; empty for what is healthy.</returns>
    public static IReadOnlyList<HealthReason> Of(HealthFacts facts) =>
    [
        .. Stacks(facts),
        .. facts.IsClusterGone ? Cluster(facts) : facts.IsClusterSeen ? Objects(facts) : [],
        .. LoadBalancers(facts),
    ];

    private static IEnumerable<HealthReason> Stacks(HealthFacts facts)
    {
        foreach (var step in facts.Steps.Where(step => step.Kind == StepKind.Stack))
        {
            if (facts.Stacks.FirstOrDefault(stack => stack.Name == step.Subject) is not { } seen)
                continue;
            var what = $"{step.Title} (stack {step.Subject})";
            switch (seen.Standing)
            {
                case Standing.Gone:
                    yield return new HealthReason(StackGone, step.Name, step.Subject, $"{what} is gone: it was deleted, and not by an operation of the portal.");
                    break;
                case Standing.Leaving:
                    yield return new HealthReason(StackLeaving, step.Name, step.Subject, $"{what} is being deleted, and not by an operation of the portal.");
                    break;
                case Standing.Failed:
                    yield return new HealthReason(StackFailed, step.Name, step.Subject, $"{what} is in state {seen.State}{Because(seen.Reason)}.");
                    break;
            }
        }
    }

    private static IEnumerable<HealthReason> Cluster(HealthFacts facts) =>
        facts.Steps.FirstOrDefault(step => step.Name == StepNames.Cluster) is { } cluster
            ? [new HealthReason(ClusterGone, cluster.Name, cluster.Subject, "The Kubernetes cluster is gone, and with it every service.")]
            : [];

    private static IEnumerable<HealthReason> Objects(HealthFacts facts)
    {
        if (!facts.IsAsleep && facts.Steps.FirstOrDefault(step => step is { Name: StepNames.Nodes, Nodes: not null }) is { } nodes && Nodes(nodes, facts) is { } few)
            yield return few;
        foreach (var step in facts.Steps.Where(step => step is { Kind: StepKind.Release, Service: not null } && !facts.IsAsleep))
        {
            if (Release(step, facts) is { } reason)
                yield return reason;
        }

        foreach (var reason in Ingresses(facts))
            yield return reason;
    }

    private static HealthReason? Nodes(ExpectedStep step, HealthFacts facts)
    {
        var seen = facts.Objects.Where(row => row.Type == "Kubernetes::Node").ToList();
        var ready = seen.Count(row => row.Ready);
        // Where the cluster grows, one that joins is not ready yet; one that was and fell silent is lost, however many there are to be at least.
        var expected = Math.Max(step.Nodes ?? 0, step.MostNodes > step.Nodes ? ready + seen.Count(row => !row.Ready && row.Reason?.Contains(FellSilent, StringComparison.Ordinal) == true) : 0);
        if (ready >= expected)
            return null;
        var lost = seen.Where(row => !row.Ready).Select(row => $"{row.Name} is {row.State}{Because(row.Reason)}").ToList();
        return new HealthReason(
            NodesShort, step.Name, step.Subject,
            $"{ready} of {expected} nodes {Are(ready)} ready: {(lost.Count > 0 ? string.Join("; ", lost) : expected - seen.Count == 1 ? "one is missing" : $"{expected - seen.Count} are missing")}.");
    }

    // A job that ran before a rollout has nothing that is to be there.
    private static HealthReason? Release(ExpectedStep step, HealthFacts facts) => step.Workload switch
    {
        WorkloadValues.Job => null,
        WorkloadValues.Schedule => Schedule(step, facts),
        _ => Service(step, facts),
    };

    private static HealthReason? Schedule(ExpectedStep step, HealthFacts facts)
    {
        if (facts.Objects.FirstOrDefault(row => row.Type == "Kubernetes::CronJob" && row.Step == step.Name) is not { } schedule)
            return new HealthReason(ScheduleMissing, step.Name, step.Service!, $"The CronJob of {step.Service} is gone: it does not run any more.");
        var pods = facts.Objects.Where(row => row.Type == "Kubernetes::Pod" && row.Step == step.Name).ToList();
        if (pods.Find(row => IsFailedPod(row.State) && !IsEndedPod(row.State)) is { } stuck)
            return new HealthReason(PodsFail, step.Name, step.Service!, $"{step.Service}: pod {NameOf(stuck)} is in {stuck.State}{Because(stuck.Reason)}.");
        if (schedule.Ready)
            return null;
        var failed = pods.Where(row => IsEndedPod(row.State) && row.State is not ("Completed" or "Succeeded")).MaxBy(row => row.ChangedAt);
        return new HealthReason(RunFailed, step.Name, step.Service!,
            $"{step.Service}: its last run failed{(failed is null ? "" : $": pod {NameOf(failed)} ended with {failed.State}{Because(failed.Reason)}")}.");
    }

    private static HealthReason? Service(ExpectedStep step, HealthFacts facts)
    {
        var pods = facts.Objects.Where(row => row.Type == "Kubernetes::Pod" && row.Step == step.Name).ToList();
        var ready = pods.Count(row => row.Ready);
        if (facts.Objects.FirstOrDefault(row => row.Type == "Kubernetes::Deployment" && row.Step == step.Name) is not { } deployment)
            return new HealthReason(DeploymentMissing, step.Name, step.Service!, $"The Deployment of {step.Service} is gone: none of its pods will come back by itself.");
        // Words of the scheduler help too, where nothing worse is known.
        var trouble = pods.Find(row => IsFailedPod(row.State)) ?? pods.Find(row => !row.Ready && row.Reason is not null);
        var why = trouble is null ? deployment.Reason : NoNode(trouble, facts) ?? $"pod {NameOf(trouble)} is in {trouble.State}{Because(trouble.Reason)}";
        // An autoscaler's additional pods, and those of a rollout, come while the least number is there.
        if (!deployment.Ready && ready < (step.Replicas ?? 1))
            return new HealthReason(DeploymentShort, step.Name, step.Service!, $"{step.Service}: {ready} of {step.Replicas ?? 1} pods {Are(ready)} ready{Because(why)}.");
        return trouble is not null && IsFailedPod(trouble.State)
            ? new HealthReason(PodsFail, step.Name, step.Service!, $"{step.Service}: {why}; {ready} {(ready == 1 ? "pod is" : "pods are")} ready.")
            : null;
    }

    /// <summary>Of a pod that no node has room for: whether another node may come, or what else to do.</summary>
    private static string? NoNode(ResourceInfo pod, HealthFacts facts)
    {
        if (pod.State != "Unschedulable" || facts.Steps.FirstOrDefault(step => step is { Name: StepNames.Nodes, MostNodes: not null })?.MostNodes is not { } most)
            return null;
        var there = facts.Objects.Count(row => row.Type == "Kubernetes::Node");
        return there < most
            ? $"pod {NameOf(pod)} waits for a node, the cluster grows to at most {most}{Because(pod.Reason)}"
            : $"no node has room for pod {NameOf(pod)}, and there are {there} of at most {most}: raise the most nodes, or ask for less{Because(pod.Reason)}";
    }

    /// <summary>One a public service, of the service's name.</summary>
    private static IEnumerable<HealthReason> Ingresses(HealthFacts facts)
    {
        if (!facts.Steps.Any(step => step.Name == StepNames.Ingress))
            yield break;
        var there = facts.Objects.Where(row => row.Type == "Kubernetes::Ingress").ToDictionary(NameOf, StringComparer.Ordinal);
        foreach (var service in facts.Steps.Where(step => step is { Kind: StepKind.Release, IsPublic: true }).Select(step => step.Service).OfType<string>())
        {
            if (!there.TryGetValue(service, out var ingress))
                yield return new HealthReason(IngressMissing, StepNames.Ingress, service, $"The Ingress of {service} is gone: no request reaches it through the load balancer.");
            else if (!ingress.Ready)
                yield return new HealthReason(IngressWaits, StepNames.Ingress, service, $"The Ingress of {service} has no load balancer.");
        }
    }

    private static IEnumerable<HealthReason> LoadBalancers(HealthFacts facts)
    {
        if (facts.Steps.FirstOrDefault(step => step.Name == StepNames.LoadBalancer) is not { } step || facts.IsClusterGone)
            yield break;
        switch (facts.LoadBalancers.FirstOrDefault(seen => seen.Name == step.Subject))
        {
            case { Standing: Standing.Gone }:
                yield return new HealthReason(LoadBalancerGone, step.Name, step.Subject, $"The load balancer {step.Subject} is gone.");
                yield break;
            case { Standing: Standing.Failed } failed:
                yield return new HealthReason(LoadBalancerFailed, step.Name, step.Subject, $"The load balancer {step.Subject} is {failed.State}{Because(failed.Reason)}.");
                yield break;
        }

        foreach (var targets in facts.Targets.Where(targets => targets.Unhealthy > 0 && !facts.IsAsleep).OrderBy(targets => targets.Service, StringComparer.Ordinal))
        {
            // Where its pods are not ready, that is the cause and said already.
            if (facts.Steps.FirstOrDefault(release => release.Name == StepNames.Service(targets.Service)) is { } release && (!facts.IsClusterSeen || Service(release, facts) is null))
                yield return new HealthReason(TargetsUnhealthy, step.Name, targets.Service, $"The load balancer finds {targets.Unhealthy} of {targets.Total} targets of {targets.Service} unhealthy{Because(targets.Reason)}.");
        }
    }

    private static string Are(int count) => count == 1 ? "is" : "are";

    private static string Because(string? reason) => string.IsNullOrWhiteSpace(reason) ? "" : $": {reason.Trim().TrimEnd('.')}";

    private static string NameOf(ResourceInfo row) => row.Name[(row.Name.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
