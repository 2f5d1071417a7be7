using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Stacks;

namespace Portal.Emulator.Aws.Faults;

/// <summary>What a rehearsal or test needs to make things go wrong.</summary>
internal static class FaultEndpoints
{
    /// <summary>
    /// POST /_emulator/faults takes a <see cref="Fault"/>, for example {"type": "AWS::RDS::DBCluster", "nth": 1, "reason": "…"} or
    /// {"kind": "throttle", "action": "DescribeStacks", "rate": 0.3}; the header Location says how to remove it.
    /// GET lists what is not spent, DELETE /_emulator/faults removes all, DELETE /_emulator/faults/{key} one.
    /// POST /_emulator/drift {"stack": "…", "logicalId": "…", "property": "…", "value": …} changes a resource behind CloudFormation's back
    /// (no property: deletes it; no value: takes the property away).
    /// </summary>
    public static void MapFaults(this IEndpointRouteBuilder app)
    {
        app.MapPost("/_emulator/faults", (HttpResponse response, Fault fault, FaultPlan plan) =>
        {
            if (fault.Mistake() is { } mistake)
                return Results.BadRequest(mistake);
            response.Headers.Location = "/_emulator/faults/" + plan.Add(fault);
            return Results.NoContent();
        });
        app.MapGet("/_emulator/faults", (FaultPlan plan) => plan.All);
        app.MapDelete("/_emulator/faults", (FaultPlan plan) => plan.All.Keys.ToList().ForEach(key => plan.Remove(key)));
        app.MapDelete("/_emulator/faults/{key}", (string key, FaultPlan plan) => plan.Remove(key) ? Results.NoContent() : Results.NotFound());
        app.MapPost("/_emulator/drift", (Disturbance disturbance, StackDrift drift) =>
            drift.Disturb(disturbance.Stack ?? "", disturbance.LogicalId ?? "", disturbance.Property, disturbance.Value)
                ? Results.NoContent()
                : Results.NotFound("There is no such resource in such a stack."));
    }

    private sealed record Disturbance(string? Stack, string? LogicalId, string? Property, JsonNode? Value);
}
