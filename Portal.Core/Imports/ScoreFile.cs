using Portal.Core.Specifications;

namespace Portal.Core.Imports;

/// <summary>Score workloads (https://docs.score.dev/docs/score-specification/score-spec-reference), one a document.</summary>
internal static class ScoreFile
{
    public static bool Fits(ImportNode document) => document.Text("apiVersion").StartsWith("score.dev/", StringComparison.Ordinal);

    public static ImportedWorkload Read(ImportNode document, List<ImportNote> notes)
    {
        var name = document.Map("metadata").Text("name");
        void Note(string text) => notes.Add(new(name, text));
        var containers = document.Map("containers").Entries().ToList();
        var (_, container) = containers.FirstOrDefault();
        var workload = new ImportedWorkload { Name = name, Image = container?.Text("image") ?? "" };
        workload.Hosts.Add(name);
        if (workload.Image == ".")
        {
            Note("leaves its image to the one who deploys it. Name it.");
            workload.Image = "";
        }

        foreach (var (other, _) in containers.Skip(1))
            Note($"container {other} is not taken over: a service has one.");
        if (container is not null)
            Container(container, workload, Note);
        foreach (var (port, value) in document.Map("service").Map("ports").Entries())
        {
            if (value.Number("port") is { } number)
                workload.Ports.Add(new ImportedPort(number, value.Number("targetPort") ?? number, port));
            value.Ignore("protocol");
        }

        foreach (var (resource, value) in document.Map("resources").Entries())
        {
            var type = value.Text("type");
            if (type is "service" or "service-port")
                workload.DependsOn.Add(value.Map("params").Text("workload") is { Length: > 0 } other ? other : resource);
            else if (type is "route")
                (workload.IsPublic, workload.Path) = (true, value.Map("params").Text("path"));
            else if (type is "volume")
                Note($"resource {resource} is a volume, which is not taken over: a service keeps its data in a store.");
            else if (type is not ("environment" or "dns"))
                workload.Stores[resource] = type;
        }

        foreach (var key in document.Unread.Where(key => key is not ("apiVersion" or "metadata" or "containers" or "service" or "resources")))
            Note($"'{key}' is not taken over.");
        return workload;
    }

    private static void File(string target, ImportNode file, ImportedWorkload workload, Action<string> note)
    {
        if (file.Has("content") && file.Text("noExpand") == "true")
            workload.Files.Add(new FileSpecification(target, file.Text("content").Replace("${", "$${", StringComparison.Ordinal)));
        else if (file.Has("content") && !file.Text("content").Contains("${", StringComparison.Ordinal))
            workload.Files.Add(new FileSpecification(target, file.Text("content")));
        else
            note($"file {target} is not taken over: {(file.Has("source") ? "its source is not here" : "it has references of Score's")}.");
    }

    private static void Container(ImportNode node, ImportedWorkload workload, Action<string> note)
    {
        workload.Command = [.. node.Texts("command")];
        workload.Arguments = [.. node.Texts("args")];
        workload.Variables.AddRange(node.Map("variables").Scalars().Select(pair => (pair.Key, pair.Value ?? "")));
        var resources = node.Map("resources");
        workload.Cpu = resources.Map("requests").Number("cpu", Quantities.Cpu);
        workload.Memory = resources.Map("requests").Number("memory", Quantities.MiB);
        workload.MemoryLimit = resources.Map("limits").Number("memory", Quantities.MiB);
        workload.HealthPath = node.Map("readinessProbe").Map("httpGet").Text("path");
        workload.LivenessPath = node.Map("livenessProbe").Map("httpGet").Text("path");
        foreach (var file in node.Maps("files"))
            File(file.Text("target"), file, workload, note);
        foreach (var (target, file) in node.Map("files").Entries())
            File(target, file, workload, note);
        if (node.Has("volumes"))
            note("has volumes, which are not taken over: a service keeps its data in a store.");
        node.Ignore("image", "files", "volumes");
        foreach (var key in node.Unread)
            note($"'{key}' of its container is not taken over.");
    }
}
