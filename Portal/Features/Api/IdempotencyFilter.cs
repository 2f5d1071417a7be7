using System.Security.Cryptography;
using System.Text;
using Portal.Core.Tokens;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Api;

/// <summary>A request with an Idempotency-Key is carried out once, however often it is sent; who sends it again is answered what the first was.</summary>
internal sealed class IdempotencyFilter(IdempotencyKeys keys) : IEndpointFilter
{
    public const string Header = "Idempotency-Key";
    public const string Replayed = "Idempotency-Replayed";

    private const int MostKey = 200;

    /// <summary>The same for the same key, so that what is filed with it is filed once even where the answer got lost with the process.</summary>
    public static Guid IdOf(HttpContext context) => context.Request.Headers[Header] is [{ Length: > 0 } key]
        ? new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{TokenHandler.HolderOf(context).Actor.Subject}\n{key}")).AsSpan(0, 16))
        : Guid.CreateVersion7();

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        if (context.Request.Headers[Header] is { Count: 0 })
            return await next(invocation);
        if (context.Request.Headers[Header] is not [{ Length: > 0 and <= MostKey } key] || !key.All(letter => letter is > ' ' and < '\x7f'))
            return new Unreadable(Header, null, $"{Header} has to be one text of 1 to {MostKey} letters of ASCII.").ToResult();
        byte[] body;
        try
        {
            body = await ReadAsync(context);
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return new TooLarge().ToResult();
        }

        var owner = TokenHandler.HolderOf(context).Actor.Subject;
        var began = await keys.BeginAsync(owner, key, Asked(context.Request, body), context.RequestAborted);
        if (began.Refusal is { } refusal)
        {
            if (refusal is KeyInUse)
                context.Response.Headers.RetryAfter = "2";
            return refusal.ToResult();
        }

        if (began.Value is { } kept)
            return new Replay(kept);
        KeptAnswer? answer = null;
        try
        {
            answer = await CarryOutAsync(context, (IResult)(await next(invocation))!);
        }
        finally
        {
            // Whether or not whoever asked is still there.
            await keys.EndAsync(owner, key, answer is { Status: < StatusCodes.Status500InternalServerError } ? answer : null, CancellationToken.None);
        }

        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
        return Results.Empty;
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var bytes = body.ToArray();
        context.Request.Body = new MemoryStream(bytes);
        return bytes;
    }

    private static byte[] Asked(HttpRequest request, byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{request.Path}\n{request.QueryString}\n{request.ContentType}\n{request.Headers.IfMatch}\n"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    private static async Task<KeptAnswer> CarryOutAsync(HttpContext context, IResult result)
    {
        var (response, wire) = (context.Response, context.Response.Body);
        using var buffer = new MemoryStream();
        response.Body = buffer;
        try
        {
            await result.ExecuteAsync(context);
        }
        finally
        {
            response.Body = wire;
        }

        return new KeptAnswer(response.StatusCode, response.ContentType, response.Headers.Location, response.Headers.ETag, buffer.ToArray());
    }

    private sealed class Replay(KeptAnswer kept) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = kept.Status;
            response.ContentType = kept.ContentType;
            response.Headers[Replayed] = "true";
            if (kept.Location is { } location)
                response.Headers.Location = location;
            if (kept.ETag is { } tag)
                response.Headers.ETag = tag;
            await response.Body.WriteAsync(kept.Body, httpContext.RequestAborted);
        }
    }
}
