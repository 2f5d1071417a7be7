using System.Text.RegularExpressions;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>What a service may say of secrets: which there can be, and where they may be kept. Whether they exist only AWS knows.</summary>
internal static partial class SecretRules
{
    private const string HowToWrite = "Write ${secret:shop/payment#apiKey} for a key of a secret, ${secret:shop/payment} for all of it, ${ssm:/shop/flag} for a parameter";

    public static void Check(ServiceSpecification service, string at, ServiceSettings settings, List<FieldError> errors)
    {
        var named = settings.NamedSecrets;
        if (named.Count > FieldLimits.Secrets)
            errors.Add(new($"{at}.variables", Text(named.Count), $"{service.Name} reads {Text(named.Count)} secrets and parameters; {Text(FieldLimits.Secrets)} at most. Keep several values as keys of one secret: ${{secret:NAME#key}}."));
        else if (named.Sum(one => one.Name.Length) is var length && length > FieldLimits.AllSecretNames)
            errors.Add(new($"{at}.variables", Text(length), $"The names of its secrets have {Text(length)} characters together; {Text(FieldLimits.AllSecretNames)} at most, because one policy names them all. Keep several values as keys of one secret."));
        if (service.PullSecret.Length > 0 && PullFault(service.PullSecret) is { } fault)
            // What is no name may be what somebody meant to keep.
            errors.Add(new($"{at}.pullSecret", null, fault));
        if (service.SecretKeys.Count > FieldLimits.SecretKeys)
            errors.Add(new($"{at}.secretKeys", Text(service.SecretKeys.Count), $"{Text(service.SecretKeys.Count)} keys; {Text(FieldLimits.SecretKeys)} at most."));
        if (service.SecretKeys.FirstOrDefault(key => !KeyArn().IsMatch(key)) is { } key1)
            errors.Add(new($"{at}.secretKeys", key1, $"'{key1}' is not the ARN of a KMS key. Write it as arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab; an alias will not do, because rights are given on keys."));
        else if (service.SecretKeys.Count > 0 && named.Count == 0)
            errors.Add(new($"{at}.secretKeys", service.SecretKeys[0], $"{service.Name} names no secret that a key could be for. Leave the key out, or refer to a secret in a variable or file."));
    }

    private static string? PullFault(string text) => SecretReference.Of(text) is { } secret
        ? Fault(secret)
        : "Name where the registry's sign-in is kept, not the sign-in itself: secret:registry/ghcr, or ssm:/registry/ghcr. It holds a Docker configuration, as in {\"auths\": {\"ghcr.io\": {\"auth\": …}}}.";

    /// <returns>What is wrong with a reference to a secret; null where nothing is.</returns>
    public static string? Fault(SecretReference secret)
    {
        if (secret.Name.Length == 0)
            return $"The reference names no secret. {HowToWrite}.";
        if (secret.Key.Length > 0 && !Key().IsMatch(secret.Key))
            return $"'{secret.Key}' cannot be looked up in a secret. A key has letters, digits and _ . : / @ -, 128 at most, and is one of the outermost object.";
        if (secret.IsArn)
            return secret.Place is null ? $"'{secret.Name}' is not the ARN of a {(secret.Source == SecretSource.SecretsManager ? "secret, as in arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop/payment-a1b2c3" : "parameter, as in arn:aws:ssm:eu-central-1:111122223333:parameter/shop/flag")}. Its name alone does too." : null;
        return secret.Source == SecretSource.SecretsManager ? SecretFault(secret.Name) : ParameterFault(secret.Name);
    }

    /// <summary>What only the target can say: where it is, and whose.</summary>
    public static IEnumerable<FieldError> ForTarget(Specification specification, string region, string account)
    {
        for (var index = 0; index < specification.Services.Count; index++)
        {
            var service = specification.Services[index];
            foreach (var (field, text) in service.Variables.Select((variable, number) => ($"services[{index}].variables[{number}].value", variable.Value))
                .Concat(service.Files.Select((file, number) => ($"services[{index}].files[{number}].content", file.Content)))
                .Append(($"services[{index}].pullSecret", $"${{{service.PullSecret}}}")))
            {
                foreach (var secret in SecretReference.In(text))
                {
                    if (secret.Place is { } place && place != (region, account))
                        yield return new(field, secret.Name, $"{secret.Name} is kept in {(place.Region != region ? place.Region : $"account {place.Account}")}, and the environment will live in {(place.Region != region ? region : $"account {account}")}. Keep a copy there ({(place.Region != region ? "Secrets Manager replicates secrets to other regions" : "a secret of that account's own")}), and name that one.");
                }
            }

            foreach (var key in service.SecretKeys.Where(key => key.Split(':') is [_, _, _, var place, ..] && place != region))
                yield return new($"services[{index}].secretKeys", key, $"The key is one of another region; what is encrypted in {region} is by a key of {region}.");
        }
    }

    private static string? SecretFault(string name) =>
        name.Contains(':', StringComparison.Ordinal) ? $"'{name}' cannot be a secret's name. A key of its JSON is said after #: ${{secret:{name.Split(':')[0]}#{name.Split(':')[^1]}}}."
        : !SecretName().IsMatch(name) ? $"'{name}' cannot be a secret's name. Secrets Manager takes letters, digits and / _ + = . @ -, 512 at most, for example shop/payment."
        : null;

    private static string? ParameterFault(string name) =>
        !ParameterName().IsMatch(name) || name.Length > 1_011 ? $"'{name}' cannot be a parameter's name. Use letters, digits and _ . -, after a slash each level, for example /shop/flag."
        : name.Count(letter => letter == '/') > 15 ? $"'{name}' has more than the 15 levels that Parameter Store takes."
        : AwsName().IsMatch(name) ? $"'{name}' is one of AWS's own: names that begin with aws or ssm cannot be made by anybody. Name a parameter of your own, or a secret with ${{secret:NAME}}."
        : null;

    [GeneratedRegex(@"^[A-Za-z0-9/_+=.@!-]{1,512}\z")]
    private static partial Regex SecretName();

    [GeneratedRegex(@"^(?:[A-Za-z0-9_.-]+|(?:/[A-Za-z0-9_.-]+)+)\z", RegexOptions.NonBacktracking)]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"^/?(?:aws|ssm)", RegexOptions.IgnoreCase)]
    private static partial Regex AwsName();

    [GeneratedRegex(@"^[A-Za-z0-9_.:/@-]{1,128}\z")]
    private static partial Regex Key();

    [GeneratedRegex(@"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,64}\z")]
    private static partial Regex KeyArn();
}
