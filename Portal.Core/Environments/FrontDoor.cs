namespace Portal.Core.Environments;

/// <summary>The address at which a browser reaches an API of a target.</summary>
public static class FrontDoor
{
    /// <summary>Stands for the API's id in a target's own address.</summary>
    public const string Api = "{api}";

    /// <param name="apiUrl">As the stack gave it: the API's id is the first part of its host name, the stage its path.</param>
    /// <param name="ofTarget">The target's own address with <see cref="Api"/>; null where the stack's is the one to use.</param>
    public static string Address(string apiUrl, string? ofTarget)
    {
        if (ofTarget is null || !Uri.TryCreate(apiUrl, UriKind.Absolute, out var url))
            return apiUrl.TrimEnd('/');
        return ofTarget.Replace(Api, url.Host.Split('.')[0], StringComparison.Ordinal).TrimEnd('/') + url.AbsolutePath.TrimEnd('/');
    }
}
