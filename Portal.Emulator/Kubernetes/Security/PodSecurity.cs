using System.Text.Json.Nodes;

namespace Portal.Emulator.Kubernetes.Security;

/// <summary>
/// The Pod Security Standards baseline and restricted ("Pod Security Standards" in Kubernetes' documentation), in the words of
/// k8s.io/pod-security-admission's checks.
/// </summary>
internal static class PodSecurity
{
    private const string Prefix = "pod-security.kubernetes.io/";

    private static readonly HashSet<string> _baselineCapabilities = new(
        ["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"], StringComparer.Ordinal);

    private static readonly string[] _restrictedVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

    /// <summary>What the pod violates of what the namespace enforces (<paramref name="mode"/> <c>enforce</c>) or warns of; null if nothing.</summary>
    public static string? Violation(JsonObject? home, string mode, JsonObject? spec)
    {
        var labels = home?.Labels() ?? new Dictionary<string, string>();
        var level = labels.GetValueOrDefault(Prefix + mode);
        if (spec is null || level is not ("baseline" or "restricted"))
            return null;

        var faults = Baseline(spec).Concat(level == "restricted" ? Restricted(spec) : []).ToList();
        return faults.Count == 0 ? null : $"violate{(mode == "enforce" ? "s" : "")} PodSecurity \"{level}:{labels.GetValueOrDefault($"{Prefix}{mode}-version") ?? "latest"}\": {string.Join(", ", faults)}";
    }

    private static IEnumerable<string> Baseline(JsonObject spec)
    {
        var hosts = new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(name => spec.Flag(name) == true).Select(name => name + "=true").ToList();
        if (hosts.Count > 0)
            yield return $"host namespaces ({string.Join(", ", hosts)})";
        if (Those(spec, container => container.Items("ports").Any(port => port.Number("hostPort") is > 0)) is { } ports)
            yield return $"hostPort ({ports} uses hostPort)";
        if (Volumes(spec, volume => volume.ContainsKey("hostPath")) is { } paths)
            yield return $"hostPath volumes ({paths})";
        if (Those(spec, container => container.Flag("securityContext", "privileged") == true) is { } privileged)
            yield return $"privileged ({privileged} must not set securityContext.privileged=true)";
        if (Those(spec, container => Added(container).Any(name => !_baselineCapabilities.Contains(name))) is { } added)
            yield return $"non-default capabilities ({added} must not include {string.Join(", ", Containers(spec).SelectMany(Added).Where(name => !_baselineCapabilities.Contains(name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(Quoted))} in securityContext.capabilities.add)";
    }

    private static IEnumerable<string> Restricted(JsonObject spec)
    {
        if (Those(spec, container => container.Flag("securityContext", "allowPrivilegeEscalation") != false) is { } escalating)
            yield return $"allowPrivilegeEscalation != false ({escalating} must set securityContext.allowPrivilegeEscalation=false)";
        if (Those(spec, container => !(container.Array("securityContext", "capabilities", "drop") ?? []).Any(item => item?.GetValue<string>() == "ALL")) is { } keeping)
            yield return $"unrestricted capabilities ({keeping} must set securityContext.capabilities.drop=[\"ALL\"])";
        if (Volumes(spec, volume => !_restrictedVolumes.Any(volume.ContainsKey)) is { } volumes)
            yield return $"restricted volume types ({volumes} uses restricted volume type)";
        var podRunsAsNonRoot = spec.Flag("securityContext", "runAsNonRoot");
        if (Those(spec, container => (container.Flag("securityContext", "runAsNonRoot") ?? podRunsAsNonRoot) != true) is { } roots)
            yield return $"runAsNonRoot != true (pod or {roots} must set securityContext.runAsNonRoot=true)";
        if (spec.Number("securityContext", "runAsUser") == 0)
            yield return "runAsUser=0 (pod must not set runAsUser=0)";
        else if (Those(spec, container => container.Number("securityContext", "runAsUser") == 0) is { } zero)
            yield return $"runAsUser=0 ({zero} must not set runAsUser=0)";
        var profile = spec.Text("securityContext", "seccompProfile", "type");
        if (Those(spec, container => (container.Text("securityContext", "seccompProfile", "type") ?? profile) is not ("RuntimeDefault" or "Localhost")) is { } unconfined)
            yield return $"seccompProfile (pod or {unconfined} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")";
    }

    private static IEnumerable<JsonObject> Containers(JsonObject spec) => spec.Items("initContainers").Concat(spec.Items("containers"));

    private static IEnumerable<string> Added(JsonObject container) => (container.Array("securityContext", "capabilities", "add") ?? []).Select(item => item?.GetValue<string>() ?? "");

    private static string? Those(JsonObject spec, Func<JsonObject, bool> violates) => Named("container", Containers(spec).Where(violates));

    private static string? Volumes(JsonObject spec, Func<JsonObject, bool> violates) => Named("volume", spec.Items("volumes").Where(violates));

    private static string? Named(string what, IEnumerable<JsonObject> items)
    {
        var names = items.Select(item => Quoted(item.Text("name") ?? "")).ToList();
        return names.Count == 0 ? null : $"{what}{(names.Count == 1 ? "" : "s")} {string.Join(", ", names)}";
    }

    private static string Quoted(string text) => $"\"{text}\"";
}
