namespace Portal.Core;

/// <summary>An expected "no": a value, not an exception. Mapped to the screen or to HTTP once, at the edge.</summary>
public abstract record Refusal(string Code, string Message);

/// <summary>A field that cannot stay as it is.</summary>
/// <param name="Field">Path within the specification, for example <c>services[1].path</c>.</param>
/// <param name="Value">What was given.</param>
/// <param name="Message">What is wrong and what would work.</param>
public sealed record FieldError(string Field, string? Value, string Message);

public sealed record InvalidSpecification(IReadOnlyList<FieldError> Errors)
    : Refusal("invalid_specification", Errors.Count == 1 ? Errors[0].Message : $"{Errors.Count} fields need mending.");

public sealed record NotAllowed(string What) : Refusal("not_allowed", What);

public sealed record NotFound(string What) : Refusal("not_found", What);

public sealed record AlreadyDecided(string What) : Refusal("already_decided", What);

/// <summary>Either what a use case made, or why it would not.</summary>
public readonly record struct Outcome<T>(T? Value, Refusal? Refusal)
{
    public bool IsRefused => Refusal is not null;

    public static implicit operator Outcome<T>(T value) => new(value, null);

    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
