using System.Globalization;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>Names of the API's versions. Pure.</summary>
public static class ApiVersions
{
    /// <summary>v1 → v2, 2024 → 2025, beta → beta-2: whatever is free.</summary>
    public static string After(string name, IEnumerable<string> taken)
    {
        var digits = name.Length - name.TrimEnd("0123456789".ToCharArray()).Length;
        var stem = digits > 0 ? name[..^digits] : name.Length > 0 ? name + "-" : "v";
        var number = digits is > 0 and < 9 ? int.Parse(name[^digits..], CultureInfo.InvariantCulture) + 1 : 2;
        var known = taken.Append(name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        stem = stem[..Math.Min(stem.Length, FieldLimits.Stage - 9)];
        while (known.Contains(stem + number.ToString(CultureInfo.InvariantCulture)))
            number++;
        return stem + number.ToString(CultureInfo.InvariantCulture);
    }
}
