using Portal.Core.Catalog;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Teams;

/// <summary>Reads teams.yaml.</summary>
public static class TeamFile
{
    private const string File = "teams.yaml";

    private const string AnyName = @"^\S(.{0,98}\S)?$";
    private const int MostLimits = 100;
    private const int MostEnvironments = 100_000;
    private const decimal MostMoney = 1_000_000_000;

    /// <param name="folder">Templates/catalog.</param>
    /// <exception cref="InvalidDataException">The file is missing or wrong; the message lists every fault.</exception>
    public static TeamPolicy Read(string folder)
    {
        var faults = new CatalogFaults();
        var policy = CatalogNode.Read(folder, File, faults, Read, new TeamPolicy());
        faults.ThrowIfAny();
        return policy;
    }

    private static TeamPolicy Read(CatalogNode file)
    {
        var limits = file.Has("limits") ? file.List("limits", Limit) : [];
        if (limits.Count > MostLimits)
            file.Fault("limits", $"has {limits.Count} limits; {MostLimits} at most.");
        var raisedBy = file.TextList("raisedBy", $"^({string.Join('|', Roles.All)})$", Roles.Ops, required: limits.Count > 0);
        return new TeamPolicy
        {
            Visibility = Enum.TryParse<Visibility>(file.Text("visibility", "^(open|team)$", "open"), ignoreCase: true, out var visibility) ? visibility : Visibility.Open,
            Limits = limits,
            RaisedBy = raisedBy,
        };
    }

    private static TeamLimit Limit(CatalogNode node)
    {
        var limit = new TeamLimit(
            node.Id(), node.Text("title", AnyName, "Development environments of a team"), node.TextList("team", AnyName, "shop", required: false),
            node.Words<EnvironmentClass>("class", "production"),
            node.Has("environments") ? node.Integer("environments", 1, MostEnvironments) : null,
            node.Number("monthly", 1, MostMoney, required: false));
        if (limit is { Environments: null, Monthly: null })
            node.Fault("environments", "is missing, and so is monthly: say how many, or how much a month.");
        return limit;
    }
}
