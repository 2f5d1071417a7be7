using System.Text;
using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Templates;

namespace Portal.Tests.Provisioning;

/// <summary>Walks the plans of a table of specifications: every input is met, every output is wanted, nothing runs in a circle.</summary>
public sealed class PlanGraphTests
{
    // Outputs that no stack or release takes, and who does.
    private static readonly Dictionary<string, string> ReadElsewhere = new(StringComparer.Ordinal)
    {
        ["ClusterEndpoint"] = "the worker, to speak to the cluster",
        ["ClusterCertificateAuthority"] = "the worker, to speak to the cluster",
        ["ApiUrl"] = "the environment's page",
        ["DatabaseInstance"] = "the worker, to have the instance sleep",
    };

    public static TheoryData<string, Specification> Table
    {
        get
        {
            var shop = Samples.Shop();
            var signedIn = shop with { Services = [StackTemplate.SeedsProducts with { Stores = Samples.Stores("aurora-postgresql") }, .. shop.Services.Skip(1)] };
            return new()
            {
                { "the seed's example", shop },
                { "the seed's routes", signedIn },
                { "production, three zones", Samples.InProduction(shop) with { CostCentre = "4711", Network = shop.Network with { Zones = 3, NatGateways = NatGateways.OnePerZone, InterfaceEndpoints = true } } },
                { "spot and Bottlerocket", shop with { Cluster = new ClusterSpecification { NodeSystem = NodeSystem.Bottlerocket, NodeCapacity = NodeCapacity.Spot, MinNodes = 1, MaxNodes = 9, KubernetesVersion = "1.34" } } },
                { "Auto Mode", shop with { Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode, KubernetesVersion = "1.34" } } },
                { "Auto Mode in production", Samples.InProduction(signedIn) with { CostCentre = "4711", Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode, Size = "large" } } },
                { "everything at the edge", signedIn with { Edge = StackTemplate.EverythingAtTheEdge, Services = [.. signedIn.Services, StackTemplate.Service("search", "/search", RouteAuthentication.Oidc)] } },
                { "RDS alone", shop with { Services = [shop.Services[0] with { Stores = Samples.Stores("rds-postgresql") }] } },
                { "several stores", shop with { Services = [shop.Services[0] with { Stores = [.. shop.Services[0].Stores, Store("store1", "dynamodb"), Store("store2", "rds-postgresql"), Store("store3", "rabbitmq")], BeforeRollout = new() { Command = ["/app/migrate"] } }] } },
                { "databases and caches", Keeping("aurora-mysql", "rds-mysql", "documentdb", "valkey", "valkey-serverless") },
                { "messages, objects and search", Keeping("sqs", "sns", "rabbitmq", "s3", "opensearch") with { Network = new NetworkSpecification { InterfaceEndpoints = true } } },
                { "secrets", shop with { Services = [StackTemplate.Service("web", "/web") with { Variables = [new("KEY", "${secret:shop/payment#apiKey}"), new("FLAG", "${ssm:/shop/flag}")] }, .. shop.Services] } },
                { "no store", shop with { Services = [StackTemplate.Service("web", "/web")] } },
            };
        }
    }

    private static Specification Keeping(params string[] stores)
    {
        var shop = Samples.Shop();
        return shop with { Services = [shop.Services[0] with { Stores = [.. stores.Select((type, index) => Store($"store{index}", type))] }] };
    }

    private static StoreSpecification Store(string name, string type) => new() { Name = name, Type = type };

    [Theory]
    [MemberData(nameof(Table))]
    public void Stacks_OfAnyPlan_AreCalledAsForeseen(string what, Specification specification)
    {
        var planned = Samples.Plans.Build(specification, Samples.Target).Plan.Steps.Where(step => step.Kind == StepKind.Stack).Select(step => step.Subject);

        planned.ShouldBeSubsetOf(StackNames.All(specification), what);
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Walk_EverySpecification_FindsEveryInputMet(string what, Specification specification)
    {
        var work = Samples.Plans.Build(specification, Samples.Target);

        Unmet(work).ShouldBeEmpty(what);
        new SpecificationValidator(Samples.Catalog).Validate(specification).ShouldBeEmpty(what);
    }

    [Fact]
    public void Walk_AllSpecifications_UseEveryOutput()
    {
        var works = Table.Select(row => Samples.Plans.Build((Specification)row[1], Samples.Target)).ToList();

        Unused(works).ShouldBe(ReadElsewhere.Keys, ignoreOrder: true);
    }

    // Of its own, so that managed nodes do not take what Auto Mode leaves.
    [Fact]
    public void Walk_AutoModeAlone_UsesEveryOutput()
    {
        var works = Table.Where(row => ((Specification)row[1]).Cluster.Mode == ClusterMode.AutoMode).Select(row => Samples.Plans.Build((Specification)row[1], Samples.Target)).ToList();

        // None of them has an RDS instance, or a domain to be asked by.
        Unused(works).ShouldBe(ReadElsewhere.Keys.Except(["DatabaseInstance"]).Append("DomainTarget"), ignoreOrder: true);
    }

    [Fact]
    public void Walk_OutputThatNobodyTakes_IsNoticed() =>
        Unused([Planted("iam.yaml", "Outputs:\n", "Outputs:\n  Idle:\n    Value: x\n").Build(Samples.Shop(), Samples.Target)]).ShouldContain("Idle");

    [Fact]
    public void Walk_ParameterThatNothingGives_IsNoticed() =>
        Should.Throw<InvalidDataException>(() => Planted("nodes.yaml", "Parameters:\n", "Parameters:\n  Missing:\n    Type: String\n").Build(Samples.Shop(), Samples.Target))
            .Message.ShouldContain("nodes.yaml: nothing gives the parameter Missing");

    [Fact]
    public void Walk_InputOfAStepThatIsNotBefore_IsNoticed()
    {
        var work = Samples.Plans.Build(Samples.Shop(), Samples.Target);
        var steps = work.Plan.Steps.Select(step => step.Name == "nodes" ? step with { DependsOn = ["net-egress"] } : step).ToList();

        Unmet(work with { Plan = work.Plan with { Steps = steps } }).ShouldContain("nodes.ClusterName takes cluster.ClusterName, which is not before it");
    }

    [Fact]
    public void Walk_StepsInACircle_IsNoticed()
    {
        var work = Samples.Plans.Build(Samples.Shop(), Samples.Target);
        var steps = work.Plan.Steps.Select(step => step.Name == "iam" ? step with { DependsOn = ["nodes"] } : step).ToList();

        Unmet(work with { Plan = work.Plan with { Steps = steps } }).ShouldContain("iam stands before nodes, which it depends on");
    }

    private static IEnumerable<string> Unmet(PlannedWork work)
    {
        var shapes = Shapes(work);
        var done = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var step in work.Plan.Steps)
        {
            var before = new HashSet<string>(step.DependsOn, StringComparer.Ordinal);
            foreach (var name in step.DependsOn)
            {
                if (!done.TryGetValue(name, out var more))
                    yield return $"{step.Name} stands before {name}, which it depends on";
                else
                    before.UnionWith(more);
            }

            done[step.Name] = before;
            foreach (var (parameter, fallback) in shapes.GetValueOrDefault(step.Name)?.Parameters ?? new Dictionary<string, string?>())
            {
                if (fallback is null && !step.Inputs.ContainsKey(parameter))
                    yield return $"{step.Name}.{parameter} is not given";
            }

            foreach (var parameter in step.Inputs.Keys.Where(parameter => !shapes[step.Name].Parameters.ContainsKey(parameter)))
                yield return $"{step.Name} has no parameter {parameter}";
            foreach (var (place, source, output) in Taken(step).Where(taken => taken.Step != PlanInput.TargetStep))
            {
                if (!before.Contains(source))
                    yield return $"{step.Name}.{place} takes {source}.{output}, which is not before it";
                else if (!OutputsOf(work.Plan.Step(source), shapes).Contains(output))
                    yield return $"{step.Name}.{place} takes {source}.{output}, which does not exist";
            }
        }
    }

    private static IEnumerable<string> Unused(IReadOnlyList<PlannedWork> works)
    {
        var taken = works.SelectMany(work => work.Plan.Steps).SelectMany(Taken).Select(one => one.Output).ToHashSet(StringComparer.Ordinal);
        return works.SelectMany(work => Shapes(work).Values).SelectMany(shape => shape.Outputs).Distinct().Where(output => !taken.Contains(output));
    }

    private static IEnumerable<(string Place, string Step, string Output)> Taken(PlannedStep step) =>
        step.Inputs.Where(input => input.Value.Step is not null).Select(input => (input.Key, input.Value.Step!, input.Value.Output!))
            .Concat(References(step.Values).Select(text => ("values", text[..text.LastIndexOf('.')], text[(text.LastIndexOf('.') + 1)..])));

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject reference when reference[PlanValues.Output] is JsonValue name => [name.GetValue<string>()],
        JsonObject mapping => mapping.SelectMany(pair => References(pair.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    private static Dictionary<string, StackShape> Shapes(PlannedWork work)
    {
        var bodies = work.Artifacts.ToDictionary(artifact => artifact.Digest, artifact => artifact.Body, StringComparer.Ordinal);
        return work.Plan.Steps.Where(step => step.Kind == StepKind.Stack)
            .ToDictionary(step => step.Name, step => StackShape.Parse(step.Name, Encoding.UTF8.GetString(bodies[step.Artifact!])), StringComparer.Ordinal);
    }

    private static IReadOnlySet<string> OutputsOf(PlannedStep step, Dictionary<string, StackShape> shapes) =>
        step.Kind == StepKind.Wait ? new HashSet<string> { "LoadBalancerArn", "LoadBalancerDnsName" }
        : shapes.TryGetValue(step.Name, out var shape) ? shape.Outputs : new HashSet<string>();

    /// <summary>A plan builder over the same templates with one thing changed.</summary>
    private static PlanBuilder Planted(string file, string before, string after)
    {
        using var copy = new TemplatesCopy();
        var planted = copy.Path("cloudformation", file);
        var body = File.ReadAllText(planted);
        File.WriteAllText(planted, body.Contains(before, StringComparison.Ordinal) ? body.Replace(before, after, StringComparison.Ordinal) : body + "\n" + after);
        return copy.Plans(Samples.Catalog);
    }
}
