using System.Net;
using System.Net.Http.Headers;

namespace Portal.Tests.SignIn.Providers;

/// <summary>A browser without scripts: keeps cookies and goes where it is sent, at any host.</summary>
internal sealed class ProviderBrowser : IDisposable
{
    public const string InThePortal = "Connecting to the portal";

    private readonly HttpClient _client;

    public ProviderBrowser(Uri portal)
    {
        Portal = portal;
        _client = new HttpClient(new HttpClientHandler { CookieContainer = Cookies }) { BaseAddress = portal };
        _client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
    }

    public Uri Portal { get; }

    public CookieContainer Cookies { get; } = new();

    public HttpClient Client => _client;

    public async Task<Page> GoAsync(string address)
    {
        var response = await _client.GetAsync(address);
        return new Page(response.StatusCode, response.RequestMessage!.RequestUri!, await response.Content.ReadAsStringAsync(), response.Headers);
    }

    public async Task<Page> PostAsync(string address, params KeyValuePair<string, string>[] fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        var response = await _client.PostAsync(address, form);
        return new Page(response.StatusCode, response.RequestMessage!.RequestUri!, await response.Content.ReadAsStringAsync(), response.Headers);
    }

    /// <summary>Signs out as the button does.</summary>
    public async Task<Page> SignOutAsync(Page page) => await PostAsync("/sign-out", PortalUnderTest.FormToken(page.Text));

    public void Dispose() => _client.Dispose();
}

internal sealed record Page(HttpStatusCode Status, Uri Address, string Text, HttpResponseHeaders Headers);
