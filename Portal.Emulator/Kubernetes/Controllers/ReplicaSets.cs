using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>The replica sets of a Deployment: one for each template it has had, numbered by revision.</summary>
internal sealed class ReplicaSets(ControllerContext context)
{
    public const string Revision = "deployment.kubernetes.io/revision";
    private const string HashLabel = "pod-template-hash";

    private readonly ClusterStore _store = context.Store;

    public List<JsonObject> OwnedBy(JsonObject deployment) =>
        [.. _store.List(Kinds.ReplicaSet, deployment.Namespace()).Where(set => set.Controller().Text("uid") == deployment.Uid())];

    public JsonObject? Current(JsonObject deployment, IEnumerable<JsonObject> sets)
    {
        var wanted = deployment.Object("spec", "template")!;
        return sets.FirstOrDefault(set => JsonNode.DeepEquals(WithoutHash(set.Object("spec", "template")!), wanted));
    }

    public JsonObject Create(JsonObject deployment, List<JsonObject> sets, int replicas)
    {
        var template = deployment.Object("spec", "template")!.Copy();
        var attempt = 0;
        string hash;
        do
            hash = context.Random.Suffix($"{template.ToJsonString()}/{attempt++}", 10);
        while (sets.Exists(set => set.Name() == $"{deployment.Name()}-{hash}"));

        template.Ensure("metadata").Ensure("labels")[HashLabel] = hash;
        var selector = deployment.Object("spec", "selector")!.Copy();
        selector.Ensure("matchLabels")[HashLabel] = hash;
        return _store.Create(Kinds.ReplicaSet, new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{deployment.Name()}-{hash}",
                ["namespace"] = deployment.Namespace(),
                ["labels"] = template.Object("metadata", "labels")!.DeepClone(),
                ["annotations"] = Annotations(deployment, sets.Count == 0 ? 1 : sets.Max(RevisionOf) + 1),
                ["ownerReferences"] = ControllerContext.OwnedBy(deployment),
            },
            ["spec"] = Spec(deployment, replicas, selector, template),
        });
    }

    private static JsonObject Spec(JsonObject deployment, int replicas, JsonObject selector, JsonObject template)
    {
        var spec = new JsonObject { ["replicas"] = replicas, ["selector"] = selector, ["template"] = template };
        if (deployment.Number("spec", "minReadySeconds") is > 0 and var seconds)
            spec["minReadySeconds"] = seconds;
        return spec;
    }

    /// <summary>The current set has the highest revision, also after a rollback to an older template.</summary>
    public void Number(JsonObject deployment, JsonObject current, List<JsonObject> sets)
    {
        var highestOther = sets.Where(set => set.Uid() != current.Uid()).Select(RevisionOf).DefaultIfEmpty(0).Max();
        var revision = Math.Max(RevisionOf(current), highestOther + 1);
        if (RevisionOf(current) != revision)
        {
            _store.Update(Kinds.ReplicaSet, current.Namespace(), current.Name(), UpdateScope.Main, document =>
            {
                document.Metadata().Ensure("annotations")[Revision] = revision.ToString();
                return document;
            });
        }

        if ((current.Number("spec", "minReadySeconds") ?? 0) != (deployment.Number("spec", "minReadySeconds") ?? 0))
        {
            _store.Update(Kinds.ReplicaSet, current.Namespace(), current.Name(), UpdateScope.Main, document =>
            {
                document.Ensure("spec")["minReadySeconds"] = deployment.Number("spec", "minReadySeconds") ?? 0;
                return document;
            });
        }

        if (deployment.Annotation(Revision) != revision.ToString())
        {
            _store.Update(Kinds.Deployment, deployment.Namespace(), deployment.Name(), UpdateScope.Main, document =>
            {
                document.Metadata().Ensure("annotations")[Revision] = revision.ToString();
                return document;
            });
        }
    }

    public void Prune(JsonObject deployment, JsonObject? current, List<JsonObject> sets)
    {
        var keep = deployment.Number("spec", "revisionHistoryLimit") ?? 10;
        var old = sets.Where(set => set.Uid() != current?.Uid() && set.Number("spec", "replicas") == 0 && (set.Number("status", "replicas") ?? 0) == 0 && !set.IsDeleting());
        foreach (var set in old.OrderByDescending(RevisionOf).Skip(keep).ToList())
            _store.Delete(Kinds.ReplicaSet, set.Namespace(), set.Name(), DeleteOptions.Default);
    }

    private static int RevisionOf(JsonObject set) => int.TryParse(set.Annotation(Revision), out var revision) ? revision : 0;

    private static JsonObject Annotations(JsonObject deployment, int revision)
    {
        var annotations = deployment.Texts("metadata", "annotations")
            .Where(pair => pair.Key is not ("kubectl.kubernetes.io/last-applied-configuration" or Revision)).ToObject();
        annotations[Revision] = revision.ToString();
        annotations["deployment.kubernetes.io/desired-replicas"] = (deployment.Number("spec", "replicas") ?? 1).ToString();
        return annotations;
    }

    private static JsonObject WithoutHash(JsonObject template)
    {
        var copy = template.Copy();
        copy.Object("metadata", "labels")?.Remove(HashLabel);
        return copy;
    }
}
