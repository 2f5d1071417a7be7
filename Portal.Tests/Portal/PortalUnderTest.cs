using System.Net.Http.Headers;
using Portal.Tests.Fixtures;

namespace Portal.Tests;

/// <summary>The web host alone as a process, on a database of the test's own; nothing embedded starts.</summary>
internal sealed class PortalUnderTest : IAsyncDisposable
{
    private readonly ProgramUnderTest _program;

    private PortalUnderTest(ProgramUnderTest program, Uri address) => (_program, Address) = (program, address);

    public Uri Address { get; }

    public static async Task<PortalUnderTest> StartAsync(string connectionString, string environment)
    {
        var address = $"http://127.0.0.1:{ProgramUnderTest.FreePort()}";
        var program = ProgramUnderTest.Start(typeof(global::Portal.PortalApp), new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ASPNETCORE_ENVIRONMENT"] = environment,
            ["ConnectionStrings__Portal"] = connectionString,
            ["Portal__Targets__0__Name"] = "sandbox",
            ["Portal__Targets__0__AccountId"] = "000000000000",
            ["Portal__Targets__0__Region"] = "us-east-1",
            ["Portal__Targets__0__Pace"] = "60",
        }, "--urls", address);
        await program.WaitForLineAsync("Portal is ready");
        return new PortalUnderTest(program, new Uri(address));
    }

    /// <summary>Keeps cookies, follows no redirects, asks for HTML.</summary>
    public HttpClient Client()
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        return client;
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
