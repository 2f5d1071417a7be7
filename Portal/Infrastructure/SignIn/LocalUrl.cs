namespace Portal.Infrastructure.SignIn;

/// <summary>Where to go after signing in: a path within this site, whatever was asked for.</summary>
internal static class LocalUrl
{
    public const string Home = "/";

    private const int MaxLength = 2000;
    private static readonly Uri s_here = new("http://here.invalid");

    /// <returns>The address, escaped as a header wants it; <see cref="Home"/> for everything that is not plainly a path of ours.</returns>
    public static string Of(string? url)
    {
        if (url is not ['/', ..] || url.Length > MaxLength || !IsPlain(url) || !IsPlain(Uri.UnescapeDataString(url)))
            return Home;
        return Uri.TryCreate(s_here, url, out var full) && full.Host == s_here.Host && full.Scheme == s_here.Scheme
            ? full.GetComponents(UriComponents.PathAndQuery | UriComponents.Fragment, UriFormat.UriEscaped)
            : Home;
    }

    /// <summary>Browsers take "//" and "/\" for another host and drop control characters before they look.</summary>
    private static bool IsPlain(string url) =>
        !url.StartsWith("//", StringComparison.Ordinal) && !url.Contains('\\') && !url.Any(char.IsControl);
}
