using System.Text.RegularExpressions;
using Portal.Core.Provisioning;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Steps.Releases;

/// <summary>
/// Why a pod's secrets could not be mounted, out of the kubelet's event, which quotes the driver, which quotes AWS's provider, which quotes AWS. The
/// wordings are those of kubernetes-sigs/secrets-store-csi-driver and aws/secrets-store-csi-driver-provider-aws. Pure.
/// </summary>
internal static partial class MountTrouble
{
    public const string Reason = "FailedMount";

    private const string NoDriver = "pods_secrets_driver";
    private const string Denied = "pods_secret_denied";

    private static readonly string[] s_volumeReasons = [Reason, "Pulling", "Pulled", "Created", "Started"];

    /// <returns>The event that says why the volumes of a pod are not there; null where they are, or nothing was said yet.</returns>
    public static PodEvent? Of(IEnumerable<PodEvent> events) => events.LastOrDefault(said => s_volumeReasons.Contains(said.Reason)) is { Reason: Reason } last ? last : null;

    /// <param name="step">The release; null where it is not known.</param>
    public static (string Code, string Sentence) Explain(string message, string release, PlannedStep? step)
    {
        if (message.Contains("not found in the list of registered CSI drivers", StringComparison.Ordinal) || message.Contains("provider not found: provider", StringComparison.Ordinal))
            return (NoDriver, $"The node has no driver that could bring {release} its secrets. A new node has it after a minute: try again. Where it stays so, look at the cluster's add-on aws-secrets-store-csi-driver-provider.");
        if (Missing().Match(message) is { Success: true } missing)
            return ("pods_secret_missing", $"There is no secret '{missing.Groups["name"].Value}', which {release} reads. Create it in Secrets Manager, in {missing.Groups["region"].Value}, then try again.");
        if (Leaving().Match(message) is { Success: true } leaving)
            return ("pods_secret_missing", $"The secret '{leaving.Groups["name"].Value}', which {release} reads, is marked for deletion. Restore it in Secrets Manager, then try again.");
        if (Parameters().Match(message) is { Success: true } parameters)
            return ("pods_secret_missing", $"There is no parameter {parameters.Groups["names"].Value.Trim()}, which {release} reads. Create it in Parameter Store, in {parameters.Groups["region"].Value}, then try again.");
        if (message.Contains("kms", StringComparison.OrdinalIgnoreCase) && message.Contains("AccessDenied", StringComparison.Ordinal))
            return (Denied, $"{(Named(message) is { Length: > 0 } hidden ? $"The secret{hidden}, which {release} reads," : $"A secret that {release} reads")} is encrypted by a KMS key that its pods may not use. Add the key's ARN to the keys of the service's secrets, and let the key's own policy leave rights to IAM.");
        if (message.Contains("AccessDeniedException", StringComparison.Ordinal))
            return (Denied, $"The pods of {release} may not read{(Named(message) is { Length: > 0 } name ? name : " one of its secrets")}. Their role's policy names it; look whether the secret has a policy of its own that refuses, then try again.");
        if (Key().Match(message) is { Success: true } key)
            return ("pods_secret_key", $"{Called(step, key.Groups["alias"].Value, release)} has no key '{key.Groups["path"].Value.Trim('"')}'. Give the secret that key, or name another one in the variable, then try again.");
        if (NoJson().Match(message) is { Success: true } text)
            return ("pods_secret_key", $"The secret '{text.Groups["name"].Value}', which {release} reads a key of, holds no JSON. Write it as {{\"key\": \"value\"}}, or leave out what stands after # in the variable, then try again.");
        if (NoText().Match(message) is { Success: true } other)
            return ("pods_secret_key", $"The key '{other.Groups["path"].Value.Trim('"')}' of a secret that {release} reads is no text. Put its value into quotes in the secret's JSON, then try again.");
        if (message.Contains("pod identity", StringComparison.OrdinalIgnoreCase))
            return (Denied, $"The pods of {release} have no role, so that they may read no secret. Repair the environment, which gives them theirs again.");
        return ("pods_volume", $"A volume of {release} cannot be mounted (FailedMount).");
    }

    /// <summary>Whether it is no fault for a while: on a new node, and of a role that was given its rights just before.</summary>
    /// <param name="code">As <see cref="Explain"/> has it.</param>
    public static bool MayPass(string code) => code is NoDriver or Denied;

    /// <summary>What whoever knows says, without those who pass it on.</summary>
    public static string CauseOf(string message) => message[(message.LastIndexOf(Passed, StringComparison.Ordinal) is var at and >= 0 ? at + Passed.Length : 0)..];

    private const string Passed = "code = Unknown desc = ";

    private static string Named(string message) => Fetching().Match(message) is { Success: true } found ? $" '{found.Groups["name"].Value}'" : "";

    private static string Called(PlannedStep? step, string alias, string release) =>
        step is not null && SecretValues.Called(step, [alias]) is [var name, ..] ? char.ToUpperInvariant(name[0]) + name[1..] : $"A secret that {release} reads";

    [GeneratedRegex(@"Failed fetching secret (?<name>[^\s:]+(?::[^\s:]+)*): ")]
    private static partial Regex Fetching();

    [GeneratedRegex(@"(?<region>[a-z]{2}(?:-[a-z]+)+-[0-9]): Failed fetching secret (?<name>[^\s:]+(?::[^\s:]+)*): .*ResourceNotFoundException: Secrets Manager")]
    private static partial Regex Missing();

    [GeneratedRegex(@"Failed fetching secret (?<name>[^\s:]+(?::[^\s:]+)*): .*marked for deletion")]
    private static partial Regex Leaving();

    [GeneratedRegex(@"(?<region>[a-z]{2}(?:-[a-z]+)+-[0-9]): invalid parameters: (?<names>[A-Za-z0-9_./, :-]+)")]
    private static partial Regex Parameters();

    [GeneratedRegex("JMES Path - (?<path>.+) for object alias - (?<alias>[A-Za-z0-9-]+) does not point to a valid object")]
    private static partial Regex Key();

    [GeneratedRegex(@"Invalid JSON used with jmesPath in secret: (?<name>\S+?)\.(?:\s|\z)")]
    private static partial Regex NoJson();

    [GeneratedRegex(@"Invalid JMES search result type for path:(?<path>.+?)\. Only string")]
    private static partial Regex NoText();
}
