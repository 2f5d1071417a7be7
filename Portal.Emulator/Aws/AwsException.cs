namespace Portal.Emulator.Aws;

/// <summary>A refusal in AWS's own terms; the endpoint writes it in the protocol of the service that was asked.</summary>
internal sealed class AwsException(string code, string message, int status = 400) : Exception(message)
{
    public string Code { get; } = code;

    public int Status { get; } = status;

    public static AwsException Validation(string message) => new("ValidationError", message);
}
