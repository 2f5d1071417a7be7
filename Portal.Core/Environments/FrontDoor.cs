using Portal.Core.Provisioning;

namespace Portal.Core.Environments;

/// <summary>The address at which a browser reaches an API of a target, and whether there is any.</summary>
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

    /// <param name="hasRoutes">Whether its routes were made, and are not gone.</param>
    /// <param name="isAsleep">Whether anything of it rests.</param>
    /// <returns>Why nothing can be asked of it, and what to do; null where it can be asked, however it may answer.</returns>
    public static string? WhyNot(EnvironmentState state, bool hasRoutes, bool isAsleep) => state switch
    {
        EnvironmentState.Requested => "There is nothing to send to yet: it waits for approval.",
        EnvironmentState.Rejected => "There is nothing to send to: it was never built.",
        EnvironmentState.Destroyed => "There is nothing to send to: it is destroyed. Ask for it again to have it back.",
        EnvironmentState.Destroying => "It is being destroyed: nothing is sent to it any more.",
        _ when isAsleep && state.IsMoving() => "It is not awake yet: wait until it is.",
        _ when isAsleep => "It is asleep, and nothing would answer: wake it up first.",
        _ when !hasRoutes && state.IsMoving() => "Its front door is not there yet: wait until its routes stand.",
        _ when !hasRoutes => "Its front door was not made: go on with what stopped before.",
        _ => null,
    };
}
