using System.Net;
using Microsoft.AspNetCore.Http;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Worker.Kubernetes;

public sealed class KubernetesGatewayTests : IDisposable
{
    private readonly TestAuthority _authority = new("cluster");
    private readonly ClusterClients _clients = new(new FixedTokens());

    public void Dispose()
    {
        _clients.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task ListAsync_TwoPagesBelowAPathPrefix_ReadsAllWithTheToken()
    {
        await using var api = await ServeAsync(
            """{"kind":"PodList","metadata":{"resourceVersion":"40","continue":"next page"},"items":[{"metadata":{"name":"a","namespace":"shop"}}]}""",
            """{"kind":"PodList","metadata":{"resourceVersion":"40"},"items":[{"metadata":{"name":"b","namespace":"shop"}}]}""");

        var list = await Gateway().ListAsync(Cluster(api, _authority), ObjectKind.Pod, "shop", default);

        list.ResourceVersion.ShouldBe("40");
        list.Items.Select(pod => pod.Name).ShouldBe(["a", "b"]);
        api.Requests.Select(r => r.PathAndQuery).ShouldBe(
        [
            "/clusters/abc/api/v1/namespaces/shop/pods?limit=500&watch=false",
            "/clusters/abc/api/v1/namespaces/shop/pods?continue=next%20page&limit=500&watch=false",
        ]);
        api.Requests.First().Headers["Authorization"].ShouldBe("Bearer token-for-shop");
    }

    [Fact]
    public async Task TailAsync_RunningPod_ReadsTheLastLinesOfItsFirstContainer()
    {
        await using var api = await ServeAsync("""{"metadata":{"name":"cart","namespace":"shop"},"spec":{"containers":[{"name":"cart"},{"name":"other"}]}}""", "2026-11-22T10:00:00.123456789Z started\n2026-11-22T10:00:01Z listens on :8080\n");

        var log = await Gateway().TailAsync(Cluster(api, _authority), "shop", "cart", default);

        log.Lines.Select(line => line.Text).ShouldBe(["started", "listens on :8080"]);
        log.Lines[1].At.ShouldBe(new DateTimeOffset(2026, 11, 22, 10, 0, 1, TimeSpan.Zero));
        var asked = api.Requests.Last().PathAndQuery;
        asked.ShouldStartWith("/clusters/abc/api/v1/namespaces/shop/pods/cart/log?");
        foreach (var part in new[] { "container=cart", "tailLines=200", "timestamps=true", "limitBytes=262144" })
            asked.ShouldContain(part);
    }

    [Fact]
    public async Task ListAsync_CertificateOfAnotherAuthority_IsNotTrusted()
    {
        await using var api = await ServeAsync("{}");
        using var other = new TestAuthority("other");

        var error = await Should.ThrowAsync<StepFailedException>(
            Gateway().ListAsync(Cluster(api, other), ObjectKind.Pod, "shop", default));

        error.Failure.Code.ShouldBe("k8s_untrusted");
        error.Failure.CanRetry.ShouldBeFalse();
        api.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task ListAsync_CertificateForAnotherAddress_IsNotTrusted()
    {
        await using var api = await StubServer.StartAsync((_, _) => Task.CompletedTask, _authority.Issue(IPAddress.Parse("10.0.0.1")));

        var error = await Should.ThrowAsync<StepFailedException>(
            Gateway().ListAsync(Cluster(api, _authority), ObjectKind.Pod, "shop", default));

        error.Failure.Code.ShouldBe("k8s_untrusted");
    }

    [Fact]
    public async Task WatchAsync_ChangesAndABookmark_ComeInOrder()
    {
        await using var api = await ServeAsync("""
            {"type":"ADDED","object":{"metadata":{"name":"a","namespace":"shop","resourceVersion":"41"},"status":{"phase":"Pending"}}}
            {"type":"MODIFIED","object":{"metadata":{"name":"a","namespace":"shop","resourceVersion":"42"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}}
            {"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"50"}}}
            {"type":"DELETED","object":{"metadata":{"name":"a","namespace":"shop","resourceVersion":"51"}}}

            """);

        var changes = new List<ObjectChange>();
        await foreach (var change in Gateway().WatchAsync(Cluster(api, _authority), ObjectKind.Pod, "shop", "40", default))
            changes.Add(change);

        changes.Select(c => c.ResourceVersion).ShouldBe(["41", "42", "50", "51"]);
        changes.Select(c => (c.Object?.Status as PodStatus)?.IsReady).ShouldBe([false, true, null, false]);
        changes[3].IsDeleted.ShouldBeTrue();
        api.Requests.Single().PathAndQuery.ShouldBe(
            "/clusters/abc/api/v1/namespaces/shop/pods?allowWatchBookmarks=true&resourceVersion=40&timeoutSeconds=240&watch=true");
    }

    [Theory]
    [InlineData(200, """{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version: 1 (9)"}}""")]
    [InlineData(410, """{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version: 1 (9)"}""")]
    public async Task WatchAsync_VersionForgotten_AsksForANewList(int status, string answer)
    {
        await using var api = await ServeAsync(status, answer);

        await Should.ThrowAsync<WatchExpiredException>(async () =>
        {
            await foreach (var _ in Gateway().WatchAsync(Cluster(api, _authority), ObjectKind.Pod, "shop", "1", default))
            {
            }
        });
    }

    [Fact]
    public async Task WatchAsync_Cancelled_Ends()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var api = await StubServer.StartAsync(
            async (_, response) =>
            {
                await response.StartAsync();
                asked.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, response.HttpContext.RequestAborted);
            },
            _authority.Issue(IPAddress.Loopback));
        using var cancel = new CancellationTokenSource();
        var watch = Gateway().WatchAsync(Cluster(api, _authority), ObjectKind.Pod, "shop", "1", cancel.Token).GetAsyncEnumerator();

        var next = watch.MoveNextAsync().AsTask();
        await asked.Task;
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(next);
    }

