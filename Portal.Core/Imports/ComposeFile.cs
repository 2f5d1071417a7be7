using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Core.Requests;
using Portal.Core.Specifications;

namespace Portal.Core.Imports;

/// <summary>A Compose file (https://github.com/compose-spec/compose-spec/blob/main/spec.md) as workloads.</summary>
internal static partial class ComposeFile
{
    // Names, looks and restarts are the platform's; a container without privileges needs none of these.
    private static readonly string[] s_meaningless =
    [
        "container_name", "hostname", "restart", "networks", "logging", "labels", "init", "tty", "stdin_open", "cap_drop", "read_only", "stop_signal", "pull_policy",
        "platform", "annotations", "profiles", "dns", "dns_search", "domainname", "cpu_shares", "oom_score_adj", "develop", "security_opt", "userns_mode",
    ];

    public static bool Fits(ImportNode document) => document.Has("services") && !document.Has("kind");

    /// <param name="values">What <c>${NAME}</c> stands for, by name.</param>
    public static IReadOnlyList<ImportedWorkload> Read(ImportNode file, IReadOnlyDictionary<string, string> values, List<ImportNote> notes)
    {
        file.Ignore("version", "name", "networks", "services");
        foreach (var key in file.Unread)
            notes.Add(new("", $"'{key}' is not taken over{(key == "include" ? ": bring each of the files it names" : "")}."));
        return [.. file.Map("services").Entries().Select(entry => Workload(entry.Key, entry.Value, values, notes))];
    }

    private static ImportedWorkload Workload(string name, ImportNode node, IReadOnlyDictionary<string, string> values, List<ImportNote> notes)
    {
        void Note(string text) => notes.Add(new(name, text));
        var workload = new ImportedWorkload
        {
            Name = name,
            Image = Filled(node.Text("image"), values, Note),
            Command = Words(node, "entrypoint", values, Note),
            Arguments = Words(node, "command", values, Note),
            Replicas = node.Map("deploy").Number("replicas") ?? node.Number("scale"),
            GraceSeconds = node.Number("stop_grace_period", Quantities.Seconds),
            User = User(node.Text("user"), Note),
        };
        workload.Hosts.UnionWith([name, node.Text("hostname"), node.Text("container_name"), .. node.Map("networks").Entries().SelectMany(network => network.Value.Texts("aliases"))]);
        workload.Hosts.Remove("");
        if (workload.Image.Length == 0 && node.Has("build"))
            Note("is built here and has no image. Push it to a registry, and name it.");
        node.Ignore("build");
        Ports(node, workload, Note);
        Environment(node, workload, values, Note);
        workload.DependsOn.UnionWith(node.Texts("depends_on"));
        workload.DependsOn.UnionWith(node.Map("depends_on").Keys);
        workload.DependsOn.UnionWith(node.Texts("links").Select(link => link.Split(':')[0]));
        Resources(node, workload);
        workload.Folders.AddRange(node.Texts("tmpfs").Concat(node.IsList("tmpfs") ? [] : [node.Text("tmpfs")]).Where(folder => folder.Length > 0).Select(folder => folder.Split(':')[0]));
        Health(node, workload, Note);
        if (node.Has("volumes"))
            Note($"has volumes ({string.Join(", ", node.Texts("volumes").Concat(node.Maps("volumes").Select(volume => volume.Text("target"))))}), which are not taken over: a service keeps its data in a store, and its own files are gone with each pod.");
        if (node.Texts("cap_add").Any(right => !right.EndsWith("NET_BIND_SERVICE", StringComparison.OrdinalIgnoreCase)) || node.Text("privileged") == "true")
            Note("asks for rights that no service gets: its container runs as a plain user. Look whether its image can.");
        node.Ignore(["volumes", "cap_add", "privileged", .. s_meaningless]);
        foreach (var key in node.Unread.Where(key => !key.StartsWith("x-", StringComparison.Ordinal)))
            Note($"'{key}' is not taken over.");
        return workload;
    }

    // "8080:80", "127.0.0.1:8080:80/tcp", "80", or a mapping.
    private static void Ports(ImportNode node, ImportedWorkload workload, Action<string> note)
    {
        foreach (var text in node.Texts("ports"))
        {
            var parts = text.Split('/')[0].Split(':');
            if (text.EndsWith("/udp", StringComparison.Ordinal))
                note($"port {text} is UDP, which neither gateway nor load balancer carries. Left out.");
            else if (int.TryParse(parts[^1].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var container))
                Published(workload, container);
            else
                note($"port '{text}' was not understood.");
        }

        foreach (var port in node.Maps("ports"))
        {
            if (port.Number("target") is { } container)
                Published(workload, container);
        }

        foreach (var text in node.Texts("expose"))
        {
            if (int.TryParse(text.Split('/')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var container) && workload.Ports.TrueForAll(port => port.Container != container))
                workload.Ports.Add(new ImportedPort(container, container));
        }
    }

