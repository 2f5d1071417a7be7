using System.Net;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Infrastructure.Hosting;

public sealed class JobsDashboardTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string Path = "/operations/jobs";
    private const string Delete = Path + "/jobs/enqueued/delete";

    [Fact]
    public async Task Jobs_ByRole_AreShownToOpsAndChangedByAdministratorsOnly()
    {
        await using var portal = await PortalUnderTest.StartAsync(postgres.ConnectionString, "Development");
        using var stranger = portal.Client();
        using var engineer = await portal.SignInAsync("engineer");
        using var ops = await portal.SignInAsync("ops");
        using var admin = await portal.SignInAsync("admin");

        (await stranger.GetAsync(Path)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await engineer.GetAsync(Path)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var shown = await ops.GetAsync(Path);
        shown.StatusCode.ShouldBe(HttpStatusCode.OK);
        shown.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("style-src 'self' 'unsafe-inline'");
        (await ops.GetAsync("/requests")).Headers.GetValues("Content-Security-Policy").Single().ShouldNotContain("style-src 'self' 'unsafe-inline'");
        (await shown.Content.ReadAsStringAsync()).ShouldNotContain("Password", Case.Insensitive);
        (await PostAsync(ops)).ShouldBe(HttpStatusCode.Unauthorized);
        (await PostAsync(admin)).ShouldBe(HttpStatusCode.NoContent);
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient browser)
    {
        var page = await (await browser.GetAsync(Path + "/jobs/enqueued")).Content.ReadAsStringAsync();
        const string before = "\"csrf-token\" content=\"";
        var from = page.IndexOf(before, StringComparison.Ordinal);
        from.ShouldBeGreaterThan(0, page);
        from += before.Length;
        using var request = new HttpRequestMessage(HttpMethod.Post, Delete) { Content = new FormUrlEncodedContent([new("jobs[]", "4711")]) };
        request.Headers.Add("RequestVerificationToken", page[from..page.IndexOf('"', from)]);
        return (await browser.SendAsync(request)).StatusCode;
    }
}
