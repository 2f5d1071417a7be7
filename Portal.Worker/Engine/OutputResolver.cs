using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Portal.Core.Provisioning;

namespace Portal.Worker.Engine;

/// <summary>Outputs of the steps that succeeded, and of the pseudo step <c>target</c>.</summary>
public sealed class OutputResolver(OperationWork work, Func<CancellationToken, Task<string>> principalArn)
{
    // What exists gives its outputs, whichever operation made it; a step of this one gives new ones when it has succeeded.
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _outputs = new(
        work.Deployed.Values.Where(deployment => deployment.Outputs.Count > 0).Select(deployment => KeyValuePair.Create(deployment.Step, deployment.Outputs)), StringComparer.Ordinal);

    public void Set(string step, IReadOnlyDictionary<string, string> outputs) => _outputs[step] = outputs;

    /// <exception cref="StepFailedException"><c>output_missing</c>: the stack came without it.</exception>
    public string Get(string step, string output) =>
        _outputs.TryGetValue(step, out var outputs) && outputs.TryGetValue(output, out var value)
            ? value
            : throw new StepFailedException("output_missing", $"{step} has no output {output}, which this step needs.");

    /// <summary>Null where nothing has it.</summary>
    public string? Find(string step, string output) => _outputs.TryGetValue(step, out var outputs) ? outputs.GetValueOrDefault(output) : null;

    public async Task<IReadOnlyDictionary<string, string>> InputsAsync(PlannedStep step, CancellationToken cancellationToken)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, input) in step.Inputs)
        {
            inputs[name] = input switch
            {
                { Step: null } => input.Value ?? "",
                { Step: PlanInput.TargetStep } => await TargetAsync(input.Output!, cancellationToken),
                _ => Get(input.Step, input.Output!),
            };
        }

        return inputs;
    }

    public JsonObject Values(PlannedStep step) => (JsonObject)(PlanValues.Resolve(step.Values, Get) ?? new JsonObject());

    private async Task<string> TargetAsync(string output, CancellationToken cancellationToken) => output switch
    {
        "PrincipalArn" => await principalArn(cancellationToken),
        "AccountId" => work.Target.AccountId,
        "Region" => work.Target.Region,
        _ => throw new StepFailedException("output_missing", $"A target has no {output}."),
    };
}
