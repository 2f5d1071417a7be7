using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Ctl;
using Portal.Tests.Api;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Ctl;

/// <summary>portalctl at a real portal, as a pipeline runs it.</summary>
[Collection(ApiCollection.Name)]
public sealed class CommandLineTests(ApiPortal portal) : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public async Task Pipeline_OfAPullRequest_MakesItsEnvironmentAndKeepsItAsTheFileSays()
    {
        var (asks, decides) = (await portal.TokenAsync(portal.Engineer, TokenScope.Destroy), await portal.TokenAsync(portal.Ops, TokenScope.Approve));
        await File.WriteAllTextAsync(_file, ApiPortal.Yaml("of-the-file"));
        string[] file = ["-f", _file, "--name", "pr-17", "--image", "web=nginx:pr-17", "--free-cidr"];

        var planned = await RunAsync(asks, ["plan", .. file]);
        planned.Code.ShouldBe(ExitCodes.Done, planned.Errors);
        planned.Output.ShouldStartWith("Makes pr-17");
        planned.Output.ShouldContain("To agree: 1 of Operations");

        var progress = new Lines();
        var running = RunAsync(asks, ["request", .. file, "--wait", "-o", "json"], progress);
        var number = (await progress.NextAsync("waits for", "has to agree yet")).Split(' ', ':')[1];
        (await RunAsync(decides, ["approve", number, "--comment", "fine"])).Code.ShouldBe(ExitCodes.Done);
        await progress.NextAsync("approved the request");
        var environment = (await portal.Stored.Get<Portal.Core.Environments.EnvironmentQueries>().FindAsync(portal.Ops, "pr-17", default))!.Value;
        await portal.Stored.FinishAsync(environment);

        var done = await running;
        done.Code.ShouldBe(ExitCodes.Done, done.Errors);
        JsonNode.Parse(done.Output)!["state"]!.GetValue<string>().ShouldBe("Ready");
        done.Errors.ShouldContain("pr-17 is ready");
        (await RunAsync(asks, ["get", "specification", "pr-17"])).Output.ShouldContain("nginx:pr-17");

        var again = await RunAsync(asks, ["request", .. file]);
        (again.Code, again.Errors).ShouldBe((ExitCodes.Done, $"It is so already: nothing would be created, changed or deleted.{Environment.NewLine}"));
        var changed = await RunAsync(asks, ["request", .. file[..4], "--image", "web=nginx:pr-17-2", "--free-cidr"]);
        changed.Output.ShouldContain("waits for a decision");
        var rejected = changed.Output.Split(' ')[1];
        (await RunAsync(decides, ["reject", rejected, "--comment", "not today"])).Code.ShouldBe(ExitCodes.Done);
        (await RunAsync(asks, ["get", "request", rejected])).Output.ShouldContain("Rejected");

        (await RunAsync(asks, ["destroy", "pr-17", "--confirm", "pr-18"])).Code.ShouldBe(ExitCodes.Refused);
        (await RunAsync(asks, ["destroy", "pr-17", "--confirm", "pr-17"])).Code.ShouldBe(ExitCodes.Done);
        (await RunAsync(asks, ["list", "environments", "--search", "pr-17"])).Output.ShouldContain("Ready");
    }

    [Fact]
    public async Task Watch_OfWhatFails_EndsWithItsReason()
    {
        var (_, environment) = await portal.Stored.ApproveAsync(ApiPortal.Small("ctl-fails"));
        await portal.Stored.FinishAsync(environment, OperationState.Failed);

        var watched = await RunAsync(await portal.TokenAsync(portal.Viewer), ["watch", "ctl-fails"]);

        watched.Code.ShouldBe(ExitCodes.Failed, watched.Errors);
    }

    [Fact]
    public async Task Rehearse_NobodyPlaysIt_IsWaitedForAndCancelled()
    {
        var asks = await portal.TokenAsync(portal.Engineer, TokenScope.Request);
        var client = new ApiClient(portal.Address, asks);
        var number = (await client.YamlAsync("/requests", ApiPortal.Yaml("ctl-rehearsed"))).ShouldBe(201).Json["number"]!.ToString();

        (await RunAsync(asks, ["rehearse", number, "--cancel"])).Code.ShouldBe(ExitCodes.Refused);
        (await RunAsync(asks, ["rehearse", number])).Code.ShouldBe(ExitCodes.Done);
        (await RunAsync(asks, ["rehearse", number, "--cancel"])).Code.ShouldBe(ExitCodes.Done);
        (await client.GetAsync($"/requests/{number}/rehearsals")).Json[0]!["state"]!.GetValue<string>().ShouldBe("Cancelled");
        (await RunAsync(asks, ["rehearse", number, "--wait", "--timeout", "0.001"])).Code.ShouldBe(ExitCodes.TimedOut);
    }

    [Fact]
    public async Task DriftAndAudit_TellAPipelineByTheirExitCodes()
    {
        var id = (await portal.ReadyAsync("ctl-drifts")).Environment.Id;
        var (asks, audits) = (await portal.TokenAsync(portal.Engineer, TokenScope.Request), await portal.TokenAsync(portal.Ops, TokenScope.Audit));
        var none = await RunAsync(asks, ["drift", "ctl-drifts"]);
        (none.Code, none.Errors).ShouldBe((ExitCodes.Done, $"Never compared with its plan: say --check.{Environment.NewLine}"));
        await portal.WriteAsync(
            """
            insert into drift_checks (environment_id, asked_at, asked_by, finished_at) values (@id, now(), 'Ada', now());
            insert into drifts (environment_id, step, resource, type, property, expected, found, found_at) values (@id, @step, 'Vpc', 'AWS::EC2::VPC', '/Tags', '1', null, now())
            """, new { id, step = StepNames.NetworkCore });

        var drifted = await RunAsync(asks, ["drift", "ctl-drifts"]);
        (drifted.Code, drifted.Output.Contains("Vpc /Tags: 1 -> nothing", StringComparison.Ordinal)).ShouldBe((ExitCodes.Failed, true), drifted.Output);
        (await RunAsync(asks, ["drift", "ctl-drifts", "--check", "--timeout", "0.02"])).Code.ShouldBe(ExitCodes.TimedOut);

        (await RunAsync(asks, ["audit", "export"])).Code.ShouldBe(ExitCodes.NotAllowed);
        var exported = await RunAsync(audits, ["audit", "export", "--environment", "ctl-drifts", "--system"]);
        (exported.Code, exported.Output.Split('\n')[0].Contains("\"environment\":\"ctl-drifts\"", StringComparison.Ordinal)).ShouldBe((ExitCodes.Done, true), exported.Output);
        (await RunAsync(audits, ["audit", "verify"])).Output.ShouldMatch("^All [0-9]+ entries are as they were written");
    }

    [Fact]
    public async Task Request_ThatNobodyDecides_IsNotWaitedForForEver()
    {
        await File.WriteAllTextAsync(_file, ApiPortal.Yaml("ctl-waits"));
        var asks = await portal.TokenAsync(portal.Engineer, TokenScope.Request);

        var waited = await RunAsync(asks, ["request", "-f", _file, "--wait", "--timeout", "0.02"]);

        waited.Code.ShouldBe(ExitCodes.TimedOut, waited.Errors);
    }

    [Fact]
    public async Task Arguments_AndTokensThatAreWrong_AreSaidWithAnExitCode()
    {
        await File.WriteAllTextAsync(_file, ApiPortal.Yaml("ctl-wrong").Replace("port: 80", "port: many", StringComparison.Ordinal));
        var reads = await portal.TokenAsync(portal.Engineer);
        var asks = await portal.TokenAsync(portal.Engineer, TokenScope.Request);

        (await RunAsync(asks, ["request"])).Code.ShouldBe(ExitCodes.Usage);
        (await RunAsync(asks, ["approve", "x"])).Code.ShouldBe(ExitCodes.Usage);
        (await RunAsync(asks, ["request", "-f", "/nowhere.yaml"])).Code.ShouldBe(ExitCodes.Usage);
        (await RunAsync(asks, ["plan", "-f", _file, "--url", "http://portal.example"])).Code.ShouldBe(ExitCodes.Usage);
        (await RunAsync(null, ["whoami"])).Code.ShouldBe(ExitCodes.NotAllowed);
        (await RunAsync("pt_none", ["whoami"])).Code.ShouldBe(ExitCodes.NotAllowed);
        (await RunAsync(reads, ["destroy", "x", "--confirm", "x"])).Code.ShouldBe(ExitCodes.NotAllowed);
        var refused = await RunAsync(asks, ["plan", "-f", _file]);
        refused.Code.ShouldBe(ExitCodes.Refused);
        refused.Errors.ShouldContain("services[0].port is 'many'");
        (await RunAsync(asks, ["get", "environment", "ctl-none"])).Code.ShouldBe(ExitCodes.Refused);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(string? token, string[] args, Lines? progress = null)
    {
        using var output = new StringWriter();
        var errors = progress ?? new Lines();
        var code = await CommandLine.RunAsync(args, output, errors, name => name switch
        {
            "PORTAL_URL" => portal.Address.ToString(),
            "PORTAL_TOKEN" => token,
            _ => null,
        });
        if (token is not null)
            (output.ToString() + errors).ShouldNotContain(token);
        return (code, output.ToString(), errors.ToString());
    }

    /// <summary>What is written, and a way to wait for a line.</summary>
    private sealed class Lines : TextWriter
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
        private readonly StringBuilder _all = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override Task WriteLineAsync(string? value)
        {
            lock (_all)
                _all.AppendLine(value);
            _lines.Writer.TryWrite(value ?? "");
            return Task.CompletedTask;
        }

        public async Task<string> NextAsync(params string[] one)
        {
            await foreach (var line in _lines.Reader.ReadAllAsync())
            {
                if (one.Any(text => line.Contains(text, StringComparison.Ordinal)))
                    return line;
            }

            throw new InvalidOperationException("It ended.");
        }

        public override string ToString()
        {
            lock (_all)
                return _all.ToString();
        }
    }
}

