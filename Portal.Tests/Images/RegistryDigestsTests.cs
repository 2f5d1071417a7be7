using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Portal.Core.Images;
using Portal.Core.Outside;
using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Worker;

namespace Portal.Tests.Images;

/// <summary>Against a registry at a port of this machine, the one network that is allowed.</summary>
public sealed class RegistryDigestsTests : IDisposable
{
    private const string Manifest = "application/vnd.oci.image.index.v1+json";
    private const string Private = "its registry wants a password, or has no such image";
    private static readonly string s_digest = $"sha256:{new string('a', 64)}";

    private readonly ManualClock _clock = new();
    private readonly RegistryDigests _digests;

    public RegistryDigestsTests() => _digests = new RegistryDigests(new OutsideOptions { AllowedAddresses = ["127.0.0.1"], AllowHttp = true }, _clock);

    public void Dispose() => _digests.Dispose();

    [Fact]
    public async Task Find_RegistryThatAnswersAnybody_GivesTheDigest()
    {
        await using var registry = await StubServer.StartAsync((_, response) => Answer(response, 200, s_digest));

        (await FindAsync(registry)).ShouldBe(new ImageDigest(s_digest, null));

        var asked = registry.Requests.Single();
        (asked.Method, asked.PathAndQuery).ShouldBe(("HEAD", "/v2/shop/cart/manifests/1.8"));
        asked.Headers["Accept"].ShouldContain(Manifest);
    }

    [Fact]
    public async Task Find_RegistryThatWantsAToken_AsksForOneToPullWith()
    {
        await using var registry = await StubServer.StartAsync((request, response) =>
        {
            if (request.PathAndQuery.StartsWith("/token", StringComparison.Ordinal))
                return response.WriteAsync("""{"token":"for-nobody-in-particular"}""");
            if (request.Headers.TryGetValue("Authorization", out var given) && given == "Bearer for-nobody-in-particular")
                return Answer(response, 200, s_digest);
            response.Headers.WWWAuthenticate = $"Bearer realm=\"http://{request.Headers["Host"]}/token?a=b\",service=\"registry.test\",scope=\"repository:shop/cart:push,pull\"";
            return Answer(response, 401);
        });

        (await FindAsync(registry)).ShouldBe(new ImageDigest(s_digest, null));

        registry.Requests.Select(request => request.PathAndQuery).ShouldContain("/token?a=b&service=registry.test&scope=repository%3Ashop%2Fcart%3Apull");
    }

    /// <summary>The header is only recommended; the digest is that of the manifest's bytes.</summary>
    [Fact]
    public async Task Find_NoDigestInTheHeaders_IsThatOfTheManifest()
    {
        await using var registry = await StubServer.StartAsync((request, response) => Answer(response, 200, body: request.Method == "GET" ? "{}" : null));

        (await FindAsync(registry)).Digest.ShouldBe($"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("{}")))}");
    }

    [Theory]
    [InlineData(401, Private)]
    [InlineData(403, Private)]
    [InlineData(404, "its registry has no such image")]
    [InlineData(429, "its registry has been asked too often")]
    [InlineData(503, "its registry answers with 503")]
    public async Task Find_Refusal_SaysWhy(int status, string why)
    {
        await using var registry = await StubServer.StartAsync((_, response) => Answer(response, status));

        (await FindAsync(registry)).ShouldBe(new ImageDigest(null, why));
    }

    [Theory]
    [InlineData("text/html", null)]
    [InlineData("text/html", "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Find_WhatIsNoRegistry_IsNotTakenForOne(string type, string? digest)
    {
        await using var server = await StubServer.StartAsync((_, response) => Answer(response, 200, digest, "<html>", type));

        (await FindAsync(server)).ShouldBe(new ImageDigest(null, "its registry cannot be asked: what answers there is none"));
    }

    [Fact]
    public async Task Find_DigestThatIsNone_IsNotPutIntoASpecification()
    {
        await using var registry = await StubServer.StartAsync((request, response) => Answer(response, 200, "sha256:; rm -rf /", request.Method == "GET" ? "{}" : null));

        (await FindAsync(registry)).Digest.ShouldStartWith("sha256:44136fa3");
    }

    [Fact]
    public async Task Find_AnswerWithoutEnd_IsNotReadToIt()
    {
        await using var registry = await StubServer.StartAsync(async (request, response) =>
        {
            await Answer(response, 200);
            var part = new byte[64 * 1024];
            for (var sent = 0; request.Method == "GET" && sent < 200; sent++)
                await response.Body.WriteAsync(part);
        });

        (await FindAsync(registry)).Why.ShouldBe("its registry cannot be asked: the connection broke");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Find_WayToAnAddressThatIsNotPublic_IsNotGone(bool byRedirect)
    {
        await using var registry = await StubServer.StartAsync((_, response) =>
        {
            if (byRedirect)
                response.Headers.Location = "http://169.254.169.254/latest/meta-data/";
            else
                response.Headers.WWWAuthenticate = "Bearer realm=\"http://169.254.169.254/latest/meta-data/\",service=\"x\"";
            return Answer(response, byRedirect ? 307 : 401);
        });

        (await FindAsync(registry)).Why.ShouldBe("its registry cannot be asked: it is, or leads to, an address that is not public, or not https");
    }

    [Theory]
    [InlineData("10.0.0.1:5000/shop/cart:1")]
    [InlineData("127.0.0.2:5000/shop/cart:1")]
    public async Task Find_RegistryOnANetworkThatIsNotAllowed_IsNotAsked(string image) =>
        (await _digests.FindAsync(ImageReference.Parse(image)!, default)).Why.ShouldBe("its registry cannot be asked: it is, or leads to, an address that is not public, or not https");

    [Theory]
    [InlineData("000000000000.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:1")]
    [InlineData("000000000000.dkr-ecr.eu-central-1.on.aws/shop/cart:1")]
    public async Task Find_Ecr_SaysWithoutAskingThatItWantsCredentials(string image) =>
        (await _digests.FindAsync(ImageReference.Parse(image)!, default)).Why!.ShouldStartWith("Amazon ECR answers nobody without credentials");

    [Fact]
    public async Task Find_RegistryThatIsSilent_IsGivenUp()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registry = await StubServer.StartAsync(async (_, response) =>
        {
            asked.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(response.HttpContext.RequestAborted);
        });

        var finding = FindAsync(registry);
        await asked.Task;
        _clock.Move(TimeSpan.FromSeconds(6));

        (await finding).Why.ShouldBe("its registry cannot be asked: it did not answer in time");
    }

    private Task<ImageDigest> FindAsync(StubServer registry) => _digests.FindAsync(ImageReference.Parse($"{registry.Url.Authority}/shop/cart:1.8")!, default);

    private static Task Answer(HttpResponse response, int status, string? digest = null, string? body = null, string type = Manifest)
    {
        (response.StatusCode, response.ContentType) = (status, type);
        if (digest is not null)
            response.Headers["Docker-Content-Digest"] = digest;
        return body is null ? Task.CompletedTask : response.WriteAsync(body);
    }
}
