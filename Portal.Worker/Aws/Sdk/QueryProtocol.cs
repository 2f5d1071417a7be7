using System.Globalization;
using System.Net;
using System.Xml;
using System.Xml.Linq;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;

namespace Portal.Worker.Aws.Sdk;

/// <summary>A call of the AWS Query protocol: form fields in, XML out.</summary>
internal sealed class QueryRequest(string action) : AmazonWebServiceRequest
{
    private static readonly string[] Reading = ["Describe", "List", "Get"];

    private readonly Dictionary<string, string> _fields = new(StringComparer.Ordinal);

    public string Action { get; } = action;

    public IReadOnlyDictionary<string, string> Fields => _fields;

    /// <summary>Whether it changes nothing.</summary>
    public bool IsRead { get; } = Reading.Any(verb => action.StartsWith(verb, StringComparison.Ordinal));

    /// <summary>Whether nobody waits for the answer.</summary>
    public bool IsPatient { get; init; }

    /// <summary>Null is not sent.</summary>
    public QueryRequest With(string name, string? value)
    {
        if (value is not null)
            _fields[name] = value;
        return this;
    }

    public QueryRequest WithList(string name, IEnumerable<string> values)
    {
        foreach (var (index, value) in values.Index())
            _fields[Member(name, index)] = value;
        return this;
    }

    /// <summary>A list of structures of two fields, in the order of their keys so that equal requests are equal bytes.</summary>
    public QueryRequest WithPairs(string name, string keyField, string valueField, IReadOnlyDictionary<string, string> pairs)
    {
        foreach (var (index, (key, value)) in pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Index())
        {
            _fields[$"{Member(name, index)}.{keyField}"] = key;
            _fields[$"{Member(name, index)}.{valueField}"] = value;
        }

        return this;
    }

    private static string Member(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}.member.{index + 1}");
}

internal sealed class QueryAnswer : AmazonWebServiceResponse
{
    public XElement Result { get; init; } = new("Nothing");
}

internal sealed class QueryMarshaller(AwsService service) : IMarshaller<IRequest, AmazonWebServiceRequest>
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var query = (QueryRequest)input;
        var request = new DefaultRequest(query, service.Title) { HttpMethod = "POST", ResourcePath = "/" };
        request.Parameters["Action"] = query.Action;
        request.Parameters["Version"] = service.Version;
        foreach (var (name, value) in query.Fields)
            request.Parameters[name] = value;
        return request;
    }
}

internal sealed class QueryUnmarshaller : XmlResponseUnmarshaller
{
    public static readonly QueryUnmarshaller Instance = new();

    public override AmazonWebServiceResponse Unmarshall(XmlUnmarshallerContext input) => new QueryAnswer { Result = Result(XElement.Load(input.Stream)) };

    public override AmazonServiceException UnmarshallException(XmlUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        using var reader = new StreamReader(input.Stream);
        return Error(reader.ReadToEnd(), innerException, statusCode);
    }

    /// <summary><c>&lt;XResponse&gt;&lt;XResult&gt;…&lt;/XResult&gt;&lt;ResponseMetadata/&gt;&lt;/XResponse&gt;</c>; calls without a result have none, and none of EC2's.</summary>
    internal static XElement Result(XElement response) =>
        response.Elements().FirstOrDefault(element => element.Name.LocalName.EndsWith("Result", StringComparison.Ordinal)) ?? response;

    internal static AmazonServiceException Error(string body, Exception? inner, HttpStatusCode status)
    {
        XElement? error = null;
        XElement? root = null;
        try
        {
            root = XElement.Parse(body);
            error = root.Child("Error") ?? root.Child("Errors")?.Child("Error");
        }
        catch (XmlException)
        {
            // A proxy or load balancer in between answers HTML or nothing: the status is all there is to say.
        }

        var type = error?.Text("Type") == "Receiver" ? ErrorType.Receiver : ErrorType.Sender;
        return new AmazonServiceException(
            error?.Text("Message") ?? $"HTTP {(int)status}",
            inner,
            type,
            error?.Text("Code") ?? $"Http{(int)status}",
            root?.Text("RequestId"),
            status);
    }
}
