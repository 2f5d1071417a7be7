using System.Text.RegularExpressions;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>Files that a service's containers are given.</summary>
internal static partial class FileRules
{
    public static void Check(ServiceSpecification service, string at, Specification specification, HashSet<string> references, ServiceSettings settings, List<FieldError> errors)
    {
        if (specification.Services.FirstOrDefault(other => other.Files.Count > 0 && StepNames.FilesOf(other.Name) == service.Name) is { } other)
            errors.Add(new($"{at}.name", service.Name, $"'{service.Name}' is what the files of {other.Name} are kept under. Choose another name."));
        if (service.Files.Count > FieldLimits.Files)
            errors.Add(new($"{at}.files", Text(service.Files.Count), $"{Text(service.Files.Count)} files; {Text(FieldLimits.Files)} at most. Put the others into the image."));
        var before = specification.Services.TakeWhile(one => !ReferenceEquals(one, service)).Sum(Length);
        if (before <= FieldLimits.AllFiles && before + Length(service) > FieldLimits.AllFiles)
            errors.Add(new($"{at}.files", Text(Length(service)), $"The files have {Text(before + Length(service))} characters up to here; {Text(FieldLimits.AllFiles)} at most in an environment. Put what is longer into the image."));
        for (var index = 0; index < Math.Min(service.Files.Count, FieldLimits.Files); index++)
            File(service, index, $"{at}.files[{index}]", references, settings, specification, errors);
    }

    private static int Length(ServiceSpecification service) => service.Files.Sum(file => file.Content.Length);

    private static void File(ServiceSpecification service, int index, string at, HashSet<string> references, ServiceSettings settings, Specification specification, List<FieldError> errors)
    {
        var (path, content) = service.Files[index];
        if (!FilePath().IsMatch(path) || path.Length > FieldLimits.Path || path.Split('/').Any(part => part is "." or ".."))
            errors.Add(new($"{at}.path", path, $"'{path}' is not the path of a file. Begin with a slash, use letters, digits, '-', '_' and '.', for example /etc/app/app.conf, {FieldLimits.Path} characters at most."));
        else if (service.Files.Take(index).Any(other => other.Path == path))
            errors.Add(new($"{at}.path", path, $"{path} is listed already."));
        else if (service.Runtime.WritableFolders.Contains(path))
            errors.Add(new($"{at}.path", path, $"{path} is one of its writable folders. Give the file a name within it, or another place."));

        if (content.Length > FieldLimits.FileContent)
            errors.Add(new($"{at}.content", null, $"It has {Text(content.Length)} characters; {Text(FieldLimits.FileContent)} at most. Put what is longer into the image."));
        else if (content.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\t')))
            errors.Add(new($"{at}.content", null, "It has a character that cannot be shown. Type it anew; lines end with a line feed alone."));
        else if (PrivateKey().IsMatch(content))
            errors.Add(new($"{at}.content", null, "It holds a private key, and a specification can be read by everybody here. Keep it in Secrets Manager, and let the file be ${secret:NAME}."));
        else if (CallRules.ReferenceFault(content, service, references, specification) is { } fault)
            errors.Add(new($"{at}.content", null, fault));
        else if (VariableText.Parse(content.Trim()) is { Count: > 1 } parts && parts.FirstOrDefault(part => part.IsReference && settings.IsSecret(part.Text)) is { } secret)
            errors.Add(new($"{at}.content", null, $"${{{secret.Text}}} is a secret, and its text never passes through here, so that it cannot be put into other text. Let it be the whole file, or keep the file as it is to be in Secrets Manager."));
    }

    [GeneratedRegex("^(?:/[A-Za-z0-9._-]+)+\\z")]
    private static partial Regex FilePath();

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----")]
    private static partial Regex PrivateKey();
}
