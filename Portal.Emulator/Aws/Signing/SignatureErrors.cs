namespace Portal.Emulator.Aws.Signing;

/// <summary>The same fault has one code in the Query protocol and another in JSON.</summary>
internal static class SignatureErrors
{
    public static AwsException For(SignatureException error, AwsProtocol protocol) => new(
        protocol is AwsProtocol.Query or AwsProtocol.RestXml ? QueryCode(error.Fault) : JsonCode(error.Fault), error.Message, error.Fault == SignatureFault.Incomplete ? 400 : 403);

    private static string QueryCode(SignatureFault fault) => fault switch
    {
        SignatureFault.Missing => "MissingAuthenticationToken",
        SignatureFault.Incomplete => "IncompleteSignature",
        SignatureFault.UnknownKey or SignatureFault.BadSessionToken => "InvalidClientTokenId",
        SignatureFault.ExpiredToken => "ExpiredToken",
        _ => "SignatureDoesNotMatch",
    };

    private static string JsonCode(SignatureFault fault) => fault switch
    {
        SignatureFault.Missing => "MissingAuthenticationTokenException",
        SignatureFault.Incomplete => "IncompleteSignatureException",
        SignatureFault.UnknownKey or SignatureFault.BadSessionToken => "UnrecognizedClientException",
        SignatureFault.ExpiredToken => "ExpiredTokenException",
        _ => "InvalidSignatureException",
    };
}
