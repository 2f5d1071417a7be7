using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Portal.Features.SignIn;

namespace Portal.Infrastructure.SignIn;

/// <summary>Sign-ins are limited by address, so that nobody guesses or floods, and in total, so that many together do not either.</summary>
internal static class SignInRates
{
    // What makes or ends sessions, or asks the provider.
    private static readonly PathString[] s_limited = [PersonaSignIn.Path, "/sign-out/back-channel", ProviderSignIn.CallbackPath, ProviderSignIn.SignedOutCallbackPath];

    public static void AddSignInRates(this IServiceCollection services)
    {
        services.AddRateLimiter(limiter => limiter.OnRejected = RefuseAsync);
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<SignInOptions>>((limiter, options) =>
        {
            var limits = options.Value.Limits;
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                By(context => Network(context.Connection.RemoteIpAddress), limits.PerAddress),
                By(_ => "all", limits.Total));
        });
    }

    private static PartitionedRateLimiter<HttpContext> By(Func<HttpContext, string> partition, int limit) => PartitionedRateLimiter.Create<HttpContext, string>(context =>
        Array.Exists(s_limited, path => context.Request.Path.Equals(path, StringComparison.OrdinalIgnoreCase))
            ? RateLimitPartition.GetFixedWindowLimiter(partition(context), _ => new FixedWindowRateLimiterOptions { PermitLimit = limit, Window = TimeSpan.FromMinutes(1) })
            : RateLimitPartition.GetNoLimiter(""));

    /// <summary>Who has one IPv6 address has its whole /64.</summary>
    private static string Network(IPAddress? address)
    {
        if (address is null)
            return "";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private static async ValueTask RefuseAsync(OnRejectedContext context, CancellationToken cancellationToken)
    {
        var response = context.HttpContext.Response;
        response.Headers.RetryAfter = "60";
        await new RazorComponentResult<SignInFaultPage>(new { Fault = SignInFault.TooMany }) { StatusCode = StatusCodes.Status429TooManyRequests }.ExecuteAsync(context.HttpContext);
    }
}
