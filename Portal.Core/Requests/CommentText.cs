using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>What people write about a request: the reason of a decision, a question, an answer.</summary>
public static class CommentText
{
    /// <summary>Characters.</summary>
    public const int MaxLength = 2000;

    /// <returns>Without what cannot be kept; null where nothing is left.</returns>
    public static string? Clean(string? text) => PlainText.Clean(text ?? "", keepLines: true).Trim() is { Length: > 0 } said ? said : null;

    /// <returns>Null where it is short enough.</returns>
    public static Refusal? TooLong(string? text) => text?.Length > MaxLength
        ? new InvalidSpecification([new FieldError("comment", null, $"The comment has {text.Length} characters; {MaxLength} at most.")])
        : null;
}
