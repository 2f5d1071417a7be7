using Portal.Worker.Aws;
using Portal.Worker.Aws.Sdk;

namespace Portal.Tests.Worker.Aws;

/// <summary>Budgets so small that nothing comes back while a test runs.</summary>
public sealed class ReadBudgetTests
{
    [Fact]
    public async Task Take_WhoCanWaitHasHadTheirShare_LeavesTheRestToSteps()
    {
        using var budget = new ReadBudget(0.01, () => 1, atOnce: 5);
        using var stop = new CancellationTokenSource();
        for (var number = 0; number < 3; number++)
            await budget.TakeAsync(isPatient: true, stop.Token);

        var fourth = budget.TakeAsync(isPatient: true, stop.Token);
        await budget.TakeAsync(isPatient: false, stop.Token);
        await budget.TakeAsync(isPatient: false, stop.Token);

        fourth.IsCompleted.ShouldBeFalse();
        budget.TakeAsync(isPatient: false, stop.Token).IsCompleted.ShouldBeFalse("all of it is spent");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(fourth);
    }

    /// <summary>Each of them has the account's whole budget before it, and none knows what the others take.</summary>
    [Fact]
    public async Task Take_AsOneOfThree_HasAThirdOfIt()
    {
        using var budget = new ReadBudget(0.01, () => 3, atOnce: 7);
        using var stop = new CancellationTokenSource();
        await budget.TakeAsync(isPatient: false, stop.Token).WaitAsync(TimeSpan.FromSeconds(10));
        await budget.TakeAsync(isPatient: false, stop.Token).WaitAsync(TimeSpan.FromSeconds(10));

        var third = budget.TakeAsync(isPatient: false, stop.Token);

        third.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(third);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0.5)]
    [InlineData(300)]
    [InlineData(33.3)]
    public async Task Take_AnyRate_AdmitsAtOnceWhatASecondBrings(double perSecond)
    {
        using var budget = new ReadBudget(perSecond, () => 1);

        for (var number = 0; number < Math.Max(1, (int)perSecond); number++)
            await budget.TakeAsync(isPatient: false, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Find_BudgetIsSpent_WaitsForItsTurnAndWritesDoNot()
    {
        await using var aws = await AwsStub.StartAsync(
            ("DescribeStacks", AwsStub.Error("ValidationError", "Stack with id one does not exist")), ("DescribeStacks", AwsStub.Error("ValidationError", "Stack with id two does not exist")),
            ("DeleteStack", "<DeleteStackResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"/>"));
        var target = aws.Target with { ReadsPerSecond = 0.01 };
        var stacks = new CloudFormationGateway(aws.Clients, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        await stacks.FindAsync(target, "one", stop.Token);

        var second = stacks.FindAsync(target, "two", stop.Token);
        await stacks.DeleteAsync(target, "three", "token", stop.Token);

        second.IsCompleted.ShouldBeFalse();
        aws.Server.Requests.Select(request => request.Field("Action")).ShouldBe(["DescribeStacks", "DeleteStack"]);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(second);
    }
}
