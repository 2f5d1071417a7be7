namespace Portal.Core.Environments;

/// <summary>The address at which a browser reaches an API of a target.</summary>
public static class FrontDoor
{
    /// <summary>Stands for the API's id in a target's own address.</summary>
    public const string Api = "{api}";

    /// <param name="apiUrl">As the stack gave it: the stage is its path.</param>
    /// <param name="api">Id of the API: an own domain does not tell it.</param>
    /// <param name="ofTarget">The target's own address with <see cref="Api"/>; null where the stack's is the one to use.</param>
    public static string Address(string apiUrl, string? api, string? ofTarget)
    {
        if (ofTarget is null || !Uri.TryCreate(apiUrl, UriKind.Absolute, out var url))
            return apiUrl.TrimEnd('/');
        return ofTarget.Replace(Api, api ?? url.Host.Split('.')[0], StringComparison.Ordinal).TrimEnd('/') + url.AbsolutePath.TrimEnd('/');
    }
}
