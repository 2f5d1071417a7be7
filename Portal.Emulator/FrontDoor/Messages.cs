namespace Portal.Emulator.FrontDoor;

/// <summary>A request to a stage, as API Gateway took it.</summary>
/// <param name="RawPath">Below the stage, as it was sent; begins with a slash.</param>
/// <param name="QueryString">As it was sent, with its question mark; empty without one.</param>
internal sealed record ApiRequest(
    string Id, string Api, string Stage, string Method, string RawPath, string QueryString,
    IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body, string SourceIp, string Host)
{
    /// <summary>Whether it came by API Gateway's own address, which an API may close.</summary>
    public bool IsByDefaultEndpoint { get; init; }

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public IReadOnlyList<string> Segments => RawPath.Split('/', StringSplitOptions.RemoveEmptyEntries);

    public IReadOnlyDictionary<string, string> Query
    {
        get
        {
            var query = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, values) in Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(QueryString))
                query[name] = values.ToString();
            return query;
        }
    }
}

/// <summary>A request on its way behind API Gateway, as the load balancer and the pods see it.</summary>
/// <param name="Target">Path and query, as they are on the wire.</param>
/// <param name="Body">As it is on the wire.</param>
internal sealed record BackendRequest(string Method, string Host, string Target, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body, string SourceIp)
{
    public string Path => Target.Split('?', 2)[0];

    public string QueryString => Target[Path.Length..];
}

internal sealed record ApiResponse(int Status, string ContentType, string Body)
{
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);
}

/// <summary>
/// API Gateway's own refusals, with the names, status codes and messages of its developer guide, "Gateway response types for API Gateway",
/// and the x-amzn-ErrorType it sends along.
/// </summary>
internal sealed class GatewayException(string responseType, int status, string message, string errorType) : Exception(message)
{
    public string ResponseType => responseType;

    public int Status => status;

    public string ErrorType => errorType;

    public static GatewayException UnknownRoute() =>
        new("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException");

    /// <summary>Of an API or a stage that is not there.</summary>
    public static GatewayException UnknownStage() => new("ACCESS_DENIED", 403, "Forbidden", "ForbiddenException");

    public static GatewayException Unauthorized() => new("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException");

    public static GatewayException ExpiredToken() => new("EXPIRED_TOKEN", 401, "The incoming token has expired", "UnauthorizedException");

    public static GatewayException AccessDenied() =>
        new("ACCESS_DENIED", 403, "User is not authorized to access this resource", "AccessDeniedException");

    /// <summary>An authorizer that cannot be asked.</summary>
    public static GatewayException BrokenAuthorizer() => new("AUTHORIZER_CONFIGURATION_ERROR", 500, "", "AuthorizerConfigurationException");

    public static GatewayException InvalidKey() => new("INVALID_API_KEY", 403, "Forbidden", "ForbiddenException");

    public static GatewayException Throttled() => new("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException");

    public static GatewayException QuotaExceeded() => new("QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException");

    public static GatewayException IntegrationFailed() => new("API_CONFIGURATION_ERROR", 500, "Internal server error", "InternalServerErrorException");

    public static GatewayException UnsupportedType() => new("UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type", "UnsupportedMediaTypeException");

    public static GatewayException TimedOut() => new("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException");

    public static GatewayException TooLarge() => new("REQUEST_TOO_LARGE", 413, "HTTP content length exceeded 10485760 bytes.", "RequestTooLargeException");
}
