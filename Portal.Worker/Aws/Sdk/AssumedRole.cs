using Amazon.Runtime;
using Amazon.SecurityToken;
using Amazon.SecurityToken.Model;

namespace Portal.Worker.Aws.Sdk;

/// <summary>
/// The session of a target's role, renewed by the SDK's base class before it ends. The SDK's own AssumeRoleAWSCredentials
/// cannot be told where STS is, and a target can have an endpoint of its own.
/// </summary>
internal sealed class AssumedRole : RefreshingAWSCredentials
{
    /// <summary>What CloudTrail shows as the session.</summary>
    public const string SessionName = "portal-worker";

    private readonly IAmazonSecurityTokenService _sts;
    private readonly AwsTarget _target;

    public AssumedRole(IAmazonSecurityTokenService sts, AwsTarget target)
    {
        _sts = sts;
        _target = target;
        // EKS tokens are signed with these and live 14 minutes: whatever is handed out must outlast one.
        PreemptExpiryTime = TimeSpan.FromMinutes(15);
    }

    protected override CredentialsRefreshState GenerateNewCredentials() =>
        throw new NotSupportedException("The worker only makes asynchronous calls.");

    protected override async Task<CredentialsRefreshState> GenerateNewCredentialsAsync()
    {
        try
        {
            var answer = await _sts.AssumeRoleAsync(
                new AssumeRoleRequest { RoleArn = _target.RoleArn, RoleSessionName = SessionName, DurationSeconds = 3600, ExternalId = _target.ExternalId });
            var made = answer.Credentials;
            return new CredentialsRefreshState(
                new ImmutableCredentials(made.AccessKeyId, made.SecretAccessKey, made.SessionToken),
                made.Expiration.GetValueOrDefault().ToUniversalTime());
        }
        catch (Exception error)
        {
            // Said here, or it would look as if the service that needed the credentials had refused.
            throw AwsErrors.Classify(error, AwsService.Sts, "AssumeRole", _target);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _sts.Dispose();
        base.Dispose(disposing);
    }
}
