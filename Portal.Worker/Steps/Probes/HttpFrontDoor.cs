using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Portal.Core.Inquiries;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Steps.Probes;

/// <summary>Over HTTP, as everybody.</summary>
internal sealed class HttpFrontDoor(TimeProvider clock) : IFrontDoor, IDisposable
{
    private static readonly HttpRequestOptionsKey<string> s_connectTo = new(nameof(Doorway.DomainTarget));

    // Counted from the headers on, for which the client's own limit stands.
    private static readonly TimeSpan s_bodyWithin = TimeSpan.FromSeconds(10);

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

    public async Task<DoorAnswer> AskAsync(AwsTarget target, Doorway doorway, DoorRequest request, int mostBody, CancellationToken cancellationToken)
    {
        var host = doorway.Domain ?? $"{doorway.Api}.execute-api.{target.Region}.{(target.Region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com")}";
        using var message = Message(target, doorway, host, request);
        var began = clock.GetTimestamp();
        try
        {
            using var answer = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            var (body, isCut) = mostBody == 0 ? (default, false) : await ReadAsync(answer.Content, mostBody, cancellationToken);
            return new DoorAnswer((int)answer.StatusCode, Header(answer, "x-amzn-ErrorType"), Header(answer, "x-amzn-Remapped-Server") ?? Header(answer, "Server"))
            {
                Headers = [.. answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated).SelectMany(header => header.Value.Select(value => new DoorHeader(header.Key, value)))],
                Body = body,
                IsCut = isCut,
                Took = clock.GetElapsedTime(began),
            };
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new StepFailedException("front_door_unreachable", $"The API's address {host} does not answer: {error.Message.TrimEnd('.')}.", canRetry: true, error);
        }
    }

    private static HttpRequestMessage Message(AwsTarget target, Doorway doorway, string host, DoorRequest request)
    {
        // One address for all services: the host that is asked for tells which API is meant.
        var server = target.EndpointUrl is { } endpoint ? new Uri(endpoint) : new Uri($"https://{host}");
        var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(server, $"/{doorway.Stage}{request.Path}"));
        if (doorway.DomainTarget is { } connectTo && target.EndpointUrl is null)
            message.Options.Set(s_connectTo, connectTo);
        message.Headers.Host = host;
        if (request.Body is { } body)
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        foreach (var header in request.Headers)
        {
            // What describes a body is kept apart from the rest, even of a request that has none.
            if (!message.Headers.TryAddWithoutValidation(header.Name, header.Value))
                (message.Content ??= new ByteArrayContent([])).Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        if (message.Headers.UserAgent.Count == 0)
            message.Headers.UserAgent.Add(new ProductInfoHeaderValue("portal-probe", null));
        return message;
    }

    /// <summary>What comes of a body in its time, and no more of it than is asked for.</summary>
    private async Task<(ReadOnlyMemory<byte> Body, bool IsCut)> ReadAsync(HttpContent content, int most, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(s_bodyWithin, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        // One more tells whether there is more.
        var buffer = new byte[most + 1];
        var read = 0;
        try
        {
            await using var stream = await content.ReadAsStreamAsync(either.Token);
            while (read < buffer.Length && await stream.ReadAsync(buffer.AsMemory(read), either.Token) is > 0 and var some)
                read += some;
        }
        catch (Exception error) when (error is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (buffer.AsMemory(0, Math.Min(read, most)), true);
        }

        return (buffer.AsMemory(0, Math.Min(read, most)), read > most);
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
