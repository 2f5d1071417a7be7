using System.Net;
using System.Net.Http.Json;
using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Portal.Emulator;

namespace Portal.Tests.Emulator.Aws;

/// <summary>The emulator as it runs, with AWS's own client in front of it.</summary>
public sealed class EndpointTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly HttpClient _http = new();
    private WebApplication _app = null!;
    private string _url = "";

    public async Task InitializeAsync()
    {
        _app = Build("http://127.0.0.1:0", _folder);
        await EmulatorApp.StartAsync(_app);
        _url = _app.Urls.First(url => url.StartsWith("http://", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sts_ThroughTheSdk_KnowsTheCallerAndTheRoleItTakesOn()
    {
        using var sts = Client("portal-local", "portal-local-secret");
        (await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest())).Arn.ShouldBe("arn:aws:iam::000000000000:user/portal");
        var role = await sts.AssumeRoleAsync(new AssumeRoleRequest { RoleArn = "arn:aws:iam::000000000000:role/portal", RoleSessionName = "run-1" });
        using var assumed = new AmazonSecurityTokenServiceClient(role.Credentials, Config());
        (await assumed.GetCallerIdentityAsync(new GetCallerIdentityRequest())).Arn.ShouldBe("arn:aws:sts::000000000000:assumed-role/portal/run-1");
        var refused = await Should.ThrowAsync<AmazonServiceException>(() => sts.AssumeRoleAsync(new AssumeRoleRequest { RoleArn = "arn:aws:iam::111111111111:role/portal", RoleSessionName = "run-1" }));
        (refused.ErrorCode, refused.StatusCode).ShouldBe(("AccessDenied", HttpStatusCode.Forbidden));
    }

    [Theory]
    [InlineData("portal-local", "wrong", "SignatureDoesNotMatch")]
    [InlineData("nobody", "portal-local-secret", "InvalidClientTokenId")]
    public async Task Sts_WrongKeys_AreRefusedWithAwsCodes(string key, string secret, string code)
    {
        using var sts = Client(key, secret);
        var error = await Should.ThrowAsync<AmazonServiceException>(() => sts.GetCallerIdentityAsync(new GetCallerIdentityRequest()));
        (error.ErrorCode, error.StatusCode).ShouldBe((code, HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task Any_RequestWithoutASignature_IsRefused()
    {
        var answer = await _http.PostAsync(_url, new FormUrlEncodedContent([new("Action", "DescribeStacks")]));
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("<Code>MissingAuthenticationToken</Code>");
    }

    [Fact]
    public async Task Administration_LedgerAndFaults_AnswerWithoutASignature()
    {
        using var sts = Client("portal-local", "portal-local-secret");
        await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest());
        await sts.GetCallerIdentityAsync(new GetCallerIdentityRequest());
        var first = await _http.GetAsync($"{_url}/_emulator/ledger?kind=request&service=sts&limit=1");
        (await first.Content.ReadAsStringAsync()).ShouldContain("GetCallerIdentity");
        var after = first.Headers.GetValues("X-Next-After").Single();
        (await _http.GetStringAsync($"{_url}/_emulator/ledger?kind=request&service=sts&after={after}")).Split("GetCallerIdentity").Length.ShouldBe(2);
        (await _http.PostAsJsonAsync($"{_url}/_emulator/faults", new { type = "AWS::KMS::Key", nth = 1, reason = "no" })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await _http.PostAsJsonAsync($"{_url}/_emulator/faults", new { type = "AWS::Foo", nth = 1, reason = "no" })).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await _http.GetStringAsync($"{_url}/health/ready")).ShouldBe("ready");
    }

    [Fact]
    public async Task Start_PortInUse_IsOneSentenceWithTheRemedy()
    {
        using var folder = new TestFolder();
        await using var second = Build(_url, folder);
        var error = await Should.ThrowAsync<EmulatorStartException>(() => EmulatorApp.StartAsync(second));
        error.Message.ShouldContain("Emulator__Url");
    }

    [Fact]
    public async Task Start_DataFolderInUse_IsOneSentenceWithTheRemedy()
    {
        var error = await Should.ThrowAsync<EmulatorStartException>(async () =>
        {
            await using var second = Build("http://127.0.0.1:0", _folder);
            await EmulatorApp.StartAsync(second);
        });
        error.Message.ShouldContain("Emulator__DataFolder");
    }

    [Fact]
    public void Build_WrongConfiguration_NamesEveryFault()
    {
        var error = Should.Throw<EmulatorStartException>(() => EmulatorApp.Build(["--urls", "ftp://x"], configuration => configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Emulator:ClockScale"] = "0",
            ["Emulator:AccountId"] = "1",
            ["Templates:Path"] = _folder.Templates,
        })));
        error.Message.Split(Environment.NewLine).Length.ShouldBe(3);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private static WebApplication Build(string url, TestFolder folder) => EmulatorApp.Build(["--urls", url], configuration => configuration.AddInMemoryCollection(new Dictionary<string, string?>
    {
        ["Emulator:KubernetesUrl"] = "https://127.0.0.1:0",
        ["Emulator:DataFolder"] = folder.Data,
        ["Templates:Path"] = folder.Templates,
    }));

    private AmazonSecurityTokenServiceClient Client(string key, string secret) => new(key, secret, Config());

    private AmazonSecurityTokenServiceConfig Config() => new() { ServiceURL = _url, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0 };
}
