using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Steps.Probes;

/// <summary>Over HTTP, as everybody.</summary>
internal sealed class HttpFrontDoor : IFrontDoor, IDisposable
{
    private static readonly HttpRequestOptionsKey<string> s_connectTo = new(nameof(Doorway.DomainTarget));

    // API Gateway itself gives up after 29 seconds. A connection is kept no longer than a domain's target may take to be another one.
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectCallback = ConnectAsync,
    })
    { Timeout = TimeSpan.FromSeconds(35) };

    public async Task<DoorAnswer> AskAsync(AwsTarget target, Doorway doorway, string method, string path, CancellationToken cancellationToken)
    {
        var host = doorway.Domain ?? $"{doorway.Api}.execute-api.{target.Region}.{(target.Region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com")}";
        // One address for all services: the host that is asked for tells which API is meant.
        var server = target.EndpointUrl is { } endpoint ? new Uri(endpoint) : new Uri($"https://{host}");
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server, $"/{doorway.Stage}{path}"));
        if (doorway.DomainTarget is { } connectTo && target.EndpointUrl is null)
            request.Options.Set(s_connectTo, connectTo);
        request.Headers.Host = host;
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("portal-probe", null));
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return new DoorAnswer((int)answer.StatusCode, Header(answer, "x-amzn-ErrorType"), Header(answer, "x-amzn-Remapped-Server") ?? Header(answer, "Server"));
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new StepFailedException("front_door_unreachable", $"The API's address {host} does not answer: {error.Message.TrimEnd('.')}.", canRetry: true, error);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>To a domain's target, whatever DNS says of the domain. TLS is the domain's: it names it, and its certificate has to be for it.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        EndPoint to = context.InitialRequestMessage.Options.TryGetValue(s_connectTo, out var host) ? new DnsEndPoint(host, context.DnsEndPoint.Port) : context.DnsEndPoint;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
