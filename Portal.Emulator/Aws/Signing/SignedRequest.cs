namespace Portal.Emulator.Aws.Signing;

/// <summary>A request as it stood on the wire, with what its signature claims.</summary>
internal sealed record SignedRequest
{
    public required string Method { get; init; }

    public required string RawPath { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Query { get; init; }

    /// <summary>Value of a header by lower-case name, several joined with a comma; null if it was not sent.</summary>
    public required Func<string, string?> Header { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    public bool IsPresigned => QueryValue("X-Amz-Algorithm") is not null;

    public string? QueryValue(string name)
    {
        foreach (var (key, value) in Query)
        {
            if (key == name)
                return value;
        }

        return null;
    }

    /// <summary>Null if the request carries no signature at all, or one that cannot be read.</summary>
    public SignatureClaim? ReadClaim()
    {
        if (IsPresigned)
        {
            return Claim(QueryValue("X-Amz-Algorithm"), QueryValue("X-Amz-Credential"), QueryValue("X-Amz-SignedHeaders"),
                QueryValue("X-Amz-Signature"), QueryValue("X-Amz-Date"), QueryValue("X-Amz-Security-Token"));
        }

        if (Header("authorization") is not { } authorization || !authorization.StartsWith(SignatureV4.Algorithm + " ", StringComparison.Ordinal))
            return null;
        var parts = authorization[SignatureV4.Algorithm.Length..].Split(',', StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2)
            .GroupBy(part => part[0]).ToDictionary(group => group.Key, group => group.Last()[1]);
        return Claim(SignatureV4.Algorithm, parts.GetValueOrDefault("Credential"), parts.GetValueOrDefault("SignedHeaders"),
            parts.GetValueOrDefault("Signature"), Header("x-amz-date"), Header("x-amz-security-token"));
    }

    private static SignatureClaim? Claim(string? algorithm, string? credential, string? signedHeaders, string? signature, string? date, string? token) =>
        algorithm == SignatureV4.Algorithm && CredentialScope.Parse(credential) is { } scope && signedHeaders is not null && signature is not null && SignatureV4.TryParseDate(date, out var at)
            ? new SignatureClaim(scope, signedHeaders.Split(';'), signature, date!, at, token)
            : null;
}

internal sealed record SignatureClaim(CredentialScope Scope, IReadOnlyList<string> SignedHeaders, string Signature, string AmzDate, DateTimeOffset At, string? SessionToken);
