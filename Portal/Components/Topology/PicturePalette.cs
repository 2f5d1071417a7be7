namespace Portal.Components.Topology;

/// <summary>The colours of wwwroot/tokens.css that a picture needs which leaves the portal: a test holds them together.</summary>
public static class PicturePalette
{
    public static IReadOnlyDictionary<string, string> Light { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["surface"] = "#ffffff",
        ["sunken"] = "#eef0f4",
        ["line-strong"] = "#c3cad6",
        ["ink"] = "#171c26",
        ["ink-2"] = "#4a5466",
        ["ink-3"] = "#566074",
        ["ok"] = "#136b43",
        ["ok-soft"] = "#e3f5ec",
        ["busy"] = "#2f55d4",
        ["busy-soft"] = "#e6edff",
        ["wait"] = "#566074",
        ["wait-soft"] = "#eceff4",
        ["warn"] = "#7d4800",
        ["warn-soft"] = "#fff1da",
        ["bad"] = "#b42020",
        ["bad-soft"] = "#fdeaea",
        ["vpc"] = "#6b4fbb",
        ["public"] = "#23702f",
        ["private"] = "#1864ab",
    };

    public static IReadOnlyDictionary<string, string> Dark { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["surface"] = "#171c25",
        ["sunken"] = "#11161e",
        ["line-strong"] = "#3d4859",
        ["ink"] = "#e9edf4",
        ["ink-2"] = "#b4bdcb",
        ["ink-3"] = "#929db0",
        ["ok"] = "#5bd19a",
        ["ok-soft"] = "#12301f",
        ["busy"] = "#8aa8ff",
        ["busy-soft"] = "#1b2748",
        ["wait"] = "#9aa6b8",
        ["wait-soft"] = "#222a36",
        ["warn"] = "#f3b35c",
        ["warn-soft"] = "#38270c",
        ["bad"] = "#ff8f8f",
        ["bad-soft"] = "#3b1717",
        ["vpc"] = "#b39df3",
        ["public"] = "#7bd88f",
        ["private"] = "#7db8f0",
    };
}
