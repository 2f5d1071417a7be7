using Portal.Core.Specifications;

namespace Portal.Core.Imports;

/// <summary>Kubernetes objects (https://kubernetes.io/docs/reference/kubernetes-api/) as workloads: what runs, how it is reached, what it reads.</summary>
internal sealed class KubernetesManifests
{
    // Made by the portal for each service, or of no meaning beyond the cluster they were written for.
    private static readonly HashSet<string> s_ours = new(StringComparer.Ordinal)
    {
        "Namespace", "ServiceAccount", "NetworkPolicy", "PodDisruptionBudget", "Role", "RoleBinding", "IngressClass", "LimitRange", "ResourceQuota",
    };

    private readonly List<ImportNote> _notes;
    private readonly List<(string Kind, string Name, ImportNode Object)> _objects;
    private readonly Dictionary<string, ImportNode> _maps;

    private KubernetesManifests(IReadOnlyList<ImportNode> documents, List<ImportNote> notes)
    {
        _notes = notes;
        _objects = [.. documents.SelectMany(document => document.Text("kind") == "List" ? document.Maps("items") : [document]).Select(one => (one.Text("kind"), one.Map("metadata").Text("name"), one))];
        _maps = _objects.Where(one => one.Kind == "ConfigMap").DistinctBy(one => one.Name).ToDictionary(one => one.Name, one => one.Object.Map("data"), StringComparer.Ordinal);
    }

    public static bool Fits(ImportNode document) => document.Has("apiVersion") && document.Has("kind");

    public static IReadOnlyList<ImportedWorkload> Read(IReadOnlyList<ImportNode> documents, List<ImportNote> notes) => new KubernetesManifests(documents, notes).Read();

