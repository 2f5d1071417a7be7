using System.Globalization;
using System.Xml.Linq;
using Portal.Core.Provisioning;

namespace Portal.Worker.Aws.Sdk;

/// <summary>Reads Query answers by local name: each service and version has a namespace of its own.</summary>
internal static class XmlReading
{
    public static XElement? Child(this XElement parent, string name) =>
        parent.Elements().FirstOrDefault(element => element.Name.LocalName == name);

    /// <summary>Null where the element is absent or empty: AWS leaves out what has no value, imitations send it empty.</summary>
    public static string? Text(this XElement parent, string name) => parent.Child(name)?.Value is { Length: > 0 } text ? text : null;

    /// <exception cref="StepFailedException">The answer lacks what AWS's service model calls required.</exception>
    public static string Required(this XElement parent, string name) => parent.Text(name) ?? throw Missing(parent, name);

    public static DateTimeOffset? Time(this XElement parent, string name) =>
        parent.Text(name) is { } text
            ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)
            : null;

    public static DateTimeOffset RequiredTime(this XElement parent, string name) =>
        parent.Time(name) ?? throw Missing(parent, name);

    /// <param name="member">What an item is called; RDS has other names than the protocol's own.</param>
    public static IEnumerable<XElement> Members(this XElement parent, string name, string member = "member") =>
        parent.Child(name)?.Elements().Where(element => element.Name.LocalName == member) ?? [];

    public static IReadOnlyDictionary<string, string> Pairs(this XElement parent, string name, string keyField, string valueField) =>
        parent.Members(name).ToDictionary(
            member => member.Required(keyField), member => member.Text(valueField) ?? "", StringComparer.Ordinal);

    private static StepFailedException Missing(XElement parent, string name) =>
        new("aws_unreadable", $"AWS's answer has no {name} in {parent.Name.LocalName}.");
}
