using Fluid;

namespace Portal.Core.Provisioning;

/// <summary>A template whose resources depend on what is asked for: rendered into plain CloudFormation before it is planned.</summary>
internal sealed class LiquidTemplate
{
    private static readonly FluidParser s_parser = new();

    private readonly IFluidTemplate _template;
    private readonly TemplateOptions _options;

    private LiquidTemplate(string file, IFluidTemplate template) => (_template, _options) = (template, new TemplateOptions
    {
        // A name the model does not have is a mistake in the template, not an empty text.
        Undefined = name => throw new InvalidDataException($"{file}: the model has no '{name}'."),
    });

    /// <exception cref="InvalidDataException">The Liquid in the template is wrong; the message says where.</exception>
    public static LiquidTemplate Parse(string file, string text) =>
        s_parser.TryParse(text, out var parsed, out var error) ? new LiquidTemplate(file, parsed) : throw new InvalidDataException($"{file}: {error}");

    public string Render(Dictionary<string, object> model)
    {
        // Value by value: names missing from a whole model object are not told to Undefined.
        var context = new TemplateContext(_options);
        foreach (var (name, value) in model)
            context.SetValue(name, value);
        return _template.Render(context);
    }
}