    private List<ImportedWorkload> Read()
    {
        var workloads = new List<(ImportedWorkload Workload, IReadOnlyDictionary<string, string> Labels)>();
        foreach (var (kind, name, one) in _objects)
        {
            if (kind is "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "Pod" or "Job" or "CronJob")
                workloads.Add(Workload(kind, name, one));
            else if (kind is not ("Service" or "Ingress" or "ConfigMap" or "HorizontalPodAutoscaler") && !s_ours.Contains(kind))
                Note(name, kind == "Secret" ? "is a Secret, of which nothing is taken over: keep it in Secrets Manager." : $"is a {kind}, which is not taken over.");
        }

        foreach (var (_, name, service) in _objects.Where(one => one.Kind == "Service"))
            Service(name, service.Map("spec"), workloads);
        foreach (var (_, name, ingress) in _objects.Where(one => one.Kind == "Ingress"))
            Ingress(name, ingress.Map("spec"), [.. workloads.Select(one => one.Workload)]);
        foreach (var (_, _, scaler) in _objects.Where(one => one.Kind == "HorizontalPodAutoscaler"))
            Scaler(scaler.Map("spec"), [.. workloads.Select(one => one.Workload)]);
        return [.. workloads.Select(one => one.Workload)];
    }

    private (ImportedWorkload Workload, IReadOnlyDictionary<string, string> Labels) Workload(string kind, string name, ImportNode one)
    {
        var spec = one.Map("spec");
        var pod = kind switch
        {
            "Pod" => spec,
            "CronJob" => spec.Map("jobTemplate").Map("spec").Map("template").Map("spec"),
            _ => spec.Map("template").Map("spec"),
        };
        var labels = kind == "Pod" ? one.Map("metadata").Map("labels") : spec.Map("template").Map("metadata").Map("labels");
        var workload = new ImportedWorkload { Name = name, Replicas = spec.Number("replicas") };
        if (kind == "CronJob")
            (workload.Kind, workload.Schedule) = (WorkloadKind.ScheduledJob, Schedule(spec));
        else if (kind == "Job")
            Note(name, "is a Job, which runs once. Taken for a worker: better make it the job before the rollout of the service that it belongs to.");
        else if (kind == "DaemonSet")
            Note(name, "runs on every node, which a service does not. Taken for one with two pods.");
        else if (kind == "StatefulSet" && spec.Maps("volumeClaimTemplates").Count > 0)
            Note(name, "keeps files of its own for each pod, which a service does not: it keeps its data in a store.");
        Pod(pod, workload);
        return (workload, labels.Scalars().ToDictionary(pair => pair.Key, pair => pair.Value ?? "", StringComparer.Ordinal));
    }

    private ScheduleSpecification Schedule(ImportNode spec)
    {
        var schedule = new ScheduleSpecification { Cron = spec.Text("schedule") };
        if (spec.Text("timeZone") is { Length: > 0 } zone)
            schedule = schedule with { TimeZone = zone };
        return schedule with
        {
            Overlap = spec.Text("concurrencyPolicy") switch { "Forbid" => OverlapPolicy.Skip, "Replace" => OverlapPolicy.Replace, _ => OverlapPolicy.Allow },
            StartWithinSeconds = spec.Number("startingDeadlineSeconds") ?? schedule.StartWithinSeconds,
            Retries = spec.Map("jobTemplate").Map("spec").Number("backoffLimit") ?? schedule.Retries,
        };
    }

    private void Pod(ImportNode pod, ImportedWorkload workload)
    {
        var containers = pod.Maps("containers");
        foreach (var other in containers.Skip(1))
            Note(workload.Name, $"container {other.Text("name")} is not taken over: a service has one.");
        foreach (var first in pod.Maps("initContainers"))
            Note(workload.Name, $"container {first.Text("name")}, which runs first, is not taken over: a job before the rollout can do what is done once.");
        foreach (var pull in pod.Maps("imagePullSecrets"))
            Note(workload.Name, $"its image is pulled with the Secret {pull.Text("name")}. Keep what that holds under .dockerconfigjson in Secrets Manager, and name it as the service's pull secret.");
        workload.User = pod.Map("securityContext").Number("runAsUser");
        workload.GraceSeconds = pod.Number("terminationGracePeriodSeconds");
        if (containers.Count == 0)
            return;
        var container = containers[0];
        workload.Image = container.Text("image");
        workload.Command = [.. container.Texts("command")];
        workload.Arguments = [.. container.Texts("args")];
        workload.User = container.Map("securityContext").Number("runAsUser") ?? workload.User;
        foreach (var port in container.Maps("ports"))
        {
            if (port.Text("protocol") is "UDP" or "SCTP")
                Note(workload.Name, $"port {port.Text("containerPort")} is {port.Text("protocol")}, which is not carried. Left out.");
            else if (port.Number("containerPort") is { } number)
                workload.Ports.Add(new ImportedPort(number, number, port.Text("name"), Spoken(port)));
        }

        Variables(container, workload);
        var (requests, limits) = (container.Map("resources").Map("requests"), container.Map("resources").Map("limits"));
        workload.Cpu = requests.Number("cpu", Quantities.Cpu) ?? limits.Number("cpu", Quantities.Cpu);
        workload.MemoryLimit = limits.Number("memory", Quantities.MiB);
        workload.Memory = requests.Number("memory", Quantities.MiB) ?? workload.MemoryLimit;
        Probes(container, workload);
        Volumes(pod, container, workload);
    }

    private void Variables(ImportNode container, ImportedWorkload workload)
    {
        foreach (var source in container.Maps("envFrom"))
        {
            if (source.Map("configMapRef").Text("name") is { Length: > 0 } map)
                workload.Variables.AddRange(_maps.TryGetValue(map, out var data) ? data.Scalars().Select(pair => (source.Text("prefix") + pair.Key, pair.Value ?? "")) : Missing(workload.Name, $"ConfigMap {map}"));
            else if (source.Map("secretRef").Text("name") is { Length: > 0 } secret)
                Note(workload.Name, $"takes all of the Secret {secret} for variables. Keep it in Secrets Manager, and refer to it.");
        }

        foreach (var variable in container.Maps("env"))
        {
            var (name, from) = (variable.Text("name"), variable.Map("valueFrom"));
            if (!variable.Has("valueFrom"))
                workload.Variables.Add((name, variable.Text("value")));
            else if (from.Map("configMapKeyRef") is var map && map.Text("name").Length > 0)
                workload.Variables.AddRange(_maps.TryGetValue(map.Text("name"), out var data) ? [(name, data.Text(map.Text("key")))] : Missing(workload.Name, $"ConfigMap {map.Text("name")}"));
            else if (from.Map("secretKeyRef") is var secret && secret.Text("name").Length > 0)
                Note(workload.Name, $"{name} comes from the Secret {secret.Text("name")}. Keep it in Secrets Manager, and refer to it.");
            else
                Note(workload.Name, $"{name} comes from the pod itself, which is not taken over.");
        }
    }

    private IEnumerable<(string Name, string Value)> Missing(string workload, string what)
    {
        Note(workload, $"takes variables of the {what}, which the file does not have.");
        return [];
    }

    private void Probes(ImportNode container, ImportedWorkload workload)
    {
        var (ready, live) = (container.Map("readinessProbe"), container.Map("livenessProbe"));
        workload.HealthPath = ready.Map("httpGet").Text("path");
        workload.LivenessPath = live.Map("httpGet").Text("path");
        if (workload.HealthPath.Length == 0)
            workload.HealthPath = workload.LivenessPath;
        (workload.Readiness, workload.Liveness) = (Probe(ready, workload), Probe(live, workload));
    }

    private ProbeSpecification? Probe(ImportNode probe, ImportedWorkload workload)
    {
        if (probe.Has("exec"))
            return new ProbeSpecification { Kind = ProbeKind.Command, Command = probe.Map("exec").Texts("command") };
        var kind = probe.Has("grpc") ? ProbeKind.Grpc : probe.Has("tcpSocket") ? ProbeKind.Tcp : ProbeKind.Http;
        var asked = probe.Map(kind switch { ProbeKind.Grpc => "grpc", ProbeKind.Tcp => "tcpSocket", _ => "httpGet" });
        var port = workload.Ports.Find(one => one.Name == asked.Text("port") || one.Container == asked.Number("port"));
        if (kind == ProbeKind.Grpc && port is { Protocol: null })
            workload.Ports[workload.Ports.IndexOf(port)] = port with { Protocol = PortProtocol.Grpc };
        // The first port is where the service is called; it is asked there without that being said.
        return kind == ProbeKind.Http ? null : new ProbeSpecification { Kind = kind, Port = port is null || port == workload.Ports[0] || workload.Ports[0].Container == port.Container ? "" : port.Name };
    }

    private static PortProtocol? Spoken(ImportNode port) => (port.Text("appProtocol"), port.Text("name")) switch
    {
        ("grpc" or "kubernetes.io/h2c", _) or (_, "grpc") => PortProtocol.Grpc,
        ("tcp", _) or (_, "tcp") => PortProtocol.Tcp,
        (_, var name) when name.StartsWith("grpc-", StringComparison.Ordinal) => PortProtocol.Grpc,
        (_, var name) when name.StartsWith("tcp-", StringComparison.Ordinal) => PortProtocol.Tcp,
        _ => null,
    };

    private void Volumes(ImportNode pod, ImportNode container, ImportedWorkload workload)
    {
        var volumes = pod.Maps("volumes").DistinctBy(volume => volume.Text("name")).ToDictionary(volume => volume.Text("name"), StringComparer.Ordinal);
        foreach (var mount in container.Maps("volumeMounts"))
        {
            var path = mount.Text("mountPath");
            if (volumes.TryGetValue(mount.Text("name"), out var volume) && volume.Has("emptyDir"))
                workload.Folders.Add(path);
            else if (volume is not null && volume.Map("configMap") is var map && _maps.TryGetValue(map.Text("name"), out var data))
                workload.Files.AddRange(Files(path, mount.Text("subPath"), map, data));
            else
                Note(workload.Name, $"{path} is mounted from {(volume?.Keys.FirstOrDefault(key => key != "name") is { } kind ? $"a {kind}" : "a volume")}, which is not taken over.");
        }
    }

    private static IEnumerable<FileSpecification> Files(string path, string subPath, ImportNode map, ImportNode data)
    {
        var items = map.Maps("items").Select(item => (Key: item.Text("key"), Path: item.Text("path"))).ToList();
        var files = items.Count > 0 ? items : [.. data.Scalars().Select(pair => (pair.Key, Path: pair.Key))];
        return subPath.Length > 0
            ? files.Where(file => file.Path == subPath).Select(file => File(path, file.Key))
            : files.Select(file => File($"{path.TrimEnd('/')}/{file.Path}", file.Key));

        FileSpecification File(string at, string key) => new(at, data.Text(key).Replace("\r\n", "\n", StringComparison.Ordinal).Replace("${", "$${", StringComparison.Ordinal));
    }

    private void Service(string name, ImportNode spec, List<(ImportedWorkload Workload, IReadOnlyDictionary<string, string> Labels)> workloads)
    {
        var selector = spec.Map("selector").Scalars().ToList();
        var behind = workloads.FindAll(one => selector.Count > 0 && selector.TrueForAll(label => one.Labels.TryGetValue(label.Key, out var value) && value == label.Value));
        if (behind.Count == 0)
        {
            Note(name, spec.Text("type") == "ExternalName" ? $"stands for {spec.Text("externalName")}. Put that into the variables of who calls it." : "is a Service of nothing in this file. Left out.");
            return;
        }

        var workload = behind[0].Workload;
        workload.Hosts.Add(name);
        // Whoever calls it has that name built in, perhaps: a Service is what is called, and its pods' Deployment is not.
        if (name == workload.Name || workload.Called.Length == 0)
            workload.Called = name;
        if (behind.Count > 1)
            Note(name, $"leads to {string.Join(", ", behind.Select(one => one.Workload.Name))} alike. A service here is one of them: {workload.Name} takes the name, and nobody calls the others. Leave them out, or say who calls them.");
        workload.IsPublic |= spec.Text("type") is "LoadBalancer" or "NodePort";
        foreach (var port in spec.Maps("ports"))
        {
            if (port.Number("port") is not { } number)
                continue;
            var target = port.Text("targetPort");
            var container = port.Number("targetPort") ?? workload.Ports.Find(known => known.Name == target && target.Length > 0)?.Container ?? number;
            // A probe goes on to name it as the container does.
            var same = workload.Ports.FindIndex(known => known.Container == container);
            var reached = new ImportedPort(number, container, port.Text("name"), Spoken(port));
            if (same < 0)
                workload.Ports.Add(reached);
            else
                workload.Ports[same] = reached with { Name = workload.Ports[same].Name is { Length: > 0 } known ? known : reached.Name, Protocol = reached.Protocol ?? workload.Ports[same].Protocol };
        }
    }

    private void Ingress(string name, ImportNode spec, List<ImportedWorkload> workloads)
    {
        var paths = spec.Maps("rules").SelectMany(rule => rule.Map("http").Maps("paths")).Select(path => (Path: path.Text("path"), Backend: path.Map("backend")));
        if (spec.Map("defaultBackend") is var fallback && fallback.Has("service"))
            paths = paths.Append((Path: "/", Backend: fallback));
        foreach (var (path, backend) in paths)
        {
            var service = backend.Map("service").Text("name");
            if (workloads.Find(one => one.Hosts.Contains(service)) is not { } workload)
                Note(name, $"sends {path} to {service}, which the file does not have.");
            else if (workload.Path.Length > 0 && workload.Path != path)
                workload.MorePaths.Add(path);
            else
                (workload.IsPublic, workload.Path) = (true, path);
        }
    }

    private static void Scaler(ImportNode spec, List<ImportedWorkload> workloads)
    {
        if (workloads.Find(one => one.Name == spec.Map("scaleTargetRef").Text("name")) is not { } workload)
            return;
        workload.Replicas = spec.Number("minReplicas") ?? workload.Replicas;
        workload.MaxReplicas = spec.Number("maxReplicas");
        workload.ScaleAt = spec.Number("targetCPUUtilizationPercentage")
            ?? spec.Maps("metrics").Select(metric => metric.Map("resource")).FirstOrDefault(resource => resource.Text("name") == "cpu")?.Map("target").Number("averageUtilization");
    }

    private void Note(string subject, string text) => _notes.Add(new(subject, text));
}
