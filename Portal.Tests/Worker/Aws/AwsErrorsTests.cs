using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Portal.Core.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Aws.Sdk;

namespace Portal.Tests.Worker.Aws;

public sealed class AwsErrorsTests
{
    private static readonly AwsTarget Target = new("staging", "111122223333", "us-east-1", null, null);

    [Theory]
    [InlineData("Throttling", 400, "cfn_throttled", true)]
    [InlineData("RequestLimitExceeded", 503, "cfn_throttled", true)]
    [InlineData("Http429", 429, "cfn_throttled", true)]
    [InlineData("ExpiredToken", 403, "cfn_credentials_expired", false)]
    [InlineData("InvalidClientTokenId", 403, "cfn_credentials_refused", false)]
    [InlineData("SignatureDoesNotMatch", 403, "cfn_credentials_refused", false)]
    [InlineData("AccessDenied", 403, "cfn_access_denied", false)]
    [InlineData("LimitExceededException", 400, "cfn_limit_exceeded", false)]
    [InlineData("AlreadyExistsException", 400, "cfn_already_exists", false)]
    [InlineData("ValidationError", 400, "cfn_invalid", false)]
    [InlineData("InternalFailure", 500, "cfn_unavailable", true)]
    [InlineData("Http502", 502, "cfn_unavailable", true)]
    [InlineData("SomethingNew", 400, "cfn_refused", false)]
    public void Classify_Answer_IsOneOfOurs(string code, int status, string expected, bool canRetry)
    {
        var answer = new AmazonServiceException("Because.", ErrorType.Sender, code, "id", (HttpStatusCode)status);

        var failure = AwsErrors.Classify(answer, AwsService.CloudFormation, "CreateStack", Target).Failure;

        failure.Code.ShouldBe(expected);
        failure.CanRetry.ShouldBe(canRetry);
        failure.IsThrottling.ShouldBe(expected == "cfn_throttled");
        (failure.RetryAfter is not null).ShouldBe(failure.IsThrottling);
        failure.Silent.ShouldBe(expected is "cfn_throttled" or "cfn_unavailable" ? Correspondents.Aws : null);
        failure.Message.ShouldContain("CloudFormation in staging (us-east-1)");
        failure.Message.ShouldEndWith(".");
    }

    [Theory]
    [InlineData("Stack:arn:aws:cloudformation:us-east-1:111122223333:stack/a/1 is in UPDATE_IN_PROGRESS state and can not be updated.", "cfn_busy")]
    [InlineData("Stack:arn:aws:cloudformation:us-east-1:111122223333:stack/a/1 is in ROLLBACK_COMPLETE state and can not be updated.", "cfn_invalid")]
    public void Classify_StackInTheWrongState_CanBeRetriedOnlyWhileItMoves(string message, string expected)
    {
        var answer = new AmazonServiceException(message, ErrorType.Sender, "ValidationError", "id", HttpStatusCode.BadRequest);

        AwsErrors.Classify(answer, AwsService.CloudFormation, "UpdateStack", Target).Failure.Code.ShouldBe(expected);
    }

    [Fact]
    public void Classify_Network_IsRetriable()
    {
        var error = new AmazonClientException("wrapped", new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)));

        var failure = AwsErrors.Classify(error, AwsService.Eks, "DescribeCluster", Target).Failure;

        failure.Code.ShouldBe("eks_unreachable");
        failure.Silent.ShouldBe(Correspondents.Aws);
        failure.CanRetry.ShouldBeTrue();
    }

    [Fact]
    public void Classify_NoCredentials_NamesTheRemedy()
    {
        var failure = AwsErrors.Classify(new AmazonClientException("No credentials found."), AwsService.Sts, "GetCallerIdentity", Target).Failure;

        failure.Code.ShouldBe("sts_credentials_missing");
        failure.CanRetry.ShouldBeFalse();
        failure.Message.ShouldContain("Worker:Aws:AccessKeyId");
    }

    [Theory]
    [InlineData("ResourceNotFoundException:http://internal.amazon.com/coral/", "{\"message\":\"gone\"}", "ResourceNotFoundException", "gone")]
    [InlineData(null, "{\"__type\":\"com.amazonaws#ThrottlingException\",\"Message\":\"slow\"}", "ThrottlingException", "slow")]
    [InlineData(null, "<html>bad gateway</html>", "Http502", "HTTP 502")]
    public void RestError_AnyForm_GivesCodeAndMessage(string? header, string body, string code, string message)
    {
        var error = RestUnmarshaller.Error(header, body, null, HttpStatusCode.BadGateway);

        error.ErrorCode.ShouldBe(code);
        error.Message.ShouldBe(message);
    }

    [Fact]
    public void QueryError_NotXml_GivesTheStatus() =>
        QueryUnmarshaller.Error("upstream connect error", null, HttpStatusCode.ServiceUnavailable).ErrorCode.ShouldBe("Http503");
}
