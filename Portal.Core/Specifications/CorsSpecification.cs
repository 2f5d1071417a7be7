namespace Portal.Core.Specifications;

/// <summary>
/// Which web pages may call a service from a browser, and how. The API answers the browser's question before a call, and puts the headers on
/// its own refusals; the service puts them on its own answers, which pass the API unchanged.
/// </summary>
public sealed record CorsSpecification
{
    public const string Everywhere = "*";

    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    private static readonly string[] s_headers = ["Authorization", "Content-Type", "X-Api-Key"];

    /// <summary>Scheme and host of the pages, for example <c>https://shop.example.com</c>; <c>*</c> alone for all.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Empty for all.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Headers of requests; empty for Authorization, Content-Type and X-Api-Key.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Whether the browser sends cookies and shows the answer to the page.</summary>
    public bool Credentials { get; init; }

    /// <summary>Seconds that a browser may keep the answer.</summary>
    public int MaxAge { get; init; } = 600;

    /// <summary><see cref="Methods"/>, or what they are where none is named.</summary>
    public IReadOnlyList<string> MethodsOrAll() => Methods.Count > 0 ? Methods : s_methods;

    /// <summary><see cref="Headers"/>, or what they are where none is named.</summary>
    public IReadOnlyList<string> HeadersOrUsual() => Headers.Count > 0 ? Headers : s_headers;
}
