using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Core.Topology;
using Portal.Tests.Provisioning.Changes;

namespace Portal.Tests.Provisioning;

/// <summary>A kind of store that nobody here has heard of: a template and an entry of the catalogue, and everything that knows stores knows it.</summary>
public sealed class NewStoreTests : IDisposable
{
    private const string Entry = """
          - id: ledger
            title: Ledger
            description: Keeps what was sold.
            name: ledger
            template: data-ledger.yaml
            leaves: What was sold stays for seven years.
            settings: { LEDGER_URL: LedgerUrl }
            parameters: { Shards: "1" }
            options:
              - { parameter: Shards, title: Shards, unit: shards, min: 1, max: 9 }
            priceItems:
              - { item: ledger-shard, quantityOf: Shards, perInstance: true }

        """;

    private const string Price = """
          ledger-shard:
            { title: "Ledger shard", monthly: 7, sourceKnown: false, source: "no source kept", date: 2026 }

        """;

    private const string Template = """
        AWSTemplateFormatVersion: "2010-09-09"
        Parameters:
          VpcId: { Type: AWS::EC2::VPC::Id }
          ParameterPath: { Type: String }
          Shards: { Type: Number }
          MultiZone: { Type: String }
        Resources:
          Group:
            Type: AWS::EC2::SecurityGroup
            Properties: { GroupDescription: !Sub "${MultiZone}", VpcId: !Ref VpcId }
          Items:
            Type: AWS::DynamoDB::Table
            Properties: { TableName: !Sub "ledger-${Shards}" }
          UrlParameter:
            Type: AWS::SSM::Parameter
            Properties: { Name: !Sub "${ParameterPath}/url", Type: String, Value: !Ref Items }
          AccessPolicy:
            Type: AWS::IAM::ManagedPolicy
            Properties: { PolicyDocument: { Statement: [{ Effect: Allow, Action: "dynamodb:GetItem", Resource: !GetAtt Items.Arn }] } }
        Outputs:
          LedgerUrl: { Value: !Sub "ledger://${Items}" }
          AccessPolicyArn: { Value: !Ref AccessPolicy }
          AccessSecurityGroupId: { Value: !Ref Group }
          AccessPort: { Value: "7007" }
        """;

    private readonly TemplatesCopy _copy = new();
    private readonly ServiceCatalog _catalog;
    private readonly PlanBuilder _plans;

    public NewStoreTests()
    {
        File.AppendAllText(_copy.Path("catalog", "data-stores.yaml"), Entry);
        File.AppendAllText(_copy.Path("catalog", "prices.yaml"), Price);
        File.WriteAllText(_copy.Path("cloudformation", "data-ledger.yaml"), Template);
        _catalog = _copy.Catalog;
        _plans = _copy.Plans(_catalog);
    }

