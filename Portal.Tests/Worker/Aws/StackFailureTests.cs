using Portal.Core.Provisioning;
using Portal.Worker.Aws;

namespace Portal.Tests.Worker.Aws;

public sealed class StackFailureTests
{
    [Fact]
    public void Explain_CascadeAfterOneFailure_NamesTheFirst()
    {
        var failure = StackFailure.Explain("shop-data", "The following resource(s) failed to create", Newest(
            ("DatabaseSubnets", "AWS::RDS::DBSubnetGroup", "CREATE_COMPLETE", null),
            ("DatabaseCluster", "AWS::RDS::DBCluster", "CREATE_FAILED",
                "Resource handler returned message: \"DBCluster quota reached (40) (Service: Rds, Status Code: 400, Request ID: 12)\" (RequestToken: 77, HandlerErrorCode: ServiceLimitExceeded)"),
            ("DatabaseSecret", "AWS::SecretsManager::Secret", "CREATE_FAILED", "Resource creation cancelled"),
            ("shop-data", "AWS::CloudFormation::Stack", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [DatabaseCluster]")));

        failure.Message.ShouldBe("Aurora cluster DatabaseCluster failed: DBCluster quota reached (40).");
        failure.Code.ShouldBe("stack_resource_limit");
        failure.CanRetry.ShouldBeFalse();
        failure.RootCause!.ShouldContain("Request ID: 12");
    }

    [Fact]
    public void Explain_ThrottledHandler_CanBeRetried()
    {
        var failure = StackFailure.Explain("s", null, Newest(
            ("Deployment", "AWS::ApiGateway::Deployment", "CREATE_FAILED", "Too Many Requests (RequestToken: 7, HandlerErrorCode: Throttling)")));

        failure.CanRetry.ShouldBeTrue();
        failure.Message.ShouldBe("API deployment Deployment failed: Too Many Requests.");
    }

    [Fact]
    public void ExplainHalfBack_ChangeAndWayBackFailed_NamesWhatKeepsItFromGoingBackFirst()
    {
        var failure = StackFailure.ExplainHalfBack("shop-data", null, Newest(
            ("Note", "AWS::SSM::Parameter", "UPDATE_FAILED", "too long"),
            ("shop-data", "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Note]"),
            ("Database", "AWS::RDS::DBInstance", "UPDATE_FAILED", "DBInstance not found"),
            ("Key", "AWS::SSM::Parameter", "UPDATE_FAILED", "Resource of type 'AWS::SSM::Parameter' with identifier 'key' was not found. (RequestToken: 7, HandlerErrorCode: NotFound)"),
            ("Other", "AWS::SSM::Parameter", "UPDATE_FAILED", "Resource update cancelled"),
            ("shop-data", "AWS::CloudFormation::Stack", "UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [Database]")));

        failure.Code.ShouldBe(Failure.HalfBack);
        failure.RootCause.ShouldBe("DBInstance not found");
        failure.Message.ShouldStartWith("Stack shop-data could not be changed, nor go back to what it was. ");
        failure.Message.ShouldContain("Database failed: DBInstance not found. The change itself had failed because SSM parameter Note failed: too long. ");
        failure.Evidence!.Single().Lines.Count().ShouldBe(5);
        // What may be left out on the way: what failed on it, and not what was cancelled or had failed before.
        failure.Resources!.Select(one => (one.LogicalId, one.Title, one.IsGone)).ShouldBe([("Database", "Database instance Database", false), ("Key", "SSM parameter Key", true)]);
    }

    [Fact]
    public void Explain_OnlyTheStackFailed_TellsItsReason() =>
        StackFailure.Explain("shop-iam", null, Newest(("shop-iam", "AWS::CloudFormation::Stack", "DELETE_FAILED", "Role is in use"))).Message
            .ShouldBe("Stack shop-iam failed: Role is in use.");

    [Fact]
    public void Explain_NoEvents_TellsTheStacksReason() =>
        StackFailure.Explain("shop-iam", "Template error", []).Message.ShouldBe("Stack shop-iam failed: Template error.");

    [Theory]
    [InlineData("AWS::EC2::NatGateway", "NAT gateway")]
    [InlineData("AWS::EC2::RouteTable", "Route table")]
    [InlineData("Custom::Thing", "Thing")]
    [InlineData("", "Resource")]
    public void Of_Type_IsReadable(string type, string title) => ResourceTitles.Of(type).ShouldBe(title);

    private static IEnumerable<StackEvent> Newest(params (string Id, string Type, string Status, string? Reason)[] oldestFirst) =>
        oldestFirst.Select((e, i) => new StackEvent($"{i}", e.Id, null, e.Type, e.Status, e.Reason, DateTimeOffset.UnixEpoch.AddSeconds(i), null)).Reverse();
}
