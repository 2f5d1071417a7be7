using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Portal.Core.Tokens;
using Portal.Infrastructure.Hosting;

namespace Portal.Features.Api;

/// <summary>Section <c>Portal:Api</c>.</summary>
public sealed class ApiOptions
{
    public const string Section = "Portal:Api";

    /// <summary>Of one token and portal.</summary>
    public int RequestsPerMinute { get; init; } = 600;

    /// <summary>That one token and portal may have open at once.</summary>
    public int Streams { get; init; } = 20;
}

internal sealed class ApiOptionsValidator : IValidateOptions<ApiOptions>
{
    public ValidateOptionsResult Validate(string? name, ApiOptions options)
    {
        var faults = new List<string>();
        if (options.RequestsPerMinute is < 1 or > 1_000_000)
            faults.Add($"Portal__Api__RequestsPerMinute is {options.RequestsPerMinute}; it has to be from 1 to 1000000.");
        if (options.Streams is < 1 or > 10_000)
            faults.Add($"Portal__Api__Streams is {options.Streams}; it has to be from 1 to 10000.");
        return faults.Count > 0 ? ValidateOptionsResult.Fail(faults) : ValidateOptionsResult.Success;
    }
}

/// <summary>How often one token may ask. After authorization, so that it is known whose request it is and who has no token takes nobody's place.</summary>
internal static class ApiRates
{
    public static void UsePortalApiRates(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<ApiOptions>>().Value;
        app.UseRateLimiter(new RateLimiterOptions
        {
            GlobalLimiter = PartitionedRateLimiter.CreateChained(Requests(options), Streams(options)),
            OnRejected = RefuseAsync,
        });
    }

    private static PartitionedRateLimiter<HttpContext> Requests(ApiOptions options) => PartitionedRateLimiter.Create<HttpContext, Guid>(context =>
        context.Features.Get<TokenHolder>() is { TokenId: var token }
            ? RateLimitPartition.GetTokenBucketLimiter(token, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = options.RequestsPerMinute,
                TokensPerPeriod = options.RequestsPerMinute,
                ReplenishmentPeriod = TimeSpan.FromMinutes(1),
            })
            : RateLimitPartition.GetNoLimiter(Guid.Empty));

    private static PartitionedRateLimiter<HttpContext> Streams(ApiOptions options) => PartitionedRateLimiter.Create<HttpContext, Guid>(context =>
        context.Features.Get<TokenHolder>() is { TokenId: var token } && context.Request.Path.Value?.EndsWith("/stream", StringComparison.OrdinalIgnoreCase) == true
            ? RateLimitPartition.GetConcurrencyLimiter(token, _ => new ConcurrencyLimiterOptions { PermitLimit = options.Streams })
            : RateLimitPartition.GetNoLimiter(Guid.Empty));

    private static async ValueTask RefuseAsync(OnRejectedContext context, CancellationToken cancellationToken)
    {
        var seconds = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 10;
        context.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await Problems.WriteAsync(
            context.HttpContext, StatusCodes.Status429TooManyRequests, "too_many_requests", $"This token asks too often, or has too many streams open. Ask again in {seconds} s.");
    }
}
