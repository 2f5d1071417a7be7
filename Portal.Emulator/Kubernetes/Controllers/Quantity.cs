namespace Portal.Emulator.Kubernetes.Controllers;

/// <summary>Resource quantities such as 250m, 2 or 512Mi, as plain numbers.</summary>
internal static class Quantity
{
    private static readonly (string Suffix, double Factor)[] _suffixes =
    [
        ("Ki", 1024d), ("Mi", 1024d * 1024), ("Gi", 1024d * 1024 * 1024), ("Ti", 1024d * 1024 * 1024 * 1024),
        ("m", 0.001), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12),
    ];

    /// <summary>Zero where there is no quantity.</summary>
    public static double Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return 0;

        foreach (var (suffix, factor) in _suffixes)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal) && double.TryParse(text[..^suffix.Length], out var scaled))
                return scaled * factor;
        }

        return double.TryParse(text, out var plain) ? plain : 0;
    }
}
