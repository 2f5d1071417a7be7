using System.Text.RegularExpressions;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>What a service's containers may need, and how they may be run.</summary>
internal static partial class RuntimeRules
{
    private const int MostFolders = 10;

    public static void Check(ServiceSpecification service, string at, List<FieldError> errors)
    {
        var runtime = service.Runtime;
        at += ".runtime";
        Range($"{at}.cpu", runtime.Cpu, FieldLimits.Cpu, errors);
        Range($"{at}.memory", runtime.Memory, FieldLimits.Memory, errors);
        Range($"{at}.memoryLimit", runtime.MemoryLimit, FieldLimits.Memory, errors);
        if (runtime.MemoryLimit < runtime.Memory)
            errors.Add(new($"{at}.memoryLimit", Text(runtime.MemoryLimit), $"At most {Text(runtime.MemoryLimit)} MiB, but {Text(runtime.Memory)} MiB are kept for it: raise the one or lower the other."));
        if (service.RunsAlways && runtime.MaxReplicas is { } most)
        {
            Range($"{at}.maxReplicas", most, FieldLimits.MostPods, errors);
            if (most < service.Replicas)
                errors.Add(new($"{at}.maxReplicas", Text(most), $"At most {Text(most)} pods, but {Text(service.Replicas)} without any load: raise the one or lower the other."));
        }

        Range($"{at}.scaleAt", runtime.ScaleAt, FieldLimits.ScaleAt, errors);
        Range($"{at}.user", runtime.User, FieldLimits.User, errors);
        Range($"{at}.startSeconds", runtime.StartSeconds, FieldLimits.StartSeconds, errors);
        Range($"{at}.graceSeconds", runtime.GraceSeconds, FieldLimits.GraceSeconds, errors);
        if (runtime.LivenessPath.Length > 0 && !ProbePath().IsMatch(runtime.LivenessPath))
            errors.Add(new($"{at}.livenessPath", runtime.LivenessPath, $"'{runtime.LivenessPath}' is not a path. Write it as /live, or leave it empty."));
        Words($"{at}.command", runtime.Command, errors);
        Words($"{at}.arguments", runtime.Arguments, errors);
        Folders($"{at}.writableFolders", runtime.WritableFolders, errors);
    }

    public static void Words(string field, IReadOnlyList<string> words, List<FieldError> errors)
    {
        var line = WordList.Join(words);
        if (line.Length > FieldLimits.CommandLine)
            errors.Add(new(field, null, $"It has {Text(line.Length)} characters; {Text(FieldLimits.CommandLine)} at most. Put what is longer into the image."));
        else if (line.Any(char.IsControl))
            errors.Add(new(field, null, "It has a character that cannot be shown. Type it anew."));
    }

    private static void Folders(string field, IReadOnlyList<string> folders, List<FieldError> errors)
    {
        if (folders.Count > MostFolders)
            errors.Add(new(field, Text(folders.Count), $"{Text(folders.Count)} folders; {Text(MostFolders)} at most."));
        else if (folders.FirstOrDefault(folder => !Folder().IsMatch(folder) || folder.Length > FieldLimits.Path) is { } wrong)
            errors.Add(new(field, wrong, $"'{wrong}' is not a folder. Begin with a slash, use letters, digits, '-', '_' and '.', for example /tmp or /var/cache."));
        else if (folders.Distinct(StringComparer.Ordinal).Count() < folders.Count)
            errors.Add(new(field, folders.GroupBy(folder => folder, StringComparer.Ordinal).First(group => group.Count() > 1).Key, "A folder is listed twice. Leave one out."));
    }

    // What values.schema.json of the chart takes.
    [GeneratedRegex("^/[A-Za-z0-9._~/%?=&-]*\\z")]
    internal static partial Regex ProbePath();

    [GeneratedRegex("^(?:/[A-Za-z0-9._-]+)+\\z")]
    private static partial Regex Folder();
}
