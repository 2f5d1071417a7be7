using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using Amazon.Runtime;
using Portal.Core.Provisioning;

namespace Portal.Worker.Aws.Sdk;

/// <summary>Turns what the SDK throws into a failure that says what to do. Called after the SDK's own retries.</summary>
internal static partial class AwsErrors
{
    /// <summary>On top of the pauses of the SDK's own three tries.</summary>
    private static readonly TimeSpan ThrottlePause = TimeSpan.FromSeconds(5);

    /// <summary>A call of one of the SDK's own clients.</summary>
    public static async Task<T> ClassifyAsync<T>(Func<Task<T>> call, AwsService service, string action, AwsTarget target, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Classify(error, service, action, target);
        }
    }

    public static StepFailedException Classify(Exception error, AwsService service, string action, AwsTarget target)
    {
        var place = $"{service.Title} in {target.Name} ({target.Region})";
        return error switch
        {
            StepFailedException known => known,
            AmazonUnmarshallingException or XmlException or JsonException => Retriable("unreadable", $"{place} gave an answer to {action} that cannot be read: {Innermost(error).Message.TrimEnd('.')}."),
            AmazonServiceException answer when (int)answer.StatusCode >= 100 => new StepFailedException(FromAnswer(answer, service, action, place), error),
            _ when IsNetwork(error) => new StepFailedException(
                new Failure($"{service.Prefix}_unreachable", $"{place} cannot be reached: {Innermost(error).Message.TrimEnd('.')}.", CanRetry: true) { Silent = Correspondents.Aws }, error),
            AmazonClientException or AmazonServiceException => Final(
                "credentials_missing",
                $"The worker has no AWS credentials for {target.Name}: {error.Message.TrimEnd('.')}. Give it a role or set Worker:Aws:AccessKeyId and Worker:Aws:SecretAccessKey."),
            _ => Final("unexpected", $"{place} gave an answer to {action} that was not expected: {error.Message.TrimEnd('.')}."),
        };

        StepFailedException Retriable(string code, string message) => new($"{service.Prefix}_{code}", message, canRetry: true, error);
        StepFailedException Final(string code, string message) => new($"{service.Prefix}_{code}", message, canRetry: false, error);
    }

    private static Failure FromAnswer(AmazonServiceException answer, AwsService service, string action, string place)
    {
        var message = answer.Message.TrimEnd('.');
        return answer.ErrorCode switch
        {
            // The list of the SDK's standard retry mode.
            "Throttling" or "ThrottlingException" or "ThrottledException" or "RequestThrottledException" or "RequestThrottled"
                or "RequestLimitExceeded" or "TooManyRequestsException" or "BandwidthLimitExceeded" or "SlowDown" or "PriorRequestNotComplete" =>
                Say("throttled", $"{place} asks for patience: {message}.") with { CanRetry = true, IsThrottling = true, Silent = Correspondents.Aws, RetryAfter = ThrottlePause },
            "ExpiredToken" or "ExpiredTokenException" or "RequestExpired" =>
                Say("credentials_expired", $"The worker's AWS credentials for {place} have expired: renew them and retry."),
            "InvalidClientTokenId" or "UnrecognizedClientException" or "SignatureDoesNotMatch" or "InvalidSignatureException"
                or "IncompleteSignature" or "MissingAuthenticationToken" or "MissingAuthenticationTokenException" or "AuthFailure" =>
                Say("credentials_refused", $"{place} does not accept the worker's AWS credentials: {message}. Check the access key and the target's account."),
            "AccessDenied" or "AccessDeniedException" or "UnauthorizedOperation" or "OptInRequired" =>
                Say("access_denied", $"{place} does not allow {action}: {message}. Give the worker's role that permission."),
            "LimitExceeded" or "LimitExceededException" or "ResourceLimitExceededException" or "ServiceQuotaExceededException" =>
                Say("limit_exceeded", $"A quota of {place} is reached: {message}. Ask AWS to raise it or remove what is no longer needed."),
            "AlreadyExistsException" or "AlreadyExists" or "ResourceInUseException" =>
                Say("already_exists", $"{place} has one of that name already: {message}."),
            "TokenAlreadyExistsException" =>
                Say("token_used", $"{place} knows the request's token from another request: {message}. Retry the step to get a new one."),
            "InsufficientCapabilitiesException" or "InsufficientCapabilities" =>
                Say("capability_missing", $"{place} wants a capability acknowledged: {message}."),
            "ResourceNotFoundException" or "LoadBalancerNotFound" or "StackNotFoundException" or "DBInstanceNotFound"
                or "NoSuchBucket" or "NoSuchResourceException" or "QueueDoesNotExist" or "AWS.SimpleQueueService.NonExistentQueue" =>
                Say("not_found", $"{place} does not have it: {message}."),
            "OperationInProgressException" or "InvalidDBInstanceState" => Say("busy", $"{place} is still busy with it: {message}.") with { CanRetry = true },
            "ValidationError" when BusyState().IsMatch(message) => Say("busy", $"{place} is still busy with it: {message}.") with { CanRetry = true },
            "ValidationError" or "ValidationException" or "InvalidParameterException" or "InvalidParameterValue" or "InvalidRequestException"
                or "BadRequestException" or "MalformedInput" =>
                Say("invalid", $"{place} refused {action}: {message}."),
            _ when (int)answer.StatusCode >= 500 =>
                Say("unavailable", $"{place} failed to answer {action}: {message}.") with { CanRetry = true, Silent = Correspondents.Aws },
            _ when answer.StatusCode == HttpStatusCode.TooManyRequests =>
                Say("throttled", $"{place} asks for patience: {message}.") with { CanRetry = true, IsThrottling = true, Silent = Correspondents.Aws, RetryAfter = ThrottlePause },
            _ => Say("refused", $"{place} refused {action} ({answer.ErrorCode}): {message}."),
        };

        Failure Say(string code, string sentence) => new($"{service.Prefix}_{code}", sentence);
    }

    private static bool IsNetwork(Exception? error) => error switch
    {
        null => false,
        HttpRequestException or SocketException or IOException or TimeoutException or TaskCanceledException => true,
        WebException => true,
        _ => IsNetwork(error.InnerException),
    };

    private static Exception Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error;

    /// <summary>CloudFormation has no code for it: "Stack:arn:… is in UPDATE_IN_PROGRESS state and can not be updated."</summary>
    [GeneratedRegex("is in [A-Z_]+_IN_PROGRESS state", RegexOptions.None, 1000)]
    private static partial Regex BusyState();
}
