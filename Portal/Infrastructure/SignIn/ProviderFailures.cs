using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>A person whom the provider knows and who may not come in all the same.</summary>
internal sealed class SignInRefusedException(SignInFault fault, string reason) : Exception(reason)
{
    public SignInFault Fault { get; } = fault;
}

/// <summary>What went wrong on the way to the provider and back, classified once.</summary>
internal static class ProviderFailures
{
    public static SignInFault Classify(Exception? error) => error switch
    {
        SignInRefusedException refused => refused.Fault,
        _ when Causes(error).Any(cause => cause is SecurityTokenException || IsAboutTheToken(cause)) => SignInFault.Untrusted,
        _ when error is not null && IsAway(error) => SignInFault.Away,
        _ => SignInFault.Unfinished,
    };

    /// <summary>Nothing about a person: the provider could not be reached, or did not speak as one.</summary>
    public static bool IsAway(Exception error) => Causes(error).Any(cause => cause is HttpRequestException or IOException or TaskCanceledException or TimeoutException);

    public static string Reason(Exception error) => string.Join(" ← ", Causes(error).Select(cause => $"{cause.GetType().Name}: {cause.Message}"));

    public static Task TellAsync(HttpContext context, SignInFault fault) =>
        new RazorComponentResult<SignInFaultPage>(new { Fault = fault })
        {
            StatusCode = fault == SignInFault.Away ? StatusCodes.Status503ServiceUnavailable
                : fault == SignInFault.Unfinished ? StatusCodes.Status400BadRequest
                : StatusCodes.Status403Forbidden,
        }.ExecuteAsync(context);

    // The protocol validator's own messages (nonce, azp, missing claims); the same type says that the token endpoint refused a code.
    private static bool IsAboutTheToken(Exception error) => error is OpenIdConnectProtocolException && error.Message.StartsWith("IDX213", StringComparison.Ordinal);

    private static IEnumerable<Exception> Causes(Exception? error)
    {
        for (; error is not null; error = error.InnerException)
            yield return error;
    }
}
