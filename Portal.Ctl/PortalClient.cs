using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Ctl;

/// <summary>A refusal of the portal's, as problem details have it.</summary>
internal sealed record Problem(int Status, string Code, string Detail, IReadOnlyList<string> Errors)
{
    public CommandException ToException() => new(
        Status is 401 or 403 ? ExitCodes.NotAllowed : Status >= 500 ? ExitCodes.Unreachable : ExitCodes.Refused,
        Errors.Count > 1 ? $"{Detail}\n{string.Join('\n', Errors.Select(error => $"  {error}"))}" : Detail);
}

internal sealed record Answer(JsonNode? Body, string Text, string? ETag, Problem? Problem)
{
    /// <exception cref="CommandException">The portal said no.</exception>
    public JsonNode Value => Problem is null ? Body! : throw Problem.ToException();
}

/// <summary>The portal's API. What does not get through is sent again, under the same key, so that it happens once.</summary>
internal sealed class PortalClient(HttpClient http, Uri address, string token, TimeProvider clock)
{
    private const int Tries = 5;

    public Task<Answer> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, null, null, null, cancellationToken);

    /// <summary>What is too long to be held, as it comes. What breaks off is not begun anew: half of it has gone its way.</summary>
    public async Task CopyAsync(string path, TextWriter to, CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, path);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw ToProblem(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken)).ToException();
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
            var buffer = new char[32 * 1024];
            while (await reader.ReadAsync(buffer, cancellationToken) is var read and > 0)
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            throw Unreachable(error.Message);
        }
    }

    public Task<Answer> PostAsync(string path, JsonNode? body, CancellationToken cancellationToken, string? ifMatch = null) =>
        SendAsync(HttpMethod.Post, path, body?.ToJsonString(), body is null ? null : "application/json", Guid.NewGuid().ToString("N"), ifMatch, cancellationToken);

    /// <param name="key">Of whoever calls: sent again with the same, it is done once.</param>
    public Task<Answer> PostYamlAsync(string path, string yaml, string? key, CancellationToken cancellationToken, string? ifMatch = null) =>
        SendAsync(HttpMethod.Post, path, yaml, "application/yaml", key ?? Guid.NewGuid().ToString("N"), ifMatch, cancellationToken);

    /// <summary>Events as they come: number, kind and data. Goes on where it was cut off; ends where the portal ends it.</summary>
    public async IAsyncEnumerable<(long Number, string Kind, JsonNode Data)> WatchAsync(string path, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            var enumerator = OnceAsync(path, after, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using var closing = enumerator;
            var ended = false;
            while (true)
            {
                try
                {
                    if (!await enumerator.MoveNextAsync())
                        break;
                    failures = 0;
                }
                catch (Exception error) when (error is HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
                {
                    if (++failures > Tries)
                        throw Unreachable(error.Message);
                    break;
                }

                if (enumerator.Current.Kind == "end")
                {
                    ended = true;
                    break;
                }

                after = enumerator.Current.Number;
                yield return enumerator.Current;
            }

            if (ended)
                yield break;
            await Task.Delay(TimeSpan.FromSeconds(1), clock, cancellationToken);
        }
    }

    private async IAsyncEnumerable<(long Number, string Kind, JsonNode Data)> OnceAsync(string path, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = Request(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{path}?after={after}"));
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
            throw ToProblem(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken)).ToException();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var (number, kind) = (after, "");
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                number = long.Parse(line[4..], CultureInfo.InvariantCulture);
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
                kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                yield return (number, kind, JsonNode.Parse(line[6..])!);
        }
    }

    private async Task<Answer> SendAsync(HttpMethod method, string path, string? body, string? type, string? key, string? ifMatch, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = Request(method, path);
            if (body is not null)
                request.Content = new StringContent(body, Encoding.UTF8, type!);
            if (key is not null)
                request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
            if (ifMatch is not null)
                request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            try
            {
                using var response = await http.SendAsync(request, cancellationToken);
                var text = await response.Content.ReadAsStringAsync(cancellationToken);
                if (response.IsSuccessStatusCode)
                    return new Answer(response.Content.Headers.ContentType?.MediaType == "application/json" ? JsonNode.Parse(text) : null, text, response.Headers.ETag?.ToString(), null);
                var problem = ToProblem(response.StatusCode, text);
                if (attempt == Tries || !(response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests || problem.Code == "key_in_use"))
                    return new Answer(null, text, null, problem);
                await Task.Delay(response.Headers.RetryAfter?.Delta is { } after && after < TimeSpan.FromMinutes(2) ? after : TimeSpan.FromSeconds(attempt), clock, cancellationToken);
            }
            catch (HttpRequestException error)
            {
                if (attempt == Tries)
                    throw Unreachable(error.Message);
                await Task.Delay(TimeSpan.FromSeconds(attempt), clock, cancellationToken);
            }
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path) =>
        new(method, new Uri(address, $"api/v1{path}")) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };

    private CommandException Unreachable(string why) => new(ExitCodes.Unreachable, $"{address} does not answer: {why}");

    private static Problem ToProblem(HttpStatusCode status, string text)
    {
        try
        {
            if (JsonNode.Parse(text) is JsonObject problem && problem["detail"] is { } detail)
            {
                return new Problem(
                    (int)status, problem["code"]?.ToString() ?? "", detail.ToString(),
                    [.. (problem["errors"] as JsonArray ?? []).Select(error => $"{error!["field"]}: {error["message"]}")]);
            }
        }
        catch (JsonException)
        {
            // Not a portal's own words.
        }

        return new Problem((int)status, "", $"It was answered {(int)status} without a reason. Is this the address of a portal?", []);
    }
}
