using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Resources;

/// <summary>What a type needs to know to name a resource and compute its attributes.</summary>
/// <param name="Generation">Grows with each replacement, so that the new one gets another identifier.</param>
internal sealed record ResourceContext(
    string AccountId, string Region, int Seed, string StackName, string StackId, string LogicalId, int Generation,
    JsonObject Properties, string PhysicalId, Inventory Inventory)
{
    public string Text(string property) => Properties[property].ToText();

    /// <summary>The property's text, or the fallback where it was not given.</summary>
    public string Text(string property, string fallback) => Properties.ContainsKey(property) ? Text(property) : fallback;

    /// <summary>Hexadecimal digits that belong to this resource, the same in each run with the same seed.</summary>
    public string Hex(int length, string salt = "") => Letters("0123456789abcdef", length, salt);

    /// <summary>Lower-case letters and digits, as API Gateway's identifiers.</summary>
    public string Alphanumeric(int length, string salt = "") => Letters("abcdefghijklmnopqrstuvwxyz0123456789", length, salt);

    public string Upper(int length, string salt = "") => Letters("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", length, salt);

    public string Guid(string salt = "")
    {
        var hex = Hex(32, salt + "guid");
        return $"{hex[..8]}-{hex[8..12]}-4{hex[13..16]}-a{hex[17..20]}-{hex[20..]}";
    }

    /// <summary>The given name, or one that CloudFormation makes up: stack, logical id and a random end.</summary>
    public string Name(string property, int longest = 128)
    {
        if (Properties.ContainsKey(property))
            return Text(property);
        var end = "-" + Upper(12, "name");
        var start = $"{StackName}-{LogicalId}";
        return start[..Math.Min(start.Length, longest - end.Length)] + end;
    }

    public string Arn(string service, string resource) => $"arn:aws:{service}:{Region}:{AccountId}:{resource}";

    public string IamArn(string resource) => $"arn:aws:iam::{AccountId}:{resource}";

    private string Letters(string alphabet, int length, string salt)
    {
        var text = new StringBuilder(length);
        for (var block = 0; text.Length < length; block++)
        {
            foreach (var b in SHA256.HashData(Encoding.UTF8.GetBytes($"{Seed}|{StackId}|{LogicalId}|{Generation}|{salt}|{block}")))
            {
                if (text.Length < length)
                    text.Append(alphabet[b % alphabet.Length]);
            }
        }

        return text.ToString();
    }
}
