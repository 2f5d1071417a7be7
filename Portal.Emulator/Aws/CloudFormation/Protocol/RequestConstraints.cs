using System.Text;
using System.Text.RegularExpressions;

namespace Portal.Emulator.Aws.CloudFormation.Protocol;

/// <summary>
/// What a parameter of a request may be, before anybody looks at stacks: enumerations, patterns and lengths of the API reference
/// (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/), refused in the words all of AWS's Query services use.
/// </summary>
internal static partial class RequestConstraints
{
    private const int MostInlineBytes = 51_200;

    private static readonly Dictionary<string, string[]> s_values = new(StringComparer.Ordinal)
    {
        ["OnFailure"] = ["DO_NOTHING", "ROLLBACK", "DELETE"],
        ["OnStackFailure"] = ["DO_NOTHING", "ROLLBACK", "DELETE"],
        ["ChangeSetType"] = ["CREATE", "UPDATE", "IMPORT"],
        ["DeploymentMode"] = ["REVERT_DRIFT"],
        ["TemplateStage"] = ["Original", "Processed"],
    };

    private static readonly Dictionary<string, string[]> s_lists = new(StringComparer.Ordinal)
    {
        ["Capabilities"] = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        ["StackStatusFilter"] =
        [
            "CREATE_IN_PROGRESS", "CREATE_FAILED", "CREATE_COMPLETE", "ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS",
            "DELETE_FAILED", "DELETE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED",
            "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE",
            "REVIEW_IN_PROGRESS", "IMPORT_IN_PROGRESS", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_FAILED", "IMPORT_ROLLBACK_COMPLETE",
        ],
        ["StackResourceDriftStatusFilters"] = ["IN_SYNC", "MODIFIED", "DELETED", "NOT_CHECKED", "UNKNOWN", "UNSUPPORTED"],
    };

    /// <exception cref="AwsException">The first of them that does not hold.</exception>
    public static void Check(QueryParameters parameters)
    {
        foreach (var (name, values) in s_values)
        {
            if (parameters[name] is { } value && !values.Contains(value))
                throw Fault(name, $"'{value}'", Enumeration(values));
        }

        foreach (var (name, values) in s_lists)
        {
            var given = parameters.List(name);
            if (given.Any(value => !values.Contains(value)))
                throw Fault(name, $"'[{string.Join(", ", given)}]'", $"Member must satisfy constraint: [{Enumeration(values)}]");
        }

        if (parameters["ClientRequestToken"] is { } token && Text("ClientRequestToken", token, 128, TokenForm(), "[a-zA-Z0-9][-a-zA-Z0-9]*") is { } wrongToken)
            throw wrongToken;
        if (parameters["ChangeSetName"] is { } set && !set.StartsWith("arn:", StringComparison.Ordinal) && Text("ChangeSetName", set, 128, NameForm(), "[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/]*") is { } wrongSet)
            throw wrongSet;
        // The words repeat the whole template, as AWS's do.
        if (parameters["TemplateBody"] is { } body && Encoding.UTF8.GetByteCount(body) > MostInlineBytes)
            throw Fault("TemplateBody", $"'{body}'", $"Member must have length less than or equal to {MostInlineBytes}");
        CheckTags(parameters);
    }

    /// <summary>Of a stack that is to be made; any other name is looked up as it is.</summary>
    public static void CheckNewName(string name)
    {
        if (Text("StackName", name, 128, NameForm(), "[a-zA-Z][-a-zA-Z0-9]*") is { } wrong)
            throw wrong;
    }

    private static void CheckTags(QueryParameters parameters)
    {
        var tags = parameters.Structures("Tags");
        if (tags.Count > 50)
            throw Fault("Tags", "", "Member must have length less than or equal to 50");
        if (tags.Any(tag => tag["Key"]?.StartsWith("aws:", StringComparison.OrdinalIgnoreCase) == true))
            throw AwsException.Validation("aws: prefixed tag key names are not allowed for external use.");
    }

    private static AwsException? Text(string name, string value, int longest, Regex form, string pattern) =>
        value.Length > longest ? Fault(name, $"'{value}'", $"Member must have length less than or equal to {longest}")
        : !form.IsMatch(value) ? Fault(name, $"'{value}'", $"Member must satisfy regular expression pattern: {pattern}")
        : null;

    private static string Enumeration(string[] values) => $"Member must satisfy enum value set: [{string.Join(", ", values)}]";

    private static AwsException Fault(string name, string value, string constraint) => AwsException.Validation(
        $"1 validation error detected: Value {(value.Length == 0 ? "" : value + " ")}at '{char.ToLowerInvariant(name[0])}{name[1..]}' failed to satisfy constraint: {constraint}");

    [GeneratedRegex(@"^[a-zA-Z0-9][-a-zA-Z0-9]*\z")]
    private static partial Regex TokenForm();

    [GeneratedRegex(@"^[a-zA-Z][-a-zA-Z0-9]*\z")]
    private static partial Regex NameForm();
}
