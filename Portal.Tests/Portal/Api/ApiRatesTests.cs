using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Portal.Core.Tokens;
using Portal.Features.Api;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Api;

/// <summary>How often a token may ask, in front of an endpoint that says yes to everything.</summary>
public sealed class ApiRatesTests
{
    [Fact]
    public async Task Token_ThatAsksTooOften_IsToldWhenToAskAgain_AndNobodyElse()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRateLimiter(_ => { });
        builder.Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(new ApiOptions { RequestsPerMinute = 3, Streams = 1 }));
        await using var app = builder.Build();
        app.Use((context, next) =>
        {
            if (Guid.TryParse(context.Request.Headers["X-Token"], out var token))
                context.Features.Set(new TokenHolder(token, ApiPortal.Person("ada", "Viewer")));
            return next(context);
        });
        app.UsePortalApiRates();
        app.Run(context => context.Response.WriteAsync("yes"));
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        var (one, other) = (Guid.NewGuid(), Guid.NewGuid());

        (await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AskAsync(one)))).ShouldAllBe(answer => answer.StatusCode == System.Net.HttpStatusCode.OK);
        var refused = await AskAsync(one);
        refused.StatusCode.ShouldBe(System.Net.HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 60);
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await AskAsync(other)).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        (await http.GetAsync("/")).StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);

        Task<HttpResponseMessage> AskAsync(Guid token) => http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/me") { Headers = { { "X-Token", token.ToString() } } });
    }
}
