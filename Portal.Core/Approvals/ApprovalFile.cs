using System.Security.Cryptography;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Core.Approvals;

/// <summary>Reads approvals.yaml.</summary>
public static class ApprovalFile
{
    private const string File = "approvals.yaml";

    private const string AnyName = @"^\S(.{0,98}\S)?$";
    private const int MostRules = 100;
    private const int MostPeople = 20;
    private const int MostHours = 24 * 90;
    private const decimal MostMoney = 1_000_000_000;

    /// <param name="folder">Templates/catalog.</param>
    /// <exception cref="InvalidDataException">The file is missing or wrong; the message lists every fault.</exception>
    public static ApprovalPolicy Read(string folder)
    {
        var faults = new CatalogFaults();
        var policy = CatalogNode.Read(folder, File, faults, Read, new ApprovalPolicy());
        faults.ThrowIfAny();
        return policy with { Digest = Convert.ToHexStringLower(SHA256.HashData(System.IO.File.ReadAllBytes(Path.Combine(folder, File)))) };
    }

    private static ApprovalPolicy Read(CatalogNode file)
    {
        var groups = file.List("groups", Group);
        var rules = file.Has("rules") ? file.List("rules", node => Rule(node, groups)) : [];
        if (rules.Count > MostRules)
            file.Fault("rules", $"has {rules.Count} rules; {MostRules} at most.");
        var otherwise = file.List("otherwise", node => Stage(node, groups));
        if (otherwise.Count == 0)
            file.Fault("otherwise", "has no stage: what no rule fits could never be decided.");
        var policy = new ApprovalPolicy { LastsDays = file.Integer("lastsDays", 1, 365), Groups = groups, Rules = rules, Otherwise = otherwise };
        return policy with
        {
            WaitsDays = file.Has("waitsDays") ? file.Integer("waitsDays", 1, 365) : policy.WaitsDays,
            RemindsHours = file.Has("remindsHours") ? file.Integer("remindsHours", 1, MostHours) : policy.RemindsHours,
            WarnsDays = file.Has("warnsDays") ? file.Integer("warnsDays", 1, 365) : policy.WarnsDays,
        };
    }

    private static ApproverGroup Group(CatalogNode node)
    {
        var roles = node.TextList("roles", $"^({string.Join('|', Roles.All)})$", Roles.Ops, required: false);
        var group = new ApproverGroup(node.Id(), node.Text("title", AnyName, "Operations"), roles, node.TextList("teams", AnyName, "security", required: false));
        if (group.Roles.Count + group.Teams.Count == 0)
            node.Fault("roles", "is empty, and so is teams: nobody would be in the group.");
        return group;
    }

    private static ApprovalRule Rule(CatalogNode node, List<ApproverGroup> groups)
    {
        var automatic = node.Has("automatic") && node.Flag("automatic");
        var stages = node.Has("stages") ? node.List("stages", stage => Stage(stage, groups)) : [];
        if (automatic == stages.Count > 0)
            node.Fault(automatic ? "automatic" : "stages", automatic ? "asks for nobody, and stages ask for somebody; say one of them." : "is empty; name a group, or say automatic: true.");
        return new ApprovalRule(node.Id(), node.Text("title", AnyName, "Data of production would be lost"), node.Mapping("when", Conditions, new RuleConditions()), automatic, stages)
        {
            IsAlone = node.Has("alone") && node.Flag("alone"),
        };
    }

    private static RuleConditions Conditions(CatalogNode node)
    {
        var when = new RuleConditions
        {
            Classes = node.Words<EnvironmentClass>("class", "production"),
            Kinds = node.Words<RequestKind>("kind", "change"),
            Targets = node.TextList("target", AnyName, "production-eu", required: false),
            Teams = node.TextList("team", AnyName, "shop", required: false),
            GoldenPaths = node.TextList("goldenPath", "^[a-z][a-z0-9-]*$", "web-shop", required: false),
            CostAtLeast = Amount(node, "costAtLeast"),
            CostAtMost = Amount(node, "costAtMost"),
            RiseAtLeast = Amount(node, "riseAtLeast"),
            RiseAtMost = Amount(node, "riseAtMost"),
            LosesData = node.Has("losesData") ? node.Flag("losesData") : null,
            IsOpen = node.Has("open") ? node.Flag("open") : null,
        };
        if (when == new RuleConditions { Classes = when.Classes, Kinds = when.Kinds, Targets = when.Targets, Teams = when.Teams, GoldenPaths = when.GoldenPaths }
            && when.Classes.Count + when.Kinds.Count + when.Targets.Count + when.Teams.Count + when.GoldenPaths.Count == 0)
            node.Fault("class", "is missing, and so is every other condition: say what the rule is about, or put its stages under otherwise.");
        return when;
    }

    private static decimal? Amount(CatalogNode node, string key) => node.Number(key, -MostMoney, MostMoney, required: false);

    private static ApprovalStage Stage(CatalogNode node, List<ApproverGroup> groups)
    {
        var group = GroupOf(node, "group", groups);
        return new ApprovalStage(group, node.Integer("needed", 1, MostPeople))
        {
            Escalation = node.Has("escalate")
                ? node.Mapping("escalate", one => new Escalation(one.Integer("afterHours", 1, MostHours), GroupOf(one, "to", groups)), new Escalation(1, group))
                : null,
        };
    }

    private static string GroupOf(CatalogNode node, string key, List<ApproverGroup> groups)
    {
        var id = node.Text(key);
        if (id.Length > 0 && !groups.Exists(group => group.Id == id))
            node.Fault(key, $"is '{id}', which is not one of the groups.");
        return id;
    }
}
