using System.Globalization;
using System.IO.Enumeration;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;
using Portal.Emulator.Contracts;

namespace Portal.Emulator.Aws.Secrets;

/// <summary>
/// What a pod's role may read: that of its Pod Identity association, by the managed policies attached to it. Only Allow, actions and resources
/// count. The sentences are of aws/secrets-store-csi-driver-provider-aws, those of the SDK and of IAM in them as they are remembered.
/// </summary>
internal sealed class PodSecrets(SecretStore secrets, ParameterStore parameters, Inventory inventory, EmulatorOptions options) : IPodSecrets
{
    public const string NoSecret = "Secrets Manager can't find the specified secret.";

    public SecretFetch Fetch(string cluster, string inNamespace, string serviceAccount, string type, string name)
    {
        var isSecret = type == "secretsmanager";
        var (service, action, failing) = isSecret ? ("Secrets Manager", "GetSecretValue", $"Failed fetching secret {name}") : ("SSM", "GetParameters", "Failed fetching parameters");
        SecretFetch Refused(string why) => new("", "", $"{options.Region}: {failing}: operation error {service}: {action}, {why}");

        if (RoleOf(cluster, inNamespace, serviceAccount) is not { } role)
            return Refused("get identity: get credentials: failed to refresh cached credentials, failed to load credentials: (ResourceNotFoundException): Failed to get credentials: No pod identity association found for the service account");
        var (found, parameter) = (isSecret ? secrets.Find(name) : null, isSecret ? null : parameters.Find(name));
        var allowed = isSecret ? $"secretsmanager:{action}" : $"ssm:{action}";
        var resource = isSecret
            ? found?.Arn ?? (name.StartsWith("arn:", StringComparison.Ordinal) ? name : $"arn:aws:secretsmanager:{options.Region}:{options.AccountId}:secret:{name}-??????")
            : name.StartsWith("arn:", StringComparison.Ordinal) ? name : $"arn:aws:ssm:{options.Region}:{options.AccountId}:parameter/{name.TrimStart('/')}";
        if (!MayRead(role, allowed, resource))
        {
            return Refused($"https response error StatusCode: 400, RequestID: {Guid.NewGuid()}, api error AccessDeniedException: User: arn:aws:sts::{options.AccountId}:assumed-role/{role.PhysicalId}/eks-{cluster}-{serviceAccount} "
                + $"is not authorized to perform: {allowed} on resource: {(isSecret ? name : resource)} because no identity-based policy allows the {allowed} action");
        }

        if (found is not null)
            return new SecretFetch(found.Value, found.Version, null);
        if (parameter is not null)
            return new SecretFetch(parameter.Value, parameter.Version.ToString(CultureInfo.InvariantCulture), null);
        return isSecret
            ? Refused($"https response error StatusCode: 400, RequestID: {Guid.NewGuid()}, ResourceNotFoundException: {NoSecret}")
            : new SecretFetch("", "", $"400: {options.Region}: invalid parameters: {name}");
    }

    private CloudResource? RoleOf(string cluster, string inNamespace, string serviceAccount) =>
        inventory.OfType("AWS::EKS::PodIdentityAssociation").FirstOrDefault(one => one.Properties["ClusterName"].ToText() == cluster
            && one.Properties["Namespace"].ToText() == inNamespace && one.Properties["ServiceAccount"].ToText() == serviceAccount) is { } association
            ? inventory.OfType("AWS::IAM::Role").FirstOrDefault(role => role.Attributes["Arn"].ToText() == association.Properties["RoleArn"].ToText())
            : null;

    private bool MayRead(CloudResource role, string action, string resource)
    {
        var attached = Texts(role.Properties["ManagedPolicyArns"]).ToHashSet(StringComparer.Ordinal);
        return inventory.OfType("AWS::IAM::ManagedPolicy").Where(policy => attached.Contains(policy.PhysicalId))
            .SelectMany(policy => policy.Properties["PolicyDocument"]?["Statement"] as JsonArray ?? [])
            .Any(statement => statement?["Effect"].ToText() == "Allow" && Texts(statement["Action"]).Contains(action)
                && Texts(statement["Resource"]).Any(pattern => pattern == resource || FileSystemName.MatchesSimpleExpression(pattern, resource, ignoreCase: false)));
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonArray list => list.Select(JsonText.ToText),
        null => [],
        _ => [node.ToText()],
    };
}
