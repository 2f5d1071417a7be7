using Portal.Core.Approvals;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Tests.Approvals;

/// <summary>Rules as an organisation would have them: cheap development passes, production asks two groups, data asks for two of operations.</summary>
internal static class TestRules
{
    public static ApprovalPolicy Policy { get; } = new()
    {
        Groups = [new("operations", "Operations", [Roles.Ops, Roles.Admin], []), new("security", "Security", [], ["security"]), new("leads", "Leads", [], ["leads"])],
        Rules =
        [
            new("cheap", "Cheap development needs nobody", new RuleConditions { Classes = [EnvironmentClass.Development], CostAtMost = 5_000, LosesData = false }, IsAutomatic: true, []),
            new("production", "Production", new RuleConditions { Classes = [EnvironmentClass.Production] }, IsAutomatic: false,
                [new("operations", 1), new("security", 1) { Escalation = new(24, "leads") }]),
            new("data", "Data would be lost", new RuleConditions { LosesData = true }, IsAutomatic: false, [new("operations", 2)]),
        ],
        Otherwise = [new("operations", 1)],
        LastsDays = 14,
        Digest = "rules",
    };

    public static RequestFacts Facts { get; } = new() { Kind = RequestKind.Create, Class = EnvironmentClass.Staging, Target = "sandbox", Monthly = 300, Rise = 300 };

    public static Actor Person(string subject, string? role = null, string? team = null) =>
        new(subject, subject, new HashSet<string>(role is null ? [] : [role])) { Teams = new HashSet<string>(team is null ? [] : [team]) };
}
