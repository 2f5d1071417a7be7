using Microsoft.AspNetCore.Components;
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

    /// <summary>
    /// What the address that is shown says, for a part of a page: only pages are told by the framework. A part that comes or goes while it tells of
    /// a new address ends the circuit (SupplyParameterFromQueryValueProvider goes through its subscribers while they change).
    /// </summary>
    /// <returns>The first of several; null where the address does not name it.</returns>
    public static string? Query(this NavigationManager navigation, string name) =>
        QueryHelpers.ParseQuery(navigation.ToAbsoluteUri(navigation.Uri).Query).TryGetValue(name, out var values) ? values[0] : null;
}
