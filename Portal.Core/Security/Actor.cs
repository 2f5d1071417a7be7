namespace Portal.Core.Security;

/// <summary>Who acts, as every use case is told. The seam for real sign-in: OpenID Connect maps its claims to this.</summary>
/// <param name="Subject">Stable id from the identity provider; "the requester cannot approve" compares it.</param>
public sealed record Actor(string Subject, string Name, IReadOnlySet<string> Roles)
{
    public bool May(Permission permission) => Policies.Allows(Roles, permission);
}

public static class Roles
{
    public const string Engineer = "Engineer";
    public const string Ops = "Ops";
    public const string Viewer = "Viewer";

    public static IReadOnlyList<string> All { get; } = [Engineer, Ops, Viewer];
}

public enum Permission
{
    View,
    RequestEnvironment,
    DecideRequest,
}

/// <summary>Which role may do what: the one table behind the pages' policies and the use cases' checks.</summary>
public static class Policies
{
    private static readonly Dictionary<Permission, string[]> Table = new()
    {
        [Permission.View] = [Roles.Engineer, Roles.Ops, Roles.Viewer],
        [Permission.RequestEnvironment] = [Roles.Engineer, Roles.Ops],
        [Permission.DecideRequest] = [Roles.Ops],
    };

    public static IReadOnlyList<string> RolesFor(Permission permission) => Table[permission];

    public static bool Allows(IReadOnlySet<string> roles, Permission permission) => Table[permission].Any(roles.Contains);
}