    [Theory]
    [InlineData(401, "k8s_unauthorized", true)]
    [InlineData(403, "k8s_forbidden", false)]
    [InlineData(429, "k8s_throttled", true)]
    [InlineData(503, "k8s_unavailable", true)]
    [InlineData(400, "k8s_refused", false)]
    public async Task ListAsync_Refused_IsClassified(int status, string code, bool canRetry)
    {
        await using var api = await ServeAsync(status, """{"kind":"Status","message":"pods is not for you"}""");

        var error = await Should.ThrowAsync<StepFailedException>(
            Gateway().ListAsync(Cluster(api, _authority), ObjectKind.Pod, "shop", default));

        error.Failure.Code.ShouldBe(code);
        error.Failure.CanRetry.ShouldBe(canRetry);
    }

    [Fact]
    public async Task ListAsync_NobodyListens_MayBeTriedAgain()
    {
        var api = await ServeAsync("{}");
        var cluster = Cluster(api, _authority);
        await api.DisposeAsync();

        var error = await Should.ThrowAsync<StepFailedException>(Gateway().ListAsync(cluster, ObjectKind.Node, "shop", default));

        error.Failure.Code.ShouldBe("k8s_unreachable");
        error.Failure.CanRetry.ShouldBeTrue();
    }

    [Fact]
    public async Task ListAsync_CertificateThatTheMachineTrusts_GetsNoToken()
    {
        using var other = new TestAuthority("trusted by the machine");
        using var trusted = other.TrustedByTheMachine();
        await using var api = await StubServer.StartAsync((_, response) => response.WriteAsync("{}"), other.Issue(IPAddress.Loopback));
        using (var anybody = new HttpClient())
            (await anybody.GetStringAsync(api.Url)).ShouldBe("{}");

        var error = await Should.ThrowAsync<StepFailedException>(Gateway().ListAsync(Cluster(api, _authority), ObjectKind.Pod, "shop", default));

        error.Failure.Code.ShouldBe("k8s_untrusted");
        api.Requests.ShouldNotContain(request => request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task WatchAsync_EndsWithoutAnEvent_IsWatchedAgain()
    {
        await using var api = await ServeAsync("");

        await foreach (var _ in Gateway().WatchAsync(Cluster(api, _authority), ObjectKind.Pod, "shop", "1", default))
            throw new InvalidOperationException("There was no event.");

        api.Requests.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    public async Task DeleteSecretAsync_GoneOrNeverThere_IsSuccess(int status)
    {
        await using var api = await ServeAsync(status, """{"kind":"Status","apiVersion":"v1"}""");

        await Gateway().DeleteSecretAsync(Cluster(api, _authority), "shop", "sh.helm.release.v1.web.v1", default);

        var request = api.Requests.ShouldHaveSingleItem();
        (request.Method, request.PathAndQuery).ShouldBe(("DELETE", "/clusters/abc/api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v1"));
    }

    /// <summary>A real API answers with the Job for as long as its pods are there, and not with a status.</summary>
    [Theory]
    [InlineData(200, """{"kind":"Job","apiVersion":"batch/v1","metadata":{"name":"report-1","finalizers":["foregroundDeletion"]},"spec":{},"status":{"active":1}}""")]
    [InlineData(404, """{"kind":"Status","apiVersion":"v1"}""")]
    public async Task DeleteJobAsync_GoingOrNeverThere_IsSuccessAndTakesItsPodsFirst(int status, string answer)
    {
        await using var api = await ServeAsync(status, answer);

        await Gateway().DeleteJobAsync(Cluster(api, _authority), "shop", "report-1", default);

        var request = api.Requests.ShouldHaveSingleItem();
        (request.Method, request.PathAndQuery).ShouldBe(("DELETE", "/clusters/abc/apis/batch/v1/namespaces/shop/jobs/report-1?propagationPolicy=Foreground"));
    }

    private Task<StubServer> ServeAsync(params string[] answers) => ServeAsync(200, answers);

    private Task<StubServer> ServeAsync(int status, params string[] answers)
    {
        var queue = new Queue<string>(answers);
        return StubServer.StartAsync(
            (_, response) =>
            {
                response.StatusCode = status;
                return response.WriteAsync(queue.Dequeue());
            },
            _authority.Issue(IPAddress.Loopback));
    }

    private static ClusterConnection Cluster(StubServer api, TestAuthority authority) => new(
        new AwsTarget("test", "111122223333", "us-east-1", null, null), "shop", new Uri(api.Url, "/clusters/abc"), authority.Data);

    private KubernetesGateway Gateway() => new(_clients, TimeProvider.System);
}
