using System.Globalization;
using System.Text.Json;
using Fluid;
using Fluid.Values;

namespace Portal.Core.Notifications;

/// <summary>What is told of one kind of event, before it has happened.</summary>
internal sealed class NoticeText
{
    public const int LongestTitle = 200;
    public const int LongestText = 1000;

    private static readonly FluidParser s_parser = new();
    private static readonly TemplateOptions s_options = Options();

    private readonly Dictionary<string, List<string>> _only;
    private readonly IFluidTemplate _title;
    private readonly IFluidTemplate _text;
    private readonly IFluidTemplate _path;

    private NoticeText(string kind, NoticeEntry entry)
    {
        (Kind, Event, To, _only) = (kind, entry.Event, entry.To, entry.Only);
        (_title, _text, _path) = (Parse(entry, entry.Title), Parse(entry, entry.Text), Parse(entry, entry.Path));
        if (To.Count == 0)
            throw new InvalidDataException($"notices.yaml: {entry.Event} is told to nobody; give it 'to'.");
    }

    public string Kind { get; }

    public string Event { get; }

    public IReadOnlyList<Audience> To { get; }

    public static NoticeText Of(string kind, NoticeEntry entry) => new(kind, entry);

    public bool IsOf(JsonElement body) => _only.All(pair => body.TryGetProperty(pair.Key, out var value) && value.ValueKind == JsonValueKind.String && pair.Value.Contains(value.GetString()!, StringComparer.Ordinal));

    public SaidNotice Say(ToldEvent told)
    {
        var context = new TemplateContext(s_options);
        context.SetValue("environment", told.Environment);
        context.SetValue("number", told.RequestNumber);
        context.SetValue("actor", told.ActorName);
        context.SetValue("requester", told.RequesterName);
        context.SetValue("data", Value(told.Body));
        return new SaidNotice(Kind, Cut(_title.Render(context), LongestTitle), Cut(_text.Render(context), LongestText), _path.Render(context));
    }

    private static IFluidTemplate Parse(NoticeEntry entry, string text) =>
        text.Length > 0 && s_parser.TryParse(text, out var template, out var error) ? template
            : throw new InvalidDataException($"notices.yaml: {entry.Event} has a text that cannot be read: '{text}'.");

    private static string Cut(string text, int longest) => text.Length <= longest ? text
        : text[..(longest - (char.IsHighSurrogate(text[longest - 2]) ? 2 : 1))] + "…";

    private static TemplateOptions Options()
    {
        var options = new TemplateOptions { CultureInfo = CultureInfo.InvariantCulture };
        options.Filters.AddFilter("money", (input, _, _) => Say(string.Create(CultureInfo.InvariantCulture, $"$ {input.ToNumberValue():#,0.##}")));
        options.Filters.AddFilter("day", (input, _, _) => Say(DateTimeOffset.TryParse(input.ToStringValue(), CultureInfo.InvariantCulture, out var at)
            ? at.ToUniversalTime().ToString("d MMM yyyy, HH:mm", CultureInfo.InvariantCulture) + " UTC" : "a day that is not known"));
        options.Filters.AddFilter("count", (input, arguments, _) => Say($"{input.ToStringValue()} {arguments.At(0).ToStringValue()}{(input.ToNumberValue() == 1 ? "" : "s")}"));
        options.Filters.AddFilter("noun", (input, _, _) => Say(input.ToStringValue() switch
        {
            "Create" => "A new environment",
            "Change" => "A change",
            "Destroy" => "The destruction",
            var other => other,
        }));
        return options;

        static ValueTask<FluidValue> Say(string text) => new(new StringValue(text));
    }

    private static object? Value(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().ToDictionary(property => property.Name, property => Value(property.Value), StringComparer.Ordinal),
        JsonValueKind.Array => element.EnumerateArray().Select(Value).ToList(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.GetDecimal(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}

/// <summary>An event with what its notice says of it.</summary>
/// <param name="Body">The event's versioned data.</param>
internal sealed record ToldEvent(string Kind, string Environment, long? RequestNumber, string ActorName, string? RequesterName, JsonElement Body);

/// <param name="Path">Within the portal.</param>
internal sealed record SaidNotice(string Kind, string Title, string Text, string Path);
