using System.Buffers;
using System.Collections.ObjectModel;
using System.Text;
using System.Xml.Linq;
using Portal.Emulator.Aws.Signing;

namespace Portal.Emulator.Aws;

/// <summary>A verified request to one of the services.</summary>
/// <param name="Path">Decoded, without the query.</param>
/// <param name="Parameters">The query string's, and for the Query protocol the form's.</param>
internal sealed record AwsRequest(string Id, string Method, string Path, QueryParameters Parameters, Caller Caller)
{
    /// <summary>The region the signature is scoped to.</summary>
    public string Region { get; init; } = "";

    /// <summary>Host and port as the client wrote them.</summary>
    public string Host => Header("host") ?? "";

    /// <summary>Value of a header by lower-case name; null if it was not sent.</summary>
    public Func<string, string?> Header { get; init; } = _ => null;

    public ReadOnlyMemory<byte> Body { get; init; }
}

/// <param name="Write">Writes the body. Pages are large: as one string each would be a large object, and those cost whole collections.</param>
internal sealed record AwsResponse(int Status, string ContentType, Action<IBufferWriter<byte>> Write)
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    public AwsResponse(int status, string contentType, string body)
        : this(status, contentType, writer => Encoding.UTF8.GetBytes(body, writer))
    {
    }
}

internal enum AwsProtocol
{
    Query,
    RestJson,

    /// <summary>EC2's: as Query, with lists of its own and answers without a result.</summary>
    Ec2,

    /// <summary>JSON 1.0: the action stands in the header X-Amz-Target.</summary>
    Json,

    /// <summary>S3's.</summary>
    RestXml,
}

/// <summary>One AWS service as its endpoint sees it.</summary>
internal interface IAwsService
{
    /// <summary>As in the credential scope of a signature.</summary>
    string SigningName { get; }

    AwsProtocol Protocol { get; }

    /// <summary>Namespace of the Query protocol's answers; empty for JSON.</summary>
    XNamespace Namespace { get; }

    /// <summary>What the ledger calls the request.</summary>
    string ActionOf(AwsRequest request);

    /// <summary>What the ledger says the request is about.</summary>
    string SubjectOf(AwsRequest request);

    /// <exception cref="AwsException">The request is refused.</exception>
    AwsResponse Handle(AwsRequest request);

    /// <summary>The same for what may wait before it answers.</summary>
    /// <exception cref="OperationCanceledException">The client left, or the emulator stops.</exception>
    Task<AwsResponse> HandleAsync(AwsRequest request, CancellationToken cancellationToken) => Task.FromResult(Handle(request));
}
