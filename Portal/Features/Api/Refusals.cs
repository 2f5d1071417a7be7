using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Drafts;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Core.Tokens;
using Portal.Infrastructure.Hosting;
using Portal.Infrastructure.Live;

namespace Portal.Features.Api;

/// <summary>A value in the address, a header or a body that cannot be read.</summary>
public sealed record Unreadable(IReadOnlyList<FieldError> Errors) : Refusal("unreadable", Errors[0].Message)
{
    public Unreadable(string field, string? value, string message) : this([new FieldError(field, value, message)])
    {
    }
}

/// <summary>The one place that says which status a refusal has.</summary>
internal static class Refusals
{
    public static int StatusOf(Refusal refusal) => refusal switch
    {
        Unreadable => StatusCodes.Status400BadRequest,
        TooLarge or DraftTooLong => StatusCodes.Status413PayloadTooLarge,
        NotAllowed => StatusCodes.Status403Forbidden,
        NotFound => StatusCodes.Status404NotFound,
        PlanChanged or VersionChanged or RequestRevised or DraftChanged or DraftGone => StatusCodes.Status412PreconditionFailed,
        InvalidSpecification or UnreadableSpecification or ConfirmationMissing or CommentMissing or NothingSaid or ReasonMissing or InvalidDelegation => StatusCodes.Status422UnprocessableEntity,
        KeyUsed => StatusCodes.Status422UnprocessableEntity,
        DatabaseAway => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status409Conflict,
    };

    public static Problem ToProblem(this Refusal refusal) => Problems.Of(StatusOf(refusal), refusal.Code, refusal.Message, refusal switch
    {
        InvalidSpecification { Errors: var errors } => errors,
        UnreadableSpecification { Errors: var errors } => errors,
        Unreadable { Errors: var errors } => errors,
        InvalidDelegation { Error: var error } => [error],
        _ => null,
    });

    /// <summary>The problem, or what is made of the value.</summary>
    public static IResult ToResult<T>(this Outcome<T> outcome, Func<T, IResult> make) => outcome.Refusal is { } refusal ? refusal.ToResult() : make(outcome.Value!);

    public static IResult ToResult<T>(this Outcome<T> outcome) => outcome.ToResult(value => TypedResults.Ok(value));

    public static IResult ToResult(this Refusal refusal)
    {
        var problem = refusal.ToProblem();
        return TypedResults.Json(problem, contentType: Problems.ContentType, statusCode: problem.Status);
    }
}
