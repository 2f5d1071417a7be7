using System.Text;
using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Storage;

/// <summary>The fields that the API server fills in where a client left them out. Applying them twice changes nothing.</summary>
internal static class Defaults
{
    public static void Apply(ResourceKind kind, JsonObject document)
    {
        if (kind == Kinds.Namespace)
            ForNamespace(document);
        else if (kind == Kinds.Secret)
            ForSecret(document);
        else if (kind == Kinds.Service)
            ForService(document);
        else if (kind == Kinds.Pod)
            ForPod(document);
        else if (kind == Kinds.Deployment)
            ForDeployment(document);
        else if (kind == Kinds.ReplicaSet)
            ForReplicaSet(document);
        else if (kind == Kinds.Job)
            ForJob(document);
        else if (kind == Kinds.CronJob)
            ForCronJob(document);
        else if (kind == Kinds.CustomResourceDefinition)
            ForDefinition(document);
        else if (kind == Kinds.HorizontalPodAutoscaler)
            document.Ensure("spec").Default("minReplicas", 1);
    }

    private static void ForNamespace(JsonObject document)
    {
        document.Metadata().Ensure("labels")["kubernetes.io/metadata.name"] = document.Name();
        if (!document.IsDeleting())
        {
            document.Ensure("spec").Default("finalizers", new JsonArray("kubernetes"));
            document.Ensure("status").Default("phase", "Active");
        }
    }

