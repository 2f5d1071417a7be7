using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Portal.Tests.Worker;

/// <summary>A real HTTP server on a free port that answers as the test says and remembers what it was asked.</summary>
public sealed class StubServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StubServer(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = new("http://unset");

    public ConcurrentQueue<StubRequest> Requests { get; } = new();

    public static async Task<StubServer> StartAsync(Func<StubRequest, HttpResponse, Task> answer, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            if (certificate is not null)
                endpoint.UseHttps(certificate);
        }));
        var app = builder.Build();
        var stub = new StubServer(app);
        app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var request = new StubRequest(
                context.Request.Method,
                context.Request.Path + context.Request.QueryString,
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                await reader.ReadToEndAsync(context.RequestAborted));
            stub.Requests.Enqueue(request);
            await answer(request, context.Response);
        });
        await app.StartAsync();
        stub.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return stub;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}

public sealed record StubRequest(string Method, string PathAndQuery, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>A field of a form body, decoded; null where it was not sent.</summary>
    public string? Field(string name) =>
        Body.Split('&').Select(pair => pair.Split('=', 2)).Where(pair => WebUtility.UrlDecode(pair[0]) == name).Select(pair => WebUtility.UrlDecode(pair[1])).FirstOrDefault();
}
