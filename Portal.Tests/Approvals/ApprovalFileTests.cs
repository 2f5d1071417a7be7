using Portal.Core.Approvals;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Approvals;

public sealed class ApprovalFileTests : IDisposable
{
    private const string Head = "lastsDays: 14\ngroups:\n  - id: operations\n    title: Operations\n    roles: [Ops]\n";
    private const string Tail = "otherwise:\n  - { group: operations, needed: 1 }\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portal-approvals-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Read_TheFileAsItComes_AsksOneOfOperationsAndTwoWhereDataOfProductionGoes()
    {
        var policy = Samples.Approvals;

        policy.Otherwise.ShouldHaveSingleItem().Needed.ShouldBe(1);
        policy.Rules.ShouldHaveSingleItem().Stages.ShouldHaveSingleItem().Needed.ShouldBe(2);
        policy.Digest.Length.ShouldBe(64);
        policy.WaitsDays.ShouldBe(30);
    }

    [Theory]
    [InlineData("", 30)]
    [InlineData("waitsDays: 7\n", 7)]
    public void Read_HowLongARequestWaits_IsThirtyDaysWhereNothingIsSaid(string said, int days)
    {
        Write(said);

        ApprovalFile.Read(_folder.FullName).WaitsDays.ShouldBe(days);
    }

    [Fact]
    public void Read_EveryKey_IsTaken()
    {
        Write("""
            rules:
              - id: all
                title: All of it
                when: { class: [production, staging], kind: [change], target: [eu], team: [shop], costAtLeast: 1, costAtMost: 2.5, riseAtLeast: -3, riseAtMost: 4, losesData: false, open: true }
                stages:
                  - { group: operations, needed: 2, escalate: { afterHours: 24, to: operations } }

            """);

        var rule = ApprovalFile.Read(_folder.FullName).Rules.ShouldHaveSingleItem();

        rule.When.Classes.ShouldBe([EnvironmentClass.Production, EnvironmentClass.Staging]);
        rule.When.Kinds.ShouldBe([RequestKind.Change]);
        (rule.When.Targets.Single(), rule.When.Teams.Single(), rule.When.CostAtLeast, rule.When.CostAtMost, rule.When.RiseAtLeast, rule.When.RiseAtMost, rule.When.LosesData, rule.When.IsOpen)
            .ShouldBe(("eu", "shop", 1, 2.5m, -3, 4, false, true));
        rule.Stages.ShouldHaveSingleItem().Escalation.ShouldBe(new(24, "operations"));
    }

    [Theory]
    [InlineData("rules:\n  - id: a\n    title: A\n    when: { class: [prod] }\n    automatic: true\n", "rules[0].when.class has 'prod'; it has to look like production.")]
    [InlineData("rules:\n  - id: a\n    title: A\n    when: { colour: red }\n    automatic: true\n", "rules[0].when.colour is not a key that means anything here")]
    [InlineData("rules:\n  - id: a\n    title: A\n    when: {}\n    automatic: true\n", "say what the rule is about")]
    [InlineData("rules:\n  - id: a\n    title: A\n    when: { open: true }\n", "name a group, or say automatic: true")]
    [InlineData("rules:\n  - id: a\n    title: A\n    when: { open: true }\n    automatic: true\n    stages:\n      - { group: operations, needed: 1 }\n", "say one of them")]
    [InlineData("rules:\n  - id: a\n    title: A\n    when: { open: true }\n    stages:\n      - { group: security, needed: 1 }\n", "rules[0].stages[0].group is 'security', which is not one of the groups.")]
    [InlineData("rules:\n  - id: a\n    title: A\n    when: { open: true }\n    stages:\n      - { group: operations, needed: 0 }\n", "is 0; it has to be 1 to 20.")]
    [InlineData("waitsDays: 0\n", "waitsDays is 0; it has to be 1 to 365.")]
    [InlineData("waitsDays: 99999999999999999999\n", "waitsDays")]
    [InlineData("rules:\n  - id: operations\n    title: A\n    when: { open: true }\n    automatic: true\n", "'operations' is there already")]
    public void Read_WhatCannotBe_IsSaidWithItsPlace(string rules, string fault)
    {
        Write(rules);

        Should.Throw<InvalidDataException>(() => ApprovalFile.Read(_folder.FullName)).Message.ShouldContain(fault);
    }

    [Fact]
    public void Read_NobodyLeftToDecide_IsRefused()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "approvals.yaml"), "lastsDays: 14\ngroups:\n  - id: nobody\n    title: Nobody\notherwise: []\n");

        var faults = Should.Throw<InvalidDataException>(() => ApprovalFile.Read(_folder.FullName)).Message;

        faults.ShouldContain("nobody would be in the group");
        faults.ShouldContain("what no rule fits could never be decided");
    }

    private void Write(string rules) => File.WriteAllText(Path.Combine(_folder.FullName, "approvals.yaml"), Head + rules + Tail);
}
