namespace Portal.Core.Security;

/// <summary>What acts.</summary>
public enum ActorKind
{
    /// <summary>Somebody at a browser.</summary>
    Person,

    /// <summary>A program with a personal access token.</summary>
    Token,

    /// <summary>A process of ours, by itself.</summary>
    System,
}

/// <summary>Who acts, as every use case is told and every event says; each way to sign in maps what it knows to this.</summary>
/// <param name="Subject">Stable id from the identity provider; "the requester cannot approve" compares it.</param>
public sealed record Actor(string Subject, string Name, IReadOnlySet<string> Roles)
{
    private const string TeamPrefix = "team:";

    /// <summary>The portal's own processes; they act without a role, because no use case is called by them.</summary>
    public static Actor System { get; } = new("system", "Portal", new HashSet<string>()) { Kind = ActorKind.System };

    public ActorKind Kind { get; init; } = ActorKind.Person;

    /// <summary>Names of the teams that the person belongs to, as configuration maps the provider's groups.</summary>
    public IReadOnlySet<string> Teams { get; init; } = new HashSet<string>();

    /// <summary>Name of the token that a program acts with; null for who acts themselves.</summary>
    public string? Token { get; init; }

    /// <summary>From where: the client's address, as the trusted proxies tell it; null where that is not known, and for the portal's own processes.</summary>
    public string? Address { get; init; }

    /// <summary>What the token lets; null where nothing but the roles limits.</summary>
    public IReadOnlySet<TokenScope>? Scopes { get; init; }

    /// <summary>Who did it, as events say it.</summary>
    public string Signature => Token is null ? Name : $"token {Token} of {Name}";

    /// <summary>Whom a team's token acts as. Whose hands it is in nobody knows, so that all of the team are taken for the one who asked.</summary>
    public static string SubjectOf(string team) => $"{TeamPrefix}{team}";

    /// <summary>The team whose token acts under that subject; null for a person's.</summary>
    public static string? TeamOf(string? subject) => subject?.StartsWith(TeamPrefix, StringComparison.Ordinal) == true ? subject[TeamPrefix.Length..] : null;

    public bool May(Permission permission) => Policies.Allows(Roles, permission) && permission switch
    {
        Permission.View => Lets(TokenScope.Read),
        Permission.RequestEnvironment => Lets(TokenScope.Request),
        Permission.Audit => Lets(TokenScope.Audit),
        _ => Scopes is null,
    };

    public bool Lets(TokenScope scope) => Scopes?.Contains(scope) ?? true;

    /// <summary>Whether their token is for more than to look: for asking or for deciding.</summary>
    public bool LetsTakePart => Lets(TokenScope.Request) || Lets(TokenScope.Approve);

    /// <summary>Whether it is their own, or asked for with a token of a team of theirs.</summary>
    public bool IsWhoAsked(string requestedById) => requestedById == Subject || Teams.Any(team => SubjectOf(team) == requestedById);

    /// <summary>The team that was named, trimmed; where none was (null), the only one, or none (empty).</summary>
    public string TeamOr(string? named) => named?.Trim() ?? (Teams.Count == 1 ? Teams.First() : "");

    /// <summary>Whether the person operates the portal, with or without a token: what is other teams' is open to him then, as far as the token lets him do it.</summary>
    public bool Operates => Policies.Allows(Roles, Permission.Operate);

    /// <summary>Where mail reaches them, as the sign-in tells; null where it tells nothing.</summary>
    public string? Mail { get; init; }
}

public static class Roles
{
    public const string Admin = "Admin";
    public const string Engineer = "Engineer";
    public const string Ops = "Ops";
    public const string Viewer = "Viewer";

    public static IReadOnlyList<string> All { get; } = [Viewer, Engineer, Ops, Admin];
}

public enum Permission
{
    View,
    RequestEnvironment,

    /// <summary>Read who did what, over all environments and teams.</summary>
    Audit,

    /// <summary>What keeps the portal going, and what protects environments from others: background jobs, deletion protection.</summary>
    Operate,

    /// <summary>Configuration and what belongs to others.</summary>
    Administer,
}

/// <summary>Which role may do what: the one table behind the pages' policies and the use cases' checks.</summary>
public static class Policies
{
    private static readonly Dictionary<Permission, string[]> Table = new()
    {
        [Permission.View] = [Roles.Viewer, Roles.Engineer, Roles.Ops, Roles.Admin],
        [Permission.RequestEnvironment] = [Roles.Engineer, Roles.Ops, Roles.Admin],
        [Permission.Audit] = [Roles.Ops, Roles.Admin],
        [Permission.Operate] = [Roles.Ops, Roles.Admin],
        [Permission.Administer] = [Roles.Admin],
    };

    public static IReadOnlyList<string> RolesFor(Permission permission) => Table[permission];

    /// <summary>"Engineer, Ops and Admin".</summary>
    public static string InWords(Permission permission) => Table[permission] switch
    {
        [var only] => only,
        [.. var others, var last] => $"{string.Join(", ", others)} and {last}",
        [] => "nobody",
    };

    public static bool Allows(IReadOnlySet<string> roles, Permission permission) => Table[permission].Any(roles.Contains);
}
