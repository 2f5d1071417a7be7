using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>
/// One copy of each template body and one parsed template of it, for all stacks that have it: a thousand stacks are made of a dozen
/// templates. Used under the engine's lock only.
/// </summary>
internal sealed class SharedTemplates
{
    /// <summary>Beyond it all are forgotten: stacks keep theirs, and the next ones share anew.</summary>
    private const int Most = 500;

    private readonly Dictionary<string, (string Body, Template? Parsed)> _known = new(StringComparer.Ordinal);

    public string Body(string body) => Known(body).Body;

    public Template Parsed(string body)
    {
        var (known, parsed) = Known(body);
        if (parsed is null)
            _known[known] = (known, parsed = Template.Parse(known));
        return parsed;
    }

    private (string Body, Template? Parsed) Known(string body)
    {
        if (_known.TryGetValue(body, out var known))
            return known;
        if (_known.Count >= Most)
            _known.Clear();
        return _known[body] = (body, null);
    }
}