    private static void ForSecret(JsonObject document)
    {
        document.Default("type", "Opaque");
        if (document.Object("stringData") is not { } plain)
            return;

        var data = document.Ensure("data");
        foreach (var (name, value) in plain)
            data[name] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value?.GetValue<string>() ?? ""));
        document.Remove("stringData");
    }

    private static void ForService(JsonObject document)
    {
        var spec = document.Ensure("spec");
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        spec.Default("internalTrafficPolicy", "Cluster");
        if (spec.Text("type") == "ExternalName")
            return;

        spec.Default("ipFamilies", new JsonArray("IPv4"));
        spec.Default("ipFamilyPolicy", "SingleStack");
        foreach (var port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            port.Default("targetPort", port["port"]?.DeepClone());
        }

        document.Default("status", new JsonObject { ["loadBalancer"] = new JsonObject() });
    }

    private static void ForPod(JsonObject document)
    {
        var spec = document.Ensure("spec");
        ForPodSpec(spec);
        spec.Default("serviceAccountName", "default");
        spec.Default("serviceAccount", spec.Text("serviceAccountName"));
        spec.Default("enableServiceLinks", true);
        spec.Default("preemptionPolicy", "PreemptLowerPriority");
        spec.Default("priority", 0);
        spec.Default("tolerations", new JsonArray(Toleration("not-ready"), Toleration("unreachable")));
        var status = document.Ensure("status");
        status.Default("phase", "Pending");
        status.Default("qosClass", Qos(spec));
    }

    private static void ForPodSpec(JsonObject spec)
    {
        foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers")))
            ForContainer(container);
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
    }

    private static void ForContainer(JsonObject container)
    {
        container.Default("resources", new JsonObject());
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        var image = container.Text("image") ?? "";
        container.Default("imagePullPolicy", image.EndsWith(":latest", StringComparison.Ordinal) || !image[(image.LastIndexOf('/') + 1)..].Contains(':') ? "Always" : "IfNotPresent");
        foreach (var port in container.Items("ports"))
            port.Default("protocol", "TCP");
        foreach (var name in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container.Object(name) is not { } probe)
                continue;

            probe.Default("timeoutSeconds", 1);
            probe.Default("periodSeconds", 10);
            probe.Default("successThreshold", 1);
            probe.Default("failureThreshold", 3);
            if (probe.Object("httpGet") is { } get)
            {
                get.Default("path", "/");
                get.Default("scheme", "HTTP");
            }
        }
    }

    private static void ForDeployment(JsonObject document)
    {
        var spec = document.Ensure("spec");
        spec.Default("replicas", 1);
        spec.Default("revisionHistoryLimit", 10);
        spec.Default("progressDeadlineSeconds", 600);
        var strategy = spec.Ensure("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.Ensure("rollingUpdate");
            rolling.Default("maxUnavailable", "25%");
            rolling.Default("maxSurge", "25%");
        }

        ForTemplate(spec);
    }

    private static void ForReplicaSet(JsonObject document)
    {
        var spec = document.Ensure("spec");
        spec.Default("replicas", 1);
        ForTemplate(spec);
    }

    private static void ForJob(JsonObject document)
    {
        const string Uid = "batch.kubernetes.io/controller-uid";
        var spec = document.Ensure("spec");
        spec.Default("completions", 1);
        spec.Default("parallelism", 1);
        spec.Default("backoffLimit", 6);
        spec.Default("completionMode", "NonIndexed");
        spec.Default("suspend", false);
        spec.Default("manualSelector", false);
        spec.Default("podReplacementPolicy", "TerminatingOrFailed");
        spec.Default("selector", new JsonObject { ["matchLabels"] = new JsonObject { [Uid] = document.Uid() } });
        if (spec.Object("template") is { } template)
        {
            var labels = template.Ensure("metadata").Ensure("labels");
            labels.Default(Uid, document.Uid());
            labels.Default("batch.kubernetes.io/job-name", document.Name());
            labels.Default("job-name", document.Name());
        }

        ForTemplate(spec);
    }

    private static void ForCronJob(JsonObject document)
    {
        var spec = document.Ensure("spec");
        spec.Default("concurrencyPolicy", "Allow");
        spec.Default("suspend", false);
        spec.Default("successfulJobsHistoryLimit", 3);
        spec.Default("failedJobsHistoryLimit", 1);
        if (spec.Object("jobTemplate", "spec") is { } job)
            ForTemplate(job);
    }

    private static void ForTemplate(JsonObject spec)
    {
        if (spec.Object("template") is not { } template)
            return;

        template.Ensure("metadata");
        ForPodSpec(template.Ensure("spec"));
    }

    private static void ForDefinition(JsonObject document)
    {
        var names = document.Ensure("spec").Ensure("names");
        names.Default("singular", names.Text("kind")?.ToLowerInvariant());
        names.Default("listKind", names.Text("kind") + "List");
        document.Object("spec")!.Default("conversion", new JsonObject { ["strategy"] = "None" });
        var since = document.Text("metadata", "creationTimestamp");
        var status = document.Ensure("status");
        status["acceptedNames"] = names.DeepClone();
        status.Default("conditions", new JsonArray(
            Condition("NamesAccepted", "NoConflicts", "no conflicts found", since),
            Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", since)));
        status.Default("storedVersions", document.Items("spec", "versions")
            .Where(version => version.Flag("storage") == true).Select(version => version["name"]?.DeepClone()).ToJsonArray());
    }

    private static JsonObject Condition(string type, string reason, string message, string? since) => new()
    {
        ["type"] = type,
        ["status"] = "True",
        ["lastTransitionTime"] = since,
        ["reason"] = reason,
        ["message"] = message,
    };

    private static JsonObject Toleration(string what) => new()
    {
        ["key"] = "node.kubernetes.io/" + what,
        ["operator"] = "Exists",
        ["effect"] = "NoExecute",
        ["tolerationSeconds"] = 300,
    };

    private static string Qos(JsonObject spec)
    {
        var resources = spec.Items("containers").Select(container => container.Object("resources")).ToList();
        if (resources.TrueForAll(item => item.Object("requests") is not { Count: > 0 } && item.Object("limits") is not { Count: > 0 }))
            return "BestEffort";

        var guaranteed = resources.TrueForAll(item =>
            item.Object("limits") is { } limits && limits.ContainsKey("cpu") && limits.ContainsKey("memory")
            && (item.Object("requests") is not { } requests || JsonNode.DeepEquals(requests, limits)));
        return guaranteed ? "Guaranteed" : "Burstable";
    }
}
