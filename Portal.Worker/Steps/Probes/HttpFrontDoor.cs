using System.Net.Http.Headers;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Worker.Steps.Probes;

/// <summary>Over HTTP, as everybody.</summary>
internal sealed class HttpFrontDoor : IFrontDoor, IDisposable
{
    // API Gateway itself gives up after 29 seconds.
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = TimeSpan.FromSeconds(35) };

    public async Task<DoorAnswer> AskAsync(AwsTarget target, string api, string stage, string method, string path, CancellationToken cancellationToken)
    {
        var host = $"{api}.execute-api.{target.Region}.{(target.Region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com")}";
        // One address for all services: the host that is asked for tells which API is meant.
        var server = target.EndpointUrl is { } endpoint ? new Uri(endpoint) : new Uri($"https://{host}");
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server, $"/{stage}{path}"));
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

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.First() : null;
}
