using System.Buffers;
using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Portal.Emulator.Aws;

/// <summary>Builds answers of the Query protocol. Elements are made without a namespace and get the service's when they are written.</summary>
internal static class QueryXml
{
    public const string ContentType = "text/xml";

    private static readonly XmlWriterSettings s_settings = new() { OmitXmlDeclaration = true, Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };

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

    /// <summary>EC2 has no element for the result, and calls the members of a list items.</summary>
    public static AwsResponse Ec2Response(XNamespace ns, string action, string requestId, IEnumerable<XElement> content) =>
        Write(ns, 200, Element(action + "Response", Element("requestId", requestId), content));

    public static AwsResponse Ec2Error(AwsException error, string requestId) => Write("", error.Status, Element("Response",
        Element("Errors", Element("Error", Element("Code", error.Code), Element("Message", error.Message))), Element("RequestID", requestId)));

    public static AwsResponse Error(XNamespace ns, AwsException error, string requestId) => Write(ns, error.Status, Element("ErrorResponse",
        Element("Error", Element("Type", error.Status >= 500 ? "Receiver" : "Sender"), Element("Code", error.Code), Element("Message", error.Message)),
        Element("RequestId", requestId)));

    private static AwsResponse Write(XNamespace ns, int status, XElement root) => new(status, ContentType, output =>
    {
        using var stream = new BufferStream(output);
        using var writer = XmlWriter.Create(stream, s_settings);
        Write(writer, root, ns.NamespaceName);
    });

    private static void Write(XmlWriter writer, XElement element, string ns)
    {
        writer.WriteStartElement(null, element.Name.LocalName, ns);
        foreach (var node in element.Nodes())
        {
            if (node is XElement child)
                Write(writer, child, ns);
            else if (node is XText text)
                writer.WriteString(text.Value);
        }

        writer.WriteEndElement();
    }

    /// <summary>What XmlWriter needs to write to buffers.</summary>
    private sealed class BufferStream(IBufferWriter<byte> output) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer) => output.Write(buffer);

        public override void Flush()
        {
            // Whoever owns the buffers sends them.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
