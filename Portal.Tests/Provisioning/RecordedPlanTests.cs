using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Provisioning;

/// <summary>Plans as earlier versions stored them, with the hash that was approved then. A file here is never changed, only added.</summary>
public sealed class RecordedPlanTests
{
    [Theory]
    [InlineData("format-1", "68b79af58b95073164b06ce0adc9efbcd89730dc25928a93569b1fbaedf13ad8")]
    [InlineData("format-2", "cf6a3c7272bee9dc9d555d1d5bbbc7bb0e7919b230becf799f3659213d117d61")]
    public void FromJson_StoredByAnEarlierVersion_HasTheHashThatWasApproved(string name, string hash)
    {
        var stored = File.ReadAllText(Path.Combine(ProgramUnderTest.RepositoryRoot, "Portal.Tests", "Provisioning", "Recorded", $"plan-{name}.json"));

        var plan = Plan.FromJson(stored);

        plan.Hash.ShouldBe(hash);
        Plan.FromJson(plan.ToJson()).Hash.ShouldBe(hash);
        plan.Steps.ShouldNotBeEmpty();
    }
}
