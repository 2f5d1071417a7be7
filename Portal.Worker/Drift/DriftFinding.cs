namespace Portal.Worker.Drift;

/// <summary>One property of a step's resource that is not as it was planned.</summary>
/// <param name="Resource">Logical id in a stack, <c>kind/name</c> in a release.</param>
/// <param name="Property">Empty where the whole resource is gone.</param>
public sealed record DriftFinding(string Step, string Resource, string Type, string Property, string? Expected, string? Found);

/// <summary>What a check of one step came to.</summary>
/// <param name="Trouble">Why it could not be checked; what was found before stays then.</param>
public sealed record StepDrift(string Step, IReadOnlyList<DriftFinding> Findings, string? Trouble);
