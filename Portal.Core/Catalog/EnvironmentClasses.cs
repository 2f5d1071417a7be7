using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Portal.Core.Catalog;

/// <summary>What a class of environment, such as production, gives the templates: classes.yaml.</summary>
public sealed record ClassDefaults
{
    /// <summary>As in the specification, in lower case.</summary>
    public string Id { get; init; } = "";

    public string Title { get; init; } = "";
    public string Description { get; init; } = "";

    /// <summary>Parameter of a template → value, for every template that has a parameter of that name.</summary>
    public Dictionary<string, string> Parameters { get; init; } = [];
}

/// <summary>Reads classes.yaml; every class of the specification must be in it.</summary>
public static class EnvironmentClasses
{
    public const string File = "classes.yaml";

    private sealed class ClassesFile
    {
        public List<ClassDefaults> Classes { get; init; } = [];
    }

    /// <param name="ids">The classes a specification can name.</param>
    public static IReadOnlyList<ClassDefaults> Read(string folder, IEnumerable<string> ids, List<string> faults)
    {
        try
        {
            var deserializer = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build();
            var classes = deserializer.Deserialize<ClassesFile?>(System.IO.File.ReadAllText(Path.Combine(folder, File)))?.Classes ?? [];
            faults.AddRange(ids.Where(id => classes.Count(one => one.Id == id) != 1).Select(id => $"{File}: the class '{id}' has to be in it, once."));
            return classes;
        }
        catch (YamlException error)
        {
            faults.Add($"{File}({error.Start.Line},{error.Start.Column}): {error.InnerException?.Message ?? error.Message}");
        }
        catch (IOException error)
        {
            faults.Add($"{File}: {error.Message}");
        }

        return [];
    }
}