    private static void Published(ImportedWorkload workload, int container)
    {
        workload.IsPublic = true;
        if (workload.Ports.TrueForAll(port => port.Container != container))
            workload.Ports.Add(new ImportedPort(container, container));
    }

    private static void Environment(ImportNode node, ImportedWorkload workload, IReadOnlyDictionary<string, string> values, Action<string> note)
    {
        var pairs = node.IsList("environment")
            ? node.Texts("environment").Select(text => text.Split('=', 2)).Select(pair => (pair[0], pair.Length > 1 ? pair[1] : null))
            : node.Map("environment").Scalars();
        foreach (var (name, value) in pairs)
        {
            if (CallRules.LooksSecret(name))
            {
                workload.Variables.Add((name, ""));
                continue;
            }

            if (value is null && !values.ContainsKey(name))
                note($"{name} is taken from the shell. Give it a value.");
            workload.Variables.Add((name, Filled(value ?? values.GetValueOrDefault(name, ""), values, text => note($"{name} {text}"))));
        }

        if (node.Has("env_file"))
            note("has an env_file, which is not here. Add its variables.");
        node.Ignore("env_file");
    }

    private static void Resources(ImportNode node, ImportedWorkload workload)
    {
        var resources = node.Map("deploy").Map("resources");
        var (limits, reservations) = (resources.Map("limits"), resources.Map("reservations"));
        workload.Cpu = reservations.Number("cpus", Quantities.Cpu) ?? limits.Number("cpus", Quantities.Cpu) ?? node.Number("cpus", Quantities.Cpu);
        workload.MemoryLimit = limits.Number("memory", Quantities.MiB) ?? node.Number("mem_limit", Quantities.MiB);
        workload.Memory = reservations.Number("memory", Quantities.MiB) ?? node.Number("mem_reservation", Quantities.MiB) ?? workload.MemoryLimit;
    }

    // Only a request of itself can be asked by the load balancer.
    private static void Health(ImportNode node, ImportedWorkload workload, Action<string> note)
    {
        if (!node.Has("healthcheck"))
            return;
        var check = node.Map("healthcheck");
        var test = string.Join(' ', check.IsList("test") ? check.Texts("test") : [check.Text("test")]);
        if (OwnAddress().Match(test) is { Success: true } match)
        {
            workload.HealthPath = match.Groups["path"].Value is { Length: > 0 } path ? path : "/";
            // Where it asks itself, it listens; plain images often say it nowhere else.
            if (workload.Ports.Count == 0)
            {
                var port = match.Groups["port"].Success ? int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture) : 80;
                workload.Ports.Add(new ImportedPort(port, port));
            }
        }
        else if (check.Text("disable") != "true")
            note($"its health check ('{Shortened(test)}') is not a request of its own port. Say at which path it answers.");
    }

    private static List<string> Words(ImportNode node, string key, IReadOnlyDictionary<string, string> values, Action<string> note)
    {
        if (node.IsList(key))
            return [.. node.Texts(key).Select(word => Filled(word, values, note))];
        return [.. WordList.Split(Filled(node.Text(key), values, note)) ?? []];
    }

    private static int? User(string text, Action<string> note)
    {
        var name = text.Split(':')[0];
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var user) && user > 0)
            return user;
        if (name.Length > 0)
            note($"runs as '{name}'. Pods run as a user with a number other than 0, so say which.");
        return null;
    }

    /// <summary>
    /// <c>${NAME:-default}</c> becomes the default (https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md). What has none
    /// stays, for the person to see, and a lone <c>$$</c> becomes one.
    /// </summary>
    private static string Filled(string text, IReadOnlyDictionary<string, string> values, Action<string> note) => Interpolation().Replace(text, match =>
    {
        if (match.Value == "$$")
            return "$";
        var name = match.Groups["name"].Success ? match.Groups["name"].Value : match.Groups["bare"].Value;
        if (values.TryGetValue(name, out var value))
            return value;
        if (match.Groups["default"].Success)
            return match.Groups["default"].Value;
        note($"has ${{{name}}} of a .env file or the shell. Put in what it stands for.");
        return $"${{{name}}}";
    });

    private static string Shortened(string text) => text.Length > 80 ? text[..80] + "…" : text;

    [GeneratedRegex(@"\$\$|\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(:?[-](?<default>[^}]*)|:?[?+][^}]*)?\}|\$(?<bare>[A-Za-z_][A-Za-z0-9_]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex Interpolation();

    [GeneratedRegex(@"https?://(localhost|127\.0\.0\.1|0\.0\.0\.0)(:(?<port>[0-9]{1,5}))?(?<path>/[A-Za-z0-9._~/-]*)?", RegexOptions.ExplicitCapture)]
    private static partial Regex OwnAddress();
}
