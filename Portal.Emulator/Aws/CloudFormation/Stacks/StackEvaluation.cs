using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.CloudFormation.Stacks;

/// <summary>Puts template, parameters and what exists together into evaluators.</summary>
internal sealed class StackEvaluation(StackStore stacks, Inventory inventory, EmulatorOptions options)
{
    public Evaluator For(Stack stack, Func<string, bool> isKnown) =>
        Create(stack.Template, stack.Parameters, stack.Name, stack.Id, new StackReferences(stack, inventory, Export, isKnown));

    /// <summary>The same stack's resources under another template or other parameters, to see what would change.</summary>
    public Evaluator For(Stack stack, Template template, IReadOnlyDictionary<string, string> parameters, Func<string, bool> isKnown, Func<string, bool>? areAttributesKnown = null) =>
        Create(template, parameters, stack.Name, stack.Id, new StackReferences(stack, inventory, Export, isKnown, areAttributesKnown));

    public Evaluator ForNew(Template template, IReadOnlyDictionary<string, string> parameters, string name, string id) =>
        Create(template, parameters, name, id, new NoReferences());

    public ResourceContext Context(Stack stack, StackResource resource, JsonObject properties, int generation, string physicalId = "") => new(
        options.AccountId, options.Region, options.Seed, stack.Name, stack.Id, resource.LogicalId, generation, properties, physicalId, inventory);

    public string? Export(string name) => stacks.All.Where(stack => !stack.IsDeleted).SelectMany(stack => stack.Outputs).FirstOrDefault(output => output.ExportName == name)?.Value;

    private Evaluator Create(Template template, IReadOnlyDictionary<string, string> parameters, string name, string id, IReferences references)
    {
        var pseudo = new Dictionary<string, JsonNode?>(StringComparer.Ordinal)
        {
            ["AWS::AccountId"] = options.AccountId,
            ["AWS::Region"] = options.Region,
            ["AWS::Partition"] = "aws",
            ["AWS::URLSuffix"] = "amazonaws.com",
            ["AWS::StackName"] = name,
            ["AWS::StackId"] = id,
            ["AWS::NotificationARNs"] = new JsonArray(),
        };
        return new Evaluator(template, ParameterValues.ToNodes(template, parameters, ReadSsm), pseudo, references);
    }

    private string? ReadSsm(string name) => inventory.Find("AWS::SSM::Parameter", name)?.Attributes["Value"].ToText();
}
