namespace Portal.Emulator.Contracts;

/// <summary>Secrets Manager and Parameter Store, as the CSI driver's provider asks them on behalf of a pod.</summary>
public interface IPodSecrets
{
    /// <param name="type"><c>secretsmanager</c> or <c>ssmparameter</c>.</param>
    /// <param name="name">Name or ARN.</param>
    SecretFetch Fetch(string cluster, string inNamespace, string serviceAccount, string type, string name);
}

/// <param name="Fault">As the provider words it; null where there is a value.</param>
public sealed record SecretFetch(string Value, string Version, string? Fault);
