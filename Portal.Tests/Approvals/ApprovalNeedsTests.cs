using Portal.Core.Approvals;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Tests.Approvals;

public sealed class ApprovalNeedsTests
{
    [Fact]
    public void Of_NoRuleFits_AsksWhomThePolicyNames()
    {
        var needs = ApprovalNeeds.Of(TestRules.Policy, TestRules.Facts);

        needs.Automatic.ShouldBeNull();
        needs.Stages.ShouldHaveSingleItem().InWords.ShouldBe("one of Operations");
        needs.Stages[0].Because.ShouldBeEmpty();
    }

    [Fact]
    public void Of_AnAutomaticRuleFits_AsksForNobody()
    {
        ApprovalNeeds.Of(TestRules.Policy, TestRules.Facts with { Class = EnvironmentClass.Development }).Automatic!.Id.ShouldBe("cheap");
    }

    [Theory]
    [InlineData(5_000, true)]
    [InlineData(5_001, false)]
    public void Of_TheCostAtTheLimit_IsWithinIt(int monthly, bool automatic)
    {
        (ApprovalNeeds.Of(TestRules.Policy, TestRules.Facts with { Class = EnvironmentClass.Development, Monthly = monthly }).Automatic is not null).ShouldBe(automatic);
    }

    [Fact]
    public void Of_SeveralRulesFit_AsksEachGroupOnceWithItsLargestNumber()
    {
        var needs = ApprovalNeeds.Of(TestRules.Policy, TestRules.Facts with { Kind = RequestKind.Destroy, Class = EnvironmentClass.Production, LosesData = true });

        needs.Stages.Select(stage => stage.InWords).ShouldBe(["2 of Operations", "one of Security"]);
        needs.Stages[0].Because.ShouldBe(["Production", "Data would be lost"]);
    }

    [Fact]
    public void Of_AnotherRuleAsksForSomebody_AnAutomaticOneDoesNotCount()
    {
        var policy = TestRules.Policy with
        {
            Rules = [.. TestRules.Policy.Rules, new ApprovalRule("open", "Open to everybody", new RuleConditions { IsOpen = true }, IsAutomatic: false, [new("security", 1)])],
        };

        var needs = ApprovalNeeds.Of(policy, TestRules.Facts with { Class = EnvironmentClass.Development, IsOpen = true });

        needs.Automatic.ShouldBeNull();
        needs.Stages.ShouldHaveSingleItem().Group.Id.ShouldBe("security");
    }

    [Fact]
    public void Of_EachRule_SaysWhichOfItsConditionsHold()
    {
        var cheap = ApprovalNeeds.Of(TestRules.Policy, TestRules.Facts with { Monthly = 9_000 }).Rules[0];

        cheap.Fits.ShouldBeFalse();
        cheap.Conditions.ShouldBe([(false, "its class is development"), (false, "it costs $5,000 a month at most"), (true, "no data would be lost")]);
    }

    [Fact]
    public void Of_WhatWasAskedForBeforeThereWereRules_AsksWhomThePolicyNames()
    {
        ApprovalNeeds.Of(TestRules.Policy, null).Stages.ShouldHaveSingleItem().Group.Id.ShouldBe("operations");
    }

    /// <summary>Each condition alone, at both sides of what it asks.</summary>
    [Fact]
    public void Against_EachCondition_LooksAtItsOwnFact()
    {
        var facts = TestRules.Facts with { Teams = ["shop"], Rise = 40, IsOpen = true };
        (RuleConditions When, RequestFacts Other)[] cases =
        [
            (new() { Kinds = [RequestKind.Create] }, facts with { Kind = RequestKind.Change }),
            (new() { Classes = [EnvironmentClass.Staging] }, facts with { Class = EnvironmentClass.Production }),
            (new() { Targets = ["sandbox"] }, facts with { Target = "production" }),
            (new() { Teams = ["shop", "users"] }, facts with { Teams = ["sales"] }),
            (new() { CostAtLeast = 300 }, facts with { Monthly = 299 }),
            (new() { CostAtMost = 300 }, facts with { Monthly = 301 }),
            (new() { RiseAtLeast = 40 }, facts with { Rise = 39 }),
            (new() { RiseAtMost = 40 }, facts with { Rise = 41 }),
            (new() { LosesData = false }, facts with { LosesData = true }),
            (new() { IsOpen = true }, facts with { IsOpen = false }),
        ];

        foreach (var (when, other) in cases)
        {
            when.Against(facts).ShouldHaveSingleItem().Holds.ShouldBeTrue(when.ToString());
            when.Against(other).ShouldHaveSingleItem().Holds.ShouldBeFalse(when.ToString());
        }
    }
}