/// <summary>The client of the command line at a portal that is not as it should be.</summary>
public sealed class PortalClientTests
{
    [Fact]
    public async Task Post_ThatDoesNotGetThrough_IsSentAgainUnderTheSameKey()
    {
        var keys = new List<string>();
        var client = Client(request =>
        {
            keys.Add(request.Headers.GetValues("Idempotency-Key").Single());
            return keys.Count switch
            {
                1 => throw new HttpRequestException("connection refused"),
                2 => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Headers = { { "Retry-After", "3" } } },
                _ => new HttpResponseMessage(HttpStatusCode.Created) { Content = new StringContent("{\"number\":1}", Encoding.UTF8, "application/json") },
            };
        });

        (await client.PostAsync("/x", null, default)).Value["number"]!.GetValue<int>().ShouldBe(1);
        keys.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Get_OfAPortalThatIsAway_SaysSoInTheEnd()
    {
        var error = await Should.ThrowAsync<CommandException>(() => Client(_ => throw new HttpRequestException("connection refused")).GetAsync("/x", default));

        (error.Code, error.Message).ShouldBe((ExitCodes.Unreachable, "https://portal.example/ does not answer: connection refused"));
    }

    [Fact]
    public async Task Get_OfAnotherServer_IsAskedWhetherItIsAPortal()
    {
        var answer = await Client(_ => new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("<html>") }).GetAsync("/x", default);

        Should.Throw<CommandException>(() => answer.Value).Message.ShouldContain("Is this the address of a portal?");
    }

    [Fact]
    public async Task Watch_ThatIsCutOff_GoesOnAfterTheLastEvent()
    {
        var asked = new List<string>();
        var client = Client(request =>
        {
            asked.Add(request.RequestUri!.Query);
            var text = asked.Count == 1 ? "id: 7\nevent: a\ndata: {}\n\n: still there\n\n" : "id: 8\nevent: b\ndata: {}\n\nevent: end\ndata: {}\n\n";
            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "text/event-stream") };
        });

        var numbers = new List<long>();
        await foreach (var (number, _, _) in client.WatchAsync("/x", 6, default))
            numbers.Add(number);

        (string.Join(',', numbers), string.Join(',', asked)).ShouldBe(("7,8", "?after=6,?after=7"));
    }

    private static PortalClient Client(Func<HttpRequestMessage, HttpResponseMessage> answer) =>
        new(new HttpClient(new Handler(answer)), new Uri("https://portal.example/"), "pt_x", new HurryingClock(TimeSpan.FromMinutes(1)));

    private sealed class Handler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
