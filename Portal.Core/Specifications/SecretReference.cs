using System.Text.RegularExpressions;

namespace Portal.Core.Specifications;

public enum SecretSource
{
    SecretsManager,
    ParameterStore,
}

/// <summary>
/// A secret that is kept in AWS, as a variable's or file's text names it: <c>secret:shop/payment#apiKey</c> or <c>ssm:/shop/flag</c>. Names only,
/// never a value.
/// </summary>
/// <param name="Name">A name, or an ARN.</param>
/// <param name="Key">Of the JSON object that it holds; empty for all that it holds.</param>
public sealed partial record SecretReference(SecretSource Source, string Name, string Key)
{
    private const string Secret = "secret:";
    private const string Parameter = "ssm:";

    /// <returns>Null for a reference to something else; whether such a secret can be is another question.</returns>
    public static SecretReference? Of(string reference)
    {
        var (source, prefix) = reference.StartsWith(Secret, StringComparison.Ordinal) ? (SecretSource.SecretsManager, Secret)
            : reference.StartsWith(Parameter, StringComparison.Ordinal) ? (SecretSource.ParameterStore, Parameter) : (default, "");
        if (prefix.Length == 0)
            return null;
        var parts = reference[prefix.Length..].Split('#', 2);
        return new SecretReference(source, parts[0].Trim(), parts.Length > 1 ? parts[1].Trim() : "");
    }

    /// <summary>Those that a text names, in its order.</summary>
    public static IEnumerable<SecretReference> In(string text) =>
        (VariableText.Parse(text) ?? []).Where(part => part.IsReference).Select(part => Of(part.Text)).OfType<SecretReference>();

    public bool IsArn => Name.StartsWith("arn:", StringComparison.Ordinal);

    /// <summary>Region and account that an ARN names; null where it is no ARN of a secret or parameter.</summary>
    public (string Region, string Account)? Place =>
        (Source == SecretSource.SecretsManager ? SecretArn() : ParameterArn()).Match(Name) is { Success: true } arn ? (arn.Groups["region"].Value, arn.Groups["account"].Value) : null;

    /// <summary>As people call it.</summary>
    public override string ToString() => $"{(Source == SecretSource.SecretsManager ? "secret" : "parameter")} {Name}";

    [GeneratedRegex(@"^arn:aws[a-z-]*:secretsmanager:(?<region>[a-z0-9-]+):(?<account>[0-9]{12}):secret:[A-Za-z0-9/_+=.@!-]{1,519}\z")]
    private static partial Regex SecretArn();

    [GeneratedRegex(@"^arn:aws[a-z-]*:ssm:(?<region>[a-z0-9-]+):(?<account>[0-9]{12}):parameter/[A-Za-z0-9_./-]{1,1011}\z")]
    private static partial Regex ParameterArn();
}
