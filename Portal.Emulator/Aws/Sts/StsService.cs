using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Aws.Signing;
using static Portal.Emulator.Aws.QueryXml;

namespace Portal.Emulator.Aws.Sts;

/// <summary>STS's Query API, version 2011-06-15: who am I, and keys for a role.</summary>
internal sealed partial class StsService : QueryService
{
    private readonly CredentialStore _credentials;
    private readonly Inventory _inventory;
    private readonly EmulatorOptions _options;

    public StsService(CredentialStore credentials, Inventory inventory, EmulatorOptions options)
        : base("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/")
    {
        (_credentials, _inventory, _options) = (credentials, inventory, options);
        Actions = new Dictionary<string, Func<AwsRequest, XElement?>>(StringComparer.Ordinal)
        {
            ["GetCallerIdentity"] = GetCallerIdentity,
            ["AssumeRole"] = AssumeRole,
        };
    }

    protected override IReadOnlyDictionary<string, Func<AwsRequest, XElement?>> Actions { get; }

    public override string SubjectOf(AwsRequest request) => request.Parameters["RoleArn"] ?? request.Caller.Arn;

    private static XElement GetCallerIdentity(AwsRequest request) => Element("Result",
        Element("Arn", request.Caller.Arn), Element("UserId", request.Caller.UserId), Element("Account", request.Caller.AccountId));

    /// <summary>Any role of this account may be assumed: the emulator holds no trust policies of roles made elsewhere, and of those made here it asks for the external id.</summary>
    private XElement AssumeRole(AwsRequest request)
    {
        var role = request.Parameters.Required("RoleArn");
        var session = request.Parameters.Required("RoleSessionName");
        if (!SessionName().IsMatch(session))
            throw AwsException.Validation($"1 validation error detected: Value '{session}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*");
        if (!RoleArn().IsMatch(role))
            throw AwsException.Validation($"{role} is invalid");
        if (role.Split(':')[4] != _options.AccountId || !Trusts(role, request.Parameters["ExternalId"]))
            throw new AwsException("AccessDenied", $"User: {request.Caller.Arn} is not authorized to perform: sts:AssumeRole on resource: {role}", 403);
        var seconds = int.TryParse(request.Parameters["DurationSeconds"] ?? "3600", out var asked) && asked is >= 900 and <= 43_200
            ? asked
            : throw AwsException.Validation($"1 validation error detected: Value '{request.Parameters["DurationSeconds"]}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200");
        var keys = _credentials.IssueFor(role, session, TimeSpan.FromSeconds(seconds));
        return Element("Result",
            Element("Credentials",
                Element("AccessKeyId", keys.AccessKeyId), Element("SecretAccessKey", keys.SecretAccessKey),
                Element("SessionToken", keys.SessionToken), Element("Expiration", Text(keys.Expires!.Value))),
            Element("AssumedRoleUser", Element("AssumedRoleId", keys.Caller.UserId), Element("Arn", keys.Caller.Arn)));
    }

    private bool Trusts(string arn, string? externalId)
    {
        var role = _inventory.OfType("AWS::IAM::Role").FirstOrDefault(one => one.Attributes["Arn"].ToText() == arn);
        var ids = (role?.Properties["AssumeRolePolicyDocument"]?["Statement"] as JsonArray ?? []).Select(statement => statement?["Condition"]?["StringEquals"]?["sts:ExternalId"].ToText()).Where(id => !string.IsNullOrEmpty(id)).ToList();
        return ids.Count == 0 || ids.Contains(externalId ?? "");
    }

    [GeneratedRegex(@"^[\w+=,.@-]{2,64}\z")]
    private static partial Regex SessionName();

    [GeneratedRegex(@"^arn:aws:iam::\d{12}:role/[\w+=,.@/-]+\z")]
    private static partial Regex RoleArn();
}
