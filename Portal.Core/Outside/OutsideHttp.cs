using System.Net.Sockets;
using Microsoft.Security.AntiSSRF;

namespace Portal.Core.Outside;

/// <summary>
/// The way to call an address that somebody wrote down. It goes to public addresses only: whoever could have us call a private one would see
/// with our eyes (an account's metadata, a neighbour without a password). Names are resolved at the connection itself, and what they resolve to
/// there is what is checked and called, each of the addresses, so that a name which answers differently the next time is no way round it.
/// </summary>
public static class OutsideHttp
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5);

    // A name that has moved is found again, and checked again.
    private static readonly TimeSpan ConnectionAge = TimeSpan.FromMinutes(2);

    /// <param name="redirects">How many are followed, each checked as the first address was; 0 for none.</param>
    /// <remarks>What it may not call is an <see cref="AntiSSRFException"/>; a connection that fails is an exception of the socket's, not of HTTP's.</remarks>
    public static HttpMessageHandler Handler(OutsideOptions options, int redirects = 0)
    {
        var policy = new AntiSSRFPolicy(PolicyConfigOptions.ExternalOnlyLatest) { AllowPlainTextHttp = options.AllowHttp };
        policy.AddAllowedAddresses([.. options.AllowedAddresses]);
        var handler = policy.GetHandler();
        handler.AllowAutoRedirect = redirects > 0;
        if (redirects > 0)
            handler.MaxAutomaticRedirections = redirects;
        handler.UseCookies = false;
        handler.ConnectTimeout = ConnectPatience;
        handler.PooledConnectionLifetime = ConnectionAge;
        return handler;
    }

    /// <summary>Why a call failed, in words that name no address's secrets; null for what is no failure of the way there.</summary>
    public static string? InWords(Exception error) => error switch
    {
        // .NET asks for the addresses of no unspecified one.
        AntiSSRFException or ArgumentException => "it is, or leads to, an address that is not public, or not https",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "its name is not known",
        SocketException => "it does not answer",
        HttpRequestException { InnerException: System.Security.Authentication.AuthenticationException } or System.Security.Authentication.AuthenticationException => "its certificate is not trusted",
        HttpRequestException or IOException => "the connection broke",
        OperationCanceledException => "it did not answer in time",
        _ => null,
    };
}
