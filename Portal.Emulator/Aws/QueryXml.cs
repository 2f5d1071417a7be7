using System.Globalization;
using System.Xml.Linq;

namespace Portal.Emulator.Aws;

/// <summary>Builds answers of the Query protocol. Elements are written without a namespace and get the service's at the end.</summary>
internal static class QueryXml
{
    public const string ContentType = "text/xml";

    public static XElement Element(string name, params object?[] content) => new(name, content);

    /// <summary>A list in the protocol's form: one <c>member</c> an item.</summary>
    public static XElement List(string name, IEnumerable<XElement> members) => new(name, members);

    public static XElement Member(params object?[] content) => new("member", content);

    public static XElement Strings(string name, IEnumerable<string> members) => new(name, members.Select(text => new XElement("member", text)));

    /// <summary>An element, or nothing where there is no value.</summary>
    public static XElement? Optional(string name, string? text) => string.IsNullOrEmpty(text) ? null : new XElement(name, text);

    public static XElement Time(string name, DateTimeOffset at) => new(name, Text(at));

    public static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static AwsResponse Response(XNamespace ns, string action, string requestId, XElement? result)
    {
        if (result is not null)
            result.Name = action + "Result";
        return Write(ns, 200, Element(action + "Response", result, Element("ResponseMetadata", Element("RequestId", requestId))));
    }

    public static AwsResponse Error(XNamespace ns, AwsException error, string requestId) => Write(ns, error.Status, Element("ErrorResponse",
        Element("Error", Element("Type", error.Status >= 500 ? "Receiver" : "Sender"), Element("Code", error.Code), Element("Message", error.Message)),
        Element("RequestId", requestId)));

    private static AwsResponse Write(XNamespace ns, int status, XElement root)
    {
        foreach (var element in root.DescendantsAndSelf())
            element.Name = ns + element.Name.LocalName;
        return new AwsResponse(status, ContentType, root.ToString(SaveOptions.DisableFormatting));
    }
}
