using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Portal.Emulator.Aws.Faults;
using Portal.Emulator.Aws.Signing;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws;

/// <summary>Takes every request to the AWS port: verifies it, hands it to the service its signature is scoped to, answers in that service's protocol.</summary>
internal sealed class AwsEndpoint(
    IEnumerable<IAwsService> services, RequestVerifier verifier, FaultPlan faults, ILedger ledger, IHostApplicationLifetime lifetime, ILogger<AwsEndpoint> logger)
{
    private readonly Dictionary<string, IAwsService> _services = services.ToDictionary(service => service.SigningName);

    public async Task HandleAsync(HttpContext context)
    {
        var id = Guid.NewGuid().ToString();
        var signed = await ReadAsync(context.Request, context.RequestAborted);
        // Whoever waits for a message is not what a stop waits for.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var response = await AnswerAsync(signed, id, over.Token);
        if (response is null)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = response.Status;
        if (response.ContentType.Length > 0)
            context.Response.ContentType = response.ContentType;
        context.Response.Headers["x-amzn-RequestId"] = id;
        foreach (var (name, value) in response.Headers)
            context.Response.Headers[name] = value;
        response.Write(context.Response.BodyWriter);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <returns>Null where a fault drops the connection, or nobody waits for the answer any more.</returns>
    private async Task<AwsResponse?> AnswerAsync(SignedRequest signed, string id, CancellationToken cancellationToken)
    {
        var scope = signed.ReadClaim()?.Scope;
        if (scope is not null && !_services.ContainsKey(scope.Service))
            return AwsErrors.Answer(null, new AwsException("SignatureDoesNotMatch", $"Credential should be scoped to correct service; '{scope.Service}' is not served here.", 403), id);
        var service = scope is null ? null : _services[scope.Service];
        long? line = null;
        try
        {
            var caller = verifier.Verify(signed);
            var request = new AwsRequest(id, signed.Method, Uri.UnescapeDataString(signed.RawPath), Parameters(signed), caller) { Region = scope!.Region, Header = signed.Header, Body = signed.Body };
            line = ledger.Record("request", service!.SigningName, service.ActionOf(request), service.SubjectOf(request));
            var fault = faults.NextCall(service.SigningName, service.ActionOf(request));
            if (fault is { Kind: "drop", When: "before" })
                return null;
            if (fault is { Kind: "throttle" })
                throw RateLimits.Exceeded();
            if (fault is { Kind: "error" })
                throw Failure();
            var answer = await service.HandleAsync(request, cancellationToken);
            return fault is { Kind: "drop" } ? null : answer;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (SignatureException error)
        {
            return AwsErrors.Answer(service, SignatureErrors.For(error, service?.Protocol ?? AwsProtocol.Query), id);
        }
        catch (AwsException error)
        {
            if (line is { } asked)
                ledger.Refused(asked, error.Code);
            return AwsErrors.Answer(service, error, id);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A defect of the emulator; clients know what to do with AWS's own kind of it.
            logger.LogError(error, "Request {Id} to {Service} failed", id, service?.SigningName);
            return AwsErrors.Answer(service, Failure(), id);
        }
    }

    private static AwsException Failure() => new("InternalFailure", "The request processing has failed because of an unknown error, exception or failure.", 500);

    private static QueryParameters Parameters(SignedRequest signed)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in signed.Query)
            values[name] = value;
        if (signed.Header("content-type")?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true)
        {
            foreach (var (name, value) in SignatureV4.ParseQuery(Encoding.UTF8.GetString(signed.Body.Span).Replace('+', ' ')))
                values[name] = value;
        }

        return new QueryParameters(values);
    }

    private static async Task<SignedRequest> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        return new SignedRequest
        {
            Method = request.Method,
            RawPath = target[0],
            Query = SignatureV4.ParseQuery(target.Length > 1 ? target[1] : ""),
            Header = name => request.Headers.TryGetValue(name, out var values) ? string.Join(',', values.ToArray()) : null,
            Body = body.ToArray(),
        };
    }
}
