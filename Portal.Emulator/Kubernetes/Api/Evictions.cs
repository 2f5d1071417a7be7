using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Emulator.Kubernetes.Api;

/// <summary>The eviction subresource ("API-initiated Eviction" in Kubernetes' documentation).</summary>
internal sealed class Evictions(ClusterStore store)
{
    private const int TooManyRequests = 429;

    public async Task HandleAsync(HttpContext context, ApiPath path)
    {
        var body = await Bodies.ReadObjectAsync(context.Request, context.RequestAborted);
        var pod = store.Get(path.Kind, path.Namespace, path.Name!);
        var options = DeleteOptionsReader.Of(body.Object("deleteOptions"));
        var isDryRun = options.DryRun || WriteOptions.Read(context.Request).DryRun;

        // Pods that do not run disturb nobody.
        if (pod.Text("status", "phase") is not ("Pending" or "Succeeded" or "Failed") && !pod.IsDeleting())
            Spend(pod, isDryRun);
        store.Delete(path.Kind, path.Namespace, path.Name!, options with { DryRun = isDryRun });
        await Answers.WriteAsync(
            context, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = StatusCodes.Status201Created }, StatusCodes.Status201Created);
    }

    private void Spend(JsonObject pod, bool isDryRun)
    {
        var budgets = store.List(Kinds.PodDisruptionBudget, pod.Namespace())
            .Where(item => item.Object("spec", "selector") is { } selector && LabelSelector.Parse(selector).Matches(pod.Labels())).ToList();
        if (budgets.Count > 1)
            throw new ApiException(500, "InternalError", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
        if (budgets.Count == 0)
            return;

        var budget = budgets[0];
        if ((budget.Number("status", "disruptionsAllowed") ?? 0) <= 0)
            throw Refusal(budget);
        if (isDryRun)
            return;

        // Taken at once: the controller counts again only after the pod has gone.
        store.Update(Kinds.PodDisruptionBudget, budget.Namespace(), budget.Name(), UpdateScope.Status, document =>
        {
            var allowed = document.Number("status", "disruptionsAllowed") ?? 0;
            document.Ensure("status")["disruptionsAllowed"] = allowed > 0 ? allowed - 1 : throw Refusal(document);
            return document;
        });
    }

    private static ApiException Refusal(JsonObject budget) => new(
        TooManyRequests, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.",
        new JsonObject
        {
            ["causes"] = new JsonArray(new JsonObject
            {
                ["reason"] = "DisruptionBudget",
                ["message"] = $"The disruption budget {budget.Name()} needs {budget.Number("status", "desiredHealthy") ?? 0} healthy pods and has {budget.Number("status", "currentHealthy") ?? 0} currently",
            }),
        });
}
