using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>The status of PodDisruptionBudgets.</summary>
internal sealed class DisruptionController(ControllerContext context) : IController
{
    private readonly ClusterStore _store = context.Store;

    public IEnumerable<string> Concerned(StoreChange change)
    {
        if (change.Kind == Kinds.PodDisruptionBudget)
            return [ControllerContext.KeyOf(change.Object)];
        return change.Kind == Kinds.Pod ? _store.List(Kinds.PodDisruptionBudget, change.Object.Namespace()).Select(ControllerContext.KeyOf) : [];
    }

    public TimeSpan? Reconcile(string key)
    {
        if (context.Find(Kinds.PodDisruptionBudget, key) is not { } budget || budget.IsDeleting())
            return null;

        var selector = LabelSelector.Parse(budget.Object("spec", "selector"));
        var pods = _store.List(Kinds.Pod, budget.Namespace()).Where(pod => selector.Matches(pod.Labels()) && !pod.IsDeleting()).ToList();
        var healthy = pods.Count(Conditions.IsReady);
        var needed = budget.At("spec", "maxUnavailable") is { } most
            ? Math.Max(0, pods.Count - Share(most, pods.Count))
            : Share(budget.At("spec", "minAvailable"), pods.Count);
        var allowed = Math.Max(0, healthy - needed);
        _store.Update(Kinds.PodDisruptionBudget, budget.Namespace(), budget.Name(), UpdateScope.Status, document =>
        {
            var status = document.Ensure("status");
            status["expectedPods"] = pods.Count;
            status["currentHealthy"] = healthy;
            status["desiredHealthy"] = needed;
            status["disruptionsAllowed"] = allowed;
            status["observedGeneration"] = document.Number("metadata", "generation");
            Conditions.Set(document, "DisruptionAllowed", allowed > 0, allowed > 0 ? "SufficientPods" : "InsufficientPods", "", context.Timestamp);
            return document;
        });
        return null;
    }

    private static int Share(JsonNode? value, int pods)
    {
        var text = value?.ToString() ?? "0";
        return text.EndsWith('%') && double.TryParse(text[..^1], out var percent) ? (int)Math.Ceiling(percent / 100 * pods)
            : int.TryParse(text, out var number) ? number : 0;
    }
}
