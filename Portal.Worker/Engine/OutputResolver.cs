using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Portal.Core.Provisioning;

namespace Portal.Worker.Engine;

/// <summary>Outputs of the steps that succeeded, and of the pseudo step <c>target</c>.</summary>
public sealed class OutputResolver(OperationWork work, Func<CancellationToken, Task<string>> principalArn)
{
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, string>> _outputs = new(
        work.Steps.Where(step => step.Value.State == StepState.Succeeded).Select(step => KeyValuePair.Create(step.Key, step.Value.Outputs)), StringComparer.Ordinal);

    public void Set(string step, IReadOnlyDictionary<string, string> outputs) => _outputs[step] = outputs;

    /// <exception cref="StepFailedException"><c>output_missing</c>: the stack came without it.</exception>
    public string Get(string step, string output) =>
        _outputs.TryGetValue(step, out var outputs) && outputs.TryGetValue(output, out var value)
            ? value
            : throw new StepFailedException("output_missing", $"{step} has no output {output}, which this step needs.");

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
