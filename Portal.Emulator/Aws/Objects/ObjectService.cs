using System.Globalization;
using System.Xml.Linq;

namespace Portal.Emulator.Aws.Objects;

/// <summary>S3 as far as templates need it: objects are put, looked at, got and deleted, by paths of the form <c>/bucket/key</c>.</summary>
internal sealed class ObjectService(ObjectStore objects, TimeProvider time) : IAwsService
{
    public string SigningName => "s3";

    public AwsProtocol Protocol => AwsProtocol.RestXml;

    public XNamespace Namespace => "";

    public string ActionOf(AwsRequest request) => (request.Method, Address(request).Key.Length > 0) switch
    {
        ("PUT", true) => "PutObject",
        ("GET", true) => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("DELETE", true) => "DeleteObject",
        ("HEAD", false) => "HeadBucket",
        _ => "",
    };

    public string SubjectOf(AwsRequest request) => request.Path.TrimStart('/');

    public AwsResponse Handle(AwsRequest request)
    {
        var (bucket, key) = Address(request);
        switch (ActionOf(request))
        {
            case "PutObject":
                return Put(request, bucket, key);
            case "GetObject":
                return Found(objects.Get(bucket, key), withContent: true);
            case "HeadObject":
                return Found(objects.Get(bucket, key), withContent: false);
            case "DeleteObject":
                objects.Delete(bucket, key);
                return new AwsResponse(204, "", "");
            case "HeadBucket":
                objects.CheckBucket(bucket);
                return new AwsResponse(200, "", "");
            default:
                throw new AwsException("NotImplemented", "A header or query you provided requested a function that is not implemented.", 501);
        }
    }

    private AwsResponse Put(AwsRequest request, string bucket, string key)
    {
        var content = ChunkedBody.Is(request) ? ChunkedBody.Read(request) : request.Body.ToArray();
        objects.CheckBucket(bucket);
        if (request.Header("if-none-match") == "*" && objects.Holds(bucket, key))
            throw new AwsException("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412);
        var one = new StoredObject(bucket, key, content, request.Header("content-type") ?? "binary/octet-stream", time.GetUtcNow());
        objects.Put(one);
        return new AwsResponse(200, "", "") { Headers = Head(one) };
    }

    private static AwsResponse Found(StoredObject one, bool withContent) =>
        new(200, one.ContentType, writer => System.Buffers.BuffersExtensions.Write(writer, withContent ? one.Content : []))
        {
            Headers = new Dictionary<string, string>(Head(one), StringComparer.Ordinal)
            {
                ["Content-Length"] = one.Content.Length.ToString(CultureInfo.InvariantCulture),
                ["Last-Modified"] = one.At.ToString("R", CultureInfo.InvariantCulture),
            },
        };

    private static Dictionary<string, string> Head(StoredObject one) => new(StringComparer.Ordinal) { ["ETag"] = one.ETag, ["x-amz-server-side-encryption"] = "AES256" };

    private static (string Bucket, string Key) Address(AwsRequest request) => request.Path.TrimStart('/').Split('/', 2) is [var bucket, var key] ? (bucket, key) : (request.Path.Trim('/'), "");
}
