using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Portal.Emulator.Aws.Signing;

internal enum SignatureFault
{
    Missing,
    Incomplete,
    UnknownKey,
    BadSessionToken,
    ExpiredToken,
    WrongScope,
    Expired,
    NotYetValid,
    Mismatch,
}

/// <summary>Why a signature does not hold, before it is put in one protocol's terms.</summary>
internal sealed class SignatureException(SignatureFault fault, string message) : Exception(message)
{
    public SignatureFault Fault { get; } = fault;
}

/// <summary>Checks a signature against the keys this emulator knows: who it is, whether it is current, whether the content is what was signed.</summary>
internal sealed class RequestVerifier(CredentialStore credentials, EmulatorOptions options, TimeProvider time)
{
    /// <summary>How far a signature's time may be from ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private const string S3 = "s3";
    private const string UnsignedBody = "UNSIGNED-PAYLOAD";

    /// <param name="lifetime">Overrides how long a presigned request holds; null takes its own X-Amz-Expires.</param>
    /// <exception cref="SignatureException">It does not hold.</exception>
    public Caller Verify(SignedRequest request, TimeSpan? lifetime = null)
    {
        var claim = request.ReadClaim() ?? throw Unsigned(request);
        var key = credentials.Find(claim.Scope.AccessKeyId)
            ?? throw new SignatureException(SignatureFault.UnknownKey, "The security token included in the request is invalid.");
        CheckSession(key, claim);
        CheckScope(claim);
        CheckTime(request, claim, lifetime);

        var headers = claim.SignedHeaders.Select(name => KeyValuePair.Create(name, request.Header(name) ?? "")).ToList();
        if (!claim.SignedHeaders.Contains("host"))
            throw new SignatureException(SignatureFault.Mismatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        var query = request.Query.Where(pair => !request.IsPresigned || pair.Key != "X-Amz-Signature");
        var canonical = SignatureV4.CanonicalRequest(request.Method, request.RawPath, query, headers, BodyHash(request, claim), isS3: claim.Scope.Service == S3);
        var expected = SignatureV4.Sign(key.SecretAccessKey, canonical, claim.AmzDate, claim.Scope);
        if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(claim.Signature)))
            throw Mismatch();
        return key.Caller;
    }

    /// <summary>
    /// S3 alone takes bodies that are not signed as a whole: not at all, or piece by piece. The signatures of the pieces are not checked here.
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    /// </summary>
    private static string BodyHash(SignedRequest request, SignatureClaim claim)
    {
        var claimed = request.Header("x-amz-content-sha256");
        if (claim.Scope.Service == S3 && claimed is null && request.IsPresigned)
            return UnsignedBody;
        if (claim.Scope.Service == S3 && (claimed == UnsignedBody || claimed?.StartsWith("STREAMING-", StringComparison.Ordinal) == true))
            return claimed;
        var hash = SignatureV4.Hash(request.Body.Span);
        return claimed is null || claimed == hash ? hash : throw Mismatch();
    }

    private static SignatureException Unsigned(SignedRequest request) =>
        request.IsPresigned || request.Header("authorization") is not null
            ? new SignatureException(SignatureFault.Incomplete, "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters and an 'X-Amz-Date' or a 'Date' header.")
            : new SignatureException(SignatureFault.Missing, "Request is missing Authentication Token");

    private void CheckSession(Credentials key, SignatureClaim claim)
    {
        if (key.SessionToken is null)
            return;
        if (key.SessionToken != claim.SessionToken)
            throw new SignatureException(SignatureFault.BadSessionToken, "The security token included in the request is invalid.");
        if (key.Expires <= time.GetUtcNow())
            throw new SignatureException(SignatureFault.ExpiredToken, "The security token included in the request is expired");
    }

    private void CheckScope(SignatureClaim claim)
    {
        if (claim.Scope.Region != options.Region)
            throw new SignatureException(SignatureFault.WrongScope, $"Credential should be scoped to a valid region, not '{claim.Scope.Region}'. ");
        if (!claim.AmzDate.StartsWith(claim.Scope.Date, StringComparison.Ordinal))
            throw new SignatureException(SignatureFault.WrongScope, $"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{claim.Scope.Date}' != '{claim.AmzDate[..8]}', from '{claim.AmzDate}'.");
    }

    private void CheckTime(SignedRequest request, SignatureClaim claim, TimeSpan? lifetime)
    {
        var now = time.GetUtcNow();
        if (claim.At > now + Skew)
            throw new SignatureException(SignatureFault.NotYetValid, $"Signature not yet current: {claim.AmzDate} is still later than {SignatureV4.FormatDate(now + Skew)} ({SignatureV4.FormatDate(now)} + 5 min.)");
        var valid = lifetime ?? (request.IsPresigned ? PresignedLifetime(request) : Skew);
        if (claim.At + valid < now)
            throw new SignatureException(SignatureFault.Expired, $"Signature expired: {claim.AmzDate} is now earlier than {SignatureV4.FormatDate(now - valid)} ({SignatureV4.FormatDate(now)} - {valid.TotalMinutes:0.##} min.)");
    }

    private static TimeSpan PresignedLifetime(SignedRequest request) =>
        int.TryParse(request.QueryValue("X-Amz-Expires"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 604_800
            ? TimeSpan.FromSeconds(seconds)
            : throw new SignatureException(SignatureFault.Incomplete, "X-Amz-Expires must be between 1 and 604800 seconds");

    private static SignatureException Mismatch() => new(SignatureFault.Mismatch,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
}
