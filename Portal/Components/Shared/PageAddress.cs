using Microsoft.AspNetCore.WebUtilities;

namespace Portal.Components.Shared;

/// <summary>Addresses of pages: what is usual is left out, so that they stay short and one list has one address.</summary>
public static class PageAddress
{
    /// <param name="parameters">In the order they are to stand; those without a value are left out.</param>
    public static string Of(string path, params IEnumerable<(string Name, string? Value)> parameters) => QueryHelpers.AddQueryString(
        path, parameters.Where(parameter => !string.IsNullOrEmpty(parameter.Value)).Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value)));

    /// <param name="number">From 0; the first page is not named.</param>
    public static (string Name, string? Value) Page(int number) => ("page", number > 0 ? (number + 1).ToString() : null);
}