    [Fact]
    public void Build_StoreByDataOnly_IsMadeBoundAndToldToThePods()
    {
        var plan = _plans.Build(Shop(Ledger("", 1), Ledger("old", 3)), Samples.Target).Plan;

        new SpecificationValidator(_catalog).Validate(Shop(Ledger("", 1), Ledger("old", 3))).ShouldBeEmpty();
        new SpecificationValidator(_catalog).Validate(Shop(Ledger("", 10))).ShouldHaveSingleItem().Message.ShouldContain("1 to 9 shards");
        plan.Step("data-product-service").Title.ShouldBe("Ledger for product-service");
        plan.Step("store-old-product-service").Title.ShouldBe("Ledger 'old' for product-service");
        plan.Step("store-old-product-service").Inputs["ParameterPath"].Value.ShouldBe("/portal/shop-staging/product-service/old");
        var bind = plan.Step("bind-product-service");
        bind.DependsOn.ShouldBe(["cluster", "data-product-service", "store-old-product-service"]);
        bind.Inputs["StorePolicyArn"].ShouldBe(PlanInput.From("data-product-service", "AccessPolicyArn"));
        bind.Inputs["OldStoreSecurityGroupId"].ShouldBe(PlanInput.From("store-old-product-service", "AccessSecurityGroupId"));
        bind.Inputs["OldStorePort"].ShouldBe(PlanInput.From("store-old-product-service", "AccessPort"));
        var values = plan.Step("svc-product-service").Values!;
        values["settings"]!["OLD_LEDGER_URL"]!.ToJsonString().ShouldBe("""{"$output":"store-old-product-service.LedgerUrl"}""");
        values["settings"]!["ALL"]!["$join"]!.ToJsonString().ShouldBe("""[{"$output":"data-product-service.LedgerUrl"},",",{"$output":"store-old-product-service.LedgerUrl"}]""");
        values["network"]!["storePorts"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public void Estimate_StoreByDataOnly_CostsWhatItsOptionsSay()
    {
        var costs = new CostEstimator(_catalog);
        var (one, both) = (costs.Estimate(Shop(Ledger("", 1))), costs.Estimate(Shop(Ledger("", 1), Ledger("old", 3))));

        (both.Monthly - one.Monthly).ShouldBe(21);
        both.Lines.ShouldContain(line => line.Title == "4 × Ledger shard" && line.Monthly == 28);
        // In production there are two of each.
        costs.Estimate(Shop(Ledger("", 1)) with { Class = EnvironmentClass.Production }).Lines.ShouldContain(line => line.Title == "2 × Ledger shard");
    }

    [Fact]
    public void Preview_StoreByDataOnly_IsDrawnEach() =>
        new TopologyBuilder(_catalog).Preview(Shop(Ledger("", 1), Ledger("old", 3))).Columns[0].Stores.Select(store => (store.Id, store.Title, store.Detail))
            .ShouldBe([("store-product-service", "Ledger", "Keeps what was sold"), ("named-store-old-product-service", "Ledger · old", "Keeps what was sold")]);

    [Fact]
    public void Evaluate_OneStoreOfTwo_GoesAndIsNamed()
    {
        var (both, one) = (_plans.Build(Shop(Ledger("", 1), Ledger("old", 3)), Samples.Target), _plans.Build(Shop(Ledger("", 1)), Samples.Target));

        var change = UserChanges.Evaluator.Evaluate(both, one);

        change.Sentences[0].ShouldBe("product-service, old: deletes data. The table is removed; its items are lost unless there is a backup of them.");
        change.Step("data-product-service").Action.ShouldBe(StepAction.Unchanged);
        change.Step("bind-product-service").Impact.ShouldBe(Impact.None);
        UserChanges.Evaluator.Evaluate(one, both).DeletesData.ShouldBeFalse();
        PlanDifference.Destroy(both.Plan, both.Plan.Steps, new HashSet<string>()).Sentences.Take(2).ShouldBe(
            ["product-service: Ledger for product-service goes. What was sold stays for seven years.", "product-service: Ledger 'old' for product-service goes. What was sold stays for seven years."], ignoreOrder: true);
    }

    [Fact]
    public void Evaluate_StoreWithoutANameGoes_TheOtherOneStays()
    {
        var (both, other) = (_plans.Build(Shop(Ledger("", 1), Ledger("old", 3)), Samples.Target), _plans.Build(Shop(Ledger("old", 3)) with { }, Samples.Target));

        var change = UserChanges.Evaluator.Evaluate(both, other);

        change.Step("store-old-product-service").Action.ShouldBe(StepAction.Unchanged);
        change.Step("data-product-service").DeletesData.ShouldBeTrue();
    }

    [Theory]
    [InlineData("LEDGER_URL: LedgerUrl", "LEDGER_URL: Url", "fills LEDGER_URL with Url, which is no output of data-ledger.yaml")]
    [InlineData("parameters: { Shards: \"1\" }", "parameters: { Shards: \"1\", Colour: red }", "has Colour, which is no parameter of data-ledger.yaml")]
    [InlineData("    template: data-ledger.yaml", "    template: data-ledger.yaml\n    signIn: true", "takes an output UserPoolArn, which data-ledger.yaml does not have")]
    [InlineData("    name: ledger", "    name: led-ger", "name is 'led-ger'")]
    public void Read_EntryThatItsTemplateDoesNotFit_IsRefused(string before, string after, string fault)
    {
        var file = _copy.Path("catalog", "data-stores.yaml");
        var text = File.ReadAllText(file);
        text.ShouldContain(before);
        File.WriteAllText(file, text.Replace(before, after, StringComparison.Ordinal));

        Should.Throw<InvalidDataException>(() => _copy.Catalog).Message.ShouldContain(fault);
    }

    public void Dispose() => _copy.Dispose();

    private static StoreSpecification Ledger(string name, int shards) =>
        new() { Name = name, Type = "ledger", Options = new Dictionary<string, string> { ["Shards"] = $"{shards}" } };

    private static Specification Shop(params StoreSpecification[] stores)
    {
        var shop = Samples.Shop();
        var all = string.Join(",", stores.Select(store => store.Name.Length == 0 ? "${store.LEDGER_URL}" : $"${{store.{store.Name}.LEDGER_URL}}"));
        return shop with { Services = [shop.Services[0] with { Stores = stores, Variables = [new Variable("ALL", all)] }, .. shop.Services.Skip(1)] };
    }
}
