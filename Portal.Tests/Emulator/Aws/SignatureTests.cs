using System.Text;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.SecurityToken;
using Portal.Emulator;
using Portal.Emulator.Aws.Signing;
using Portal.Emulator.Storage;
using BadSignature = Portal.Emulator.Aws.Signing.SignatureException;

namespace Portal.Tests.Emulator.Aws;

public sealed class SignatureTests : IDisposable
{
    private const string Key = "portal-local";
    private const string Secret = "portal-local-secret";

    private readonly TestFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly EmulatorDatabase _database;
    private readonly CredentialStore _credentials;
    private readonly RequestVerifier _verifier;

    public SignatureTests()
    {
        var options = new EmulatorOptions();
        _time.Move(TimeProvider.System.GetUtcNow() - _time.GetUtcNow());
        _database = new EmulatorDatabase(_folder.Data, _time);
        _credentials = new CredentialStore(options, _database, _time);
        _verifier = new RequestVerifier(_credentials, options, _time);
    }

    /// <summary>get-vanilla, get-vanilla-query-order-key-case and -value of AWS's published Signature Version 4 test suite.</summary>
    [Theory]
    [InlineData("", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    [InlineData("Param1=value2&Param1=Value1", "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1")]
    public void Sign_PublishedVector_GivesThePublishedSignature(string query, string expected)
    {
        var scope = new CredentialScope("AKIDEXAMPLE", "20150830", "us-east-1", "service");
        var canonical = SignatureV4.CanonicalRequest("GET", "/", SignatureV4.ParseQuery(query),
            [new("host", "example.amazonaws.com"), new("x-amz-date", "20150830T123600Z")], SignatureV4.Hash([]));
        SignatureV4.Sign("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", canonical, "20150830T123600Z", scope).ShouldBe(expected);
    }

    [Theory]
    [InlineData("/", "Action=DescribeStacks&Version=2010-05-15")]
    [InlineData("/", "Action=CreateStack&TemplateBody=a%20b%2Bc%0A%C3%A4")]
    [InlineData("/clusters/shop-cluster", "")]
    [InlineData("/clusters/arn:aws:eks", "")]
    public void Verify_SignedByTheSdk_IsAccepted(string path, string body) =>
        _verifier.Verify(SignedBySdk(path, body)).Arn.ShouldBe("arn:aws:iam::000000000000:user/portal");

    [Fact]
    public void Verify_TamperedRequest_IsRefusedForTheRightReason()
    {
        var good = SignedBySdk("/", "Action=DescribeStacks");
        Fault(good with { Body = Encoding.UTF8.GetBytes("Action=DeleteStack") }).ShouldBe(SignatureFault.Mismatch);
        Fault(good with { RawPath = "/other" }).ShouldBe(SignatureFault.Mismatch);
        Fault(good with { Method = "PUT" }).ShouldBe(SignatureFault.Mismatch);
        Fault(good with { Query = [new("a", "b")] }).ShouldBe(SignatureFault.Mismatch);
        Fault(good with { Header = name => name == "host" ? "elsewhere" : good.Header(name) }).ShouldBe(SignatureFault.Mismatch);
        Fault(good with { Header = _ => null }).ShouldBe(SignatureFault.Missing);
        Fault(good with { Header = name => name == "authorization" ? "Bearer x" : good.Header(name) }).ShouldBe(SignatureFault.Incomplete);
        Fault(SignedBySdk("/", "", secret: "wrong")).ShouldBe(SignatureFault.Mismatch);
        Fault(SignedBySdk("/", "", key: "AKIANOBODY")).ShouldBe(SignatureFault.UnknownKey);
        Fault(SignedBySdk("/", "", region: "eu-west-1")).ShouldBe(SignatureFault.WrongScope);
    }

    [Fact]
    public void Verify_OldOrEarlySignature_IsRefused()
    {
        var request = SignedBySdk("/", "");
        _time.Move(TimeSpan.FromMinutes(6));
        Fault(request).ShouldBe(SignatureFault.Expired);
        _time.Move(TimeSpan.FromMinutes(-12));
        Fault(request).ShouldBe(SignatureFault.NotYetValid);
    }

    [Fact]
    public void Verify_PresignedUrl_HoldsForItsOwnTime()
    {
        var request = Presigned(60, "shop");
        _verifier.Verify(request).UserId.ShouldStartWith("AIDA");
        Fault(request with { Header = name => name == "x-k8s-aws-id" ? "other" : request.Header(name) }).ShouldBe(SignatureFault.Mismatch);
        _time.Move(TimeSpan.FromSeconds(62));
        Fault(request).ShouldBe(SignatureFault.Expired);
        _verifier.Verify(request, TimeSpan.FromMinutes(15)).ShouldNotBeNull();
    }

    [Fact]
    public void Verify_TemporaryKeys_NeedTheirTokenAndExpire()
    {
        var keys = _credentials.IssueFor("arn:aws:iam::000000000000:role/portal/provisioner", "run", TimeSpan.FromHours(1));
        var request = SignedBySdk("/", "", keys.AccessKeyId, keys.SecretAccessKey, token: keys.SessionToken);
        var caller = _verifier.Verify(request);
        caller.Arn.ShouldBe("arn:aws:sts::000000000000:assumed-role/provisioner/run");
        caller.PrincipalArn.ShouldBe("arn:aws:iam::000000000000:role/portal/provisioner");
        Fault(SignedBySdk("/", "", keys.AccessKeyId, keys.SecretAccessKey)).ShouldBe(SignatureFault.BadSessionToken);
        new CredentialStore(new EmulatorOptions(), _database, _time).Find(keys.AccessKeyId).ShouldBe(keys);
        keys.ToString().ShouldNotContain(keys.SecretAccessKey);
        _time.Move(TimeSpan.FromMinutes(61));
        Fault(request).ShouldBe(SignatureFault.ExpiredToken);
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    internal static SignedRequest Presigned(int seconds, string cluster, string key = Key, string secret = Secret)
    {
        var request = NewRequest("/", "GET", "us-east-1");
        request.Parameters["Action"] = "GetCallerIdentity";
        request.Parameters["Version"] = "2011-06-15";
        request.Parameters["X-Amz-Expires"] = seconds.ToString();
        request.UseQueryString = true;
        request.Headers["x-k8s-aws-id"] = cluster;
        var signature = AWS4PreSignedUrlSigner.SignRequest(request, Config("us-east-1"), null, key, secret, "sts", "us-east-1");
        var query = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=" + seconds + "&" + signature.ForQueryParameters;
        return new SignedRequest
        {
            Method = "GET",
            RawPath = "/",
            Query = SignatureV4.ParseQuery(query),
            Header = name => name switch { "host" => "127.0.0.1:4566", "x-k8s-aws-id" => cluster, _ => null },
            Body = ReadOnlyMemory<byte>.Empty,
        };
    }

    private static SignedRequest SignedBySdk(string path, string body, string key = Key, string secret = Secret, string region = "us-east-1", string? token = null)
    {
        var request = NewRequest(path, "POST", region);
        request.Content = Encoding.UTF8.GetBytes(body);
        request.Headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8";
        if (token is not null)
            request.Headers["X-Amz-Security-Token"] = token;
        var result = new AWS4Signer().SignRequest(request, Config(region), null, key, secret);
        var headers = request.Headers.ToDictionary(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase);
        headers["authorization"] = result.ForAuthorizationHeader;
        headers.TryAdd("host", "127.0.0.1:4566");
        return new SignedRequest
        {
            Method = "POST",
            RawPath = string.Join('/', path.Split('/').Select(Uri.EscapeDataString)),
            Query = [],
            Header = name => headers.GetValueOrDefault(name),
            Body = request.Content,
        };
    }

    private static DefaultRequest NewRequest(string path, string method, string region) => new(new AnyRequest(), "sts")
    {
        Endpoint = new Uri("http://127.0.0.1:4566"),
        ResourcePath = path,
        HttpMethod = method,
        AuthenticationRegion = region,
        OverrideSigningServiceName = "sts",
    };

    private static AmazonSecurityTokenServiceConfig Config(string region) => new() { ServiceURL = "http://127.0.0.1:4566", AuthenticationRegion = region };

    private SignatureFault Fault(SignedRequest request) => Should.Throw<BadSignature>(() => _verifier.Verify(request)).Fault;

    private sealed class AnyRequest : AmazonWebServiceRequest;
}
