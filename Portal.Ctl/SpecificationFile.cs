using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Portal.Ctl;

/// <summary>A specification as a file, with what a pipeline puts into it: the environment's name, images, a network of its own.</summary>
internal sealed class SpecificationFile
{
    private readonly YamlMappingNode _root;
    private readonly YamlMappingNode _spec;

    private SpecificationFile(YamlMappingNode root, YamlMappingNode spec) => (_root, _spec) = (root, spec);

    public string Environment => (Find(_spec, "environment") as YamlScalarNode)?.Value ?? "";

    public string Target => (Find(_spec, "target") as YamlScalarNode)?.Value ?? "";

    /// <exception cref="CommandException">It cannot be read.</exception>
    public static SpecificationFile Read(string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            if (yaml.Documents is [{ RootNode: YamlMappingNode root }] && Find(root, "spec") is YamlMappingNode spec)
                return new SpecificationFile(root, spec);
            throw new CommandException(ExitCodes.Refused, "The file has to be one document with apiVersion, kind and spec.");
        }
        catch (YamlException error)
        {
            throw new CommandException(ExitCodes.Refused, string.Create(CultureInfo.InvariantCulture, $"The file cannot be read at line {error.Start.Line}, column {error.Start.Column}: {error.Message}"));
        }
    }

    public void Name(string name) => _spec.Children[Key("environment")] = Text(name);

    public void Cidr(string cidr)
    {
        if (Find(_spec, "network") is not YamlMappingNode network)
            _spec.Children[Key("network")] = network = new YamlMappingNode();
        network.Children[Key("cidr")] = Text(cidr);
    }

    /// <exception cref="CommandException">There is no such service.</exception>
    public void Image(string service, string image)
    {
        var services = Find(_spec, "services") as YamlSequenceNode;
        var one = services?.Children.OfType<YamlMappingNode>().FirstOrDefault(node => (Find(node, "name") as YamlScalarNode)?.Value == service)
            ?? throw new CommandException(ExitCodes.Refused, $"The file has no service '{service}' whose image could be another.");
        one.Children[Key("image")] = Text(image);
    }

    public override string ToString()
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        new YamlStream(new YamlDocument(_root)).Save(text, assignAnchors: false);
        return text.ToString();
    }

    private static YamlNode? Find(YamlMappingNode node, string name) => node.Children.TryGetValue(Key(name), out var found) ? found : null;

    private static YamlScalarNode Key(string name) => new(name);

    private static YamlScalarNode Text(string value) => new(value) { Style = ScalarStyle.DoubleQuoted };
}
