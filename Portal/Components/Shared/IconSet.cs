using Microsoft.AspNetCore.Components;

namespace Portal.Components.Shared;

/// <summary>The one small set of icons, drawn in a box of 16 in the colour of the text.</summary>
public static class IconSet
{
    private static readonly Dictionary<string, string> s_shapes = new(StringComparer.Ordinal)
    {
        ["ready"] = """<path d="M3 8.5l3.4 3.4L13 4.8" />""",
        ["busy"] = """<circle cx="8" cy="8" r="6" stroke-width="1.6" /><path d="M8 8V3.6a4.4 4.4 0 0 1 4.4 4.4z" fill="currentColor" stroke="none" />""",
        ["failed"] = """<path d="M4 4l8 8M12 4l-8 8" />""",
        ["waiting"] = """<circle cx="8" cy="8" r="5.4" stroke-width="1.6" />""",
        ["skipped"] = """<circle cx="8" cy="8" r="5.4" stroke-width="1.6" /><path d="M4.4 11.6l7.2-7.2" stroke-width="1.6" />""",
        ["warning"] = """<path d="M8 2.6L14 13H2z" stroke-width="1.6" /><path d="M8 6.6v3M8 11.4v.01" stroke-width="1.6" />""",
        ["drift"] = """<path d="M8 3.2L13.4 12.6H2.6z" fill="currentColor" stroke-width="1.4" />""",
        ["clock"] = """<circle cx="8" cy="8" r="5.6" stroke-width="1.5" /><path d="M8 4.8V8l2.2 1.6" stroke-width="1.5" />""",
        ["wall"] = """<path d="M2 3h12v8H2zM5.5 13.6h5" stroke-width="1.5" />""",
        ["play"] = """<path d="M4.5 3v10l8-5z" fill="currentColor" stroke-width="1.4" />""",
        ["pause"] = """<path d="M5.2 3.4v9.2M10.8 3.4v9.2" stroke-width="2.4" />""",
        ["question"] = """<path d="M5.4 5.6a2.6 2.6 0 1 1 3.7 2.4c-.8.4-1.1.9-1.1 1.7M8 12.6v.01" stroke-width="1.6" />""",
        ["unseen"] = """<path d="M2 8s2.2-3.8 6-3.8S14 8 14 8s-2.2 3.8-6 3.8S2 8 2 8zM3 13L13 3" stroke-width="1.5" />""",
        ["leaving"] = """<path d="M8 3v9M4 8.5L8 12.5 12 8.5" stroke-width="1.6" />""",
        ["asleep"] = """<path d="M12.8 9.8A5.4 5.4 0 0 1 6.2 3.2a5.4 5.4 0 1 0 6.6 6.6z" stroke-width="1.5" />""",
        ["live"] = """<circle cx="8" cy="8" r="3.6" fill="currentColor" stroke="none" />""",
        ["menu"] = """<path d="M2.5 4h11M2.5 8h11M2.5 12h11" stroke-width="1.6" />""",
        ["search"] = """<circle cx="7" cy="7" r="4.4" stroke-width="1.6" /><path d="M10.4 10.4L14 14" stroke-width="1.6" />""",
        ["close"] = """<path d="M4 4l8 8M12 4l-8 8" stroke-width="1.6" />""",
        ["plus"] = """<path d="M8 3v10M3 8h10" stroke-width="1.6" />""",
        ["remove"] = """<path d="M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9" stroke-width="1.4" />""",
        ["previous"] = """<path d="M10 3L5 8l5 5" stroke-width="1.6" />""",
        ["next"] = """<path d="M6 3l5 5-5 5" stroke-width="1.6" />""",
        ["up"] = """<path d="M3.5 10L8 5.5l4.5 4.5" stroke-width="1.6" />""",
        ["down"] = """<path d="M3.5 6L8 10.5 12.5 6" stroke-width="1.6" />""",
        ["filter"] = """<path d="M2 4h12M4.5 8h7M6.5 12h3" stroke-width="1.6" />""",
        ["columns"] = """<path d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" stroke-width="1.4" />""",
        ["view"] = """<path d="M4 2.5h8v11l-4-3-4 3z" stroke-width="1.5" />""",
        ["target"] = """<path d="M2.5 3h11L9.4 8.2v4.3L6.6 14V8.2z" stroke-width="1.4" />""",
        ["order"] = """<path d="M5 3v10M2.6 10.6L5 13l2.4-2.4M11 13V3M8.6 5.4L11 3l2.4 2.4" stroke-width="1.5" />""",
        ["user"] = """<circle cx="8" cy="5.4" r="2.8" stroke-width="1.5" /><path d="M2.8 13.6a5.2 5.2 0 0 1 10.4 0" stroke-width="1.5" />""",
        ["bell"] = """<path d="M3.5 11.5c1-1 1.2-2 1.2-4.3a3.3 3.3 0 0 1 6.6 0c0 2.3.2 3.3 1.2 4.3zM6.8 13.6a1.3 1.3 0 0 0 2.4 0" stroke-width="1.5" />""",
        ["brand"] = """<path d="M2.5 2.5h11v11h-11zM2.5 8H8v5.5" stroke-width="1.6" />""",
        ["environment"] = """<path d="M3 3h10v4H3zM3 9h4v4H3zM9 9h4v4H9z" stroke-width="1.4" />""",
    };

    // Made once for all circuits: a component each would cost a circuit two kilobytes.
    private static readonly Dictionary<string, MarkupString> s_drawn = s_shapes.ToDictionary(
        shape => shape.Key,
        shape => new MarkupString($"""<svg class="icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{shape.Value}</svg>"""),
        StringComparer.Ordinal);

    /// <summary>To be put beside a word.</summary>
    /// <param name="name">The state's or the action's.</param>
    public static MarkupString Of(string name) => Known(s_drawn, name);

    /// <summary>As MudBlazor's components take an icon, in a box of 24.</summary>
    public static string ForMud(string name) =>
        $"""<g transform="scale(1.5)" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{Known(s_shapes, name)}</g>""";

    private static T Known<T>(Dictionary<string, T> icons, string name) =>
        icons.TryGetValue(name, out var icon) ? icon : throw new InvalidOperationException($"There is no icon '{name}'.");
}
