using System.Buffers.Text;
using System.Text;
using Amazon.Runtime;
using Microsoft.Extensions.Options;
using Portal.Worker.Aws;
using Portal.Worker.Aws.Sdk;

namespace Portal.Tests.Worker.Aws;

public sealed class EksTokensTests
{
    private static readonly AwsTarget Frankfurt = new("prod", "111122223333", "eu-central-1", null, null);

    [Fact]
    public void Presign_SessionCredentials_GivesTheSignatureThatBotocoreGives()
    {
        var url = new Uri(EksTokens.Presign(
            new ImmutableCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "FwoGZ/session+token=="),
            Frankfurt, "shop-prod", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));

        // Made with botocore's SigV4QueryAuth for the same key, time and cluster, as `aws eks get-token` uses it.
        url.GetLeftPart(UriPartial.Path).ShouldBe("https://sts.eu-central-1.amazonaws.com/");
        Query(url).ShouldBe(Query(new Uri(
            "https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + "&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Feu-central-1%2Fsts%2Faws4_request&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60"
            + "&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Security-Token=FwoGZ%2Fsession%2Btoken%3D%3D"
            + "&X-Amz-Signature=e8219eb503ca4fe6aa8716d3eba3c1752ddca3a12d6eb15f52f37b6f1e04c1b2")));
    }

    [Fact]
    public async Task CreateAsync_TargetWithEndpoint_PointsAtIt()
    {
        using var clients = Clients();
        var target = Frankfurt with { EndpointUrl = "http://127.0.0.1:4566" };

        var token = await new EksTokens(clients, new HandClock()).CreateAsync(target, "shop", default);

        token.ShouldStartWith("k8s-aws-v1.");
        token.ShouldNotContain("=");
        Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.AsSpan("k8s-aws-v1.".Length))).ShouldStartWith("http://127.0.0.1:4566/?");
    }

    [Fact]
    public async Task CreateAsync_Again_MakesANewTokenBeforeTheOldOneEnds()
    {
        using var clients = Clients();
        var clock = new HandClock();
        var tokens = new EksTokens(clients, clock);

        var first = await tokens.CreateAsync(Frankfurt, "shop", default);
        clock.Advance(TimeSpan.FromMinutes(12));
        (await tokens.CreateAsync(Frankfurt, "shop", default)).ShouldBe(first);
        (await tokens.CreateAsync(Frankfurt, "other", default)).ShouldNotBe(first);
        clock.Advance(TimeSpan.FromMinutes(1));
        (await tokens.CreateAsync(Frankfurt, "shop", default)).ShouldNotBe(first);
    }

    private static AwsClients Clients() => new(Options.Create(new WorkerAwsOptions { AccessKeyId = "AKIDEXAMPLE", SecretAccessKey = "secret" }));

    private static IEnumerable<string> Query(Uri url) => url.Query.TrimStart('?').Split('&').Order(StringComparer.Ordinal);

    private sealed class HandClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        public void Advance(TimeSpan time) => _now += time;

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
