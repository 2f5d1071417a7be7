using Portal.Worker.Aws;

namespace Portal.Tests.Worker.Aws;

public sealed class StackStatusTests
{
    [Theory]
    [InlineData("CREATE_IN_PROGRESS", false, false, false)]
    [InlineData("CREATE_COMPLETE", true, false, true)]
    [InlineData("ROLLBACK_IN_PROGRESS", false, true, false)]
    [InlineData("ROLLBACK_COMPLETE", true, true, false)]
    [InlineData("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", false, false, true)]
    [InlineData("UPDATE_ROLLBACK_COMPLETE", true, true, false)]
    [InlineData("DELETE_COMPLETE", true, false, false)]
    [InlineData("DELETE_FAILED", true, true, false)]
    [InlineData("SOMETHING_NEW", false, false, false)]
    public void Table_Status_MeansWhatAwsSays(string status, bool settled, bool failed, bool usable)
    {
        StackStatus.IsSettled(status).ShouldBe(settled);
        StackStatus.HasFailed(status).ShouldBe(failed);
        StackStatus.IsUsable(status).ShouldBe(usable);
    }

    /// <summary>https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html and the API reference of UpdateStack.</summary>
    [Theory]
    [InlineData("CREATE_COMPLETE", true, false, false)]
    [InlineData("UPDATE_ROLLBACK_COMPLETE", true, false, false)]
    [InlineData("CREATE_FAILED", true, true, false)]
    [InlineData("UPDATE_FAILED", true, true, false)]
    [InlineData("ROLLBACK_COMPLETE", false, false, true)]
    [InlineData("ROLLBACK_FAILED", false, false, true)]
    [InlineData("DELETE_FAILED", false, false, true)]
    [InlineData("UPDATE_ROLLBACK_FAILED", false, false, false)]
    [InlineData("CREATE_IN_PROGRESS", false, false, false)]
    public void Snapshot_Status_AllowsWhatAwsAllows(string status, bool canBeUpdated, bool isPaused, bool mustBeDeleted)
    {
        var stack = new StackSnapshot("id", "shop-iam", status, null, new Dictionary<string, string>(), new Dictionary<string, string>(), default, null);
        (stack.CanBeUpdated, stack.IsPaused, stack.MustBeDeleted).ShouldBe((canBeUpdated, isPaused, mustBeDeleted));
    }

    /// <summary>https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html.</summary>
    [Fact]
    public void IsHalfBack_OneStatusOnly() => StackStatus.All.Where(StackStatus.IsHalfBack).ShouldBe(["UPDATE_ROLLBACK_FAILED"]);

    [Fact]
    public void Table_AllStatuses_AreConsistent()
    {
        StackStatus.All.Count.ShouldBe(23);
        foreach (var status in StackStatus.All)
        {
            (StackStatus.IsUsable(status) && StackStatus.HasFailed(status)).ShouldBeFalse(status);
            if (status.EndsWith("_IN_PROGRESS", StringComparison.Ordinal) && status != "REVIEW_IN_PROGRESS")
                StackStatus.IsSettled(status).ShouldBeFalse(status);
            if (status.EndsWith("_FAILED", StringComparison.Ordinal))
                StackStatus.HasFailed(status).ShouldBeTrue(status);
        }
    }
}
