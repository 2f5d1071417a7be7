using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Tests.Provisioning;

public sealed class ServiceSettingsTests
{
    private static readonly Specification Shop = Calling(Samples.Shop());

    [Theory]
    [InlineData("plain", "plain|")]
    [InlineData("", "|")]
    [InlineData("${a.b}", "a.b*")]
    [InlineData("x${ a.b }y${c}", "x|a.b*y|c*")]
    [InlineData("$${a.b} $5", "${a.b} $5|")]
    [InlineData("x${a", null)]
    public void Parse_Value_IsTextAndReferences(string value, string? expected) =>
        (VariableText.Parse(value) is { } parts ? string.Concat(parts.Select(part => part.Text + (part.IsReference ? "*" : "|"))) : null).ShouldBe(expected);

    [Fact]
    public void References_AllOfThem_ResolveAndNothingElseDoes()
    {
        var service = Shop.Services[0];
        var settings = new ServiceSettings(Shop, service, Samples.Catalog);
        var all = service with { Variables = [.. References(settings).Select((one, index) => new Variable($"V{index}", $"${{{one.Reference}}}"))] };

        var values = new ServiceSettings(Shop, all, Samples.Catalog).Values("us-east-1");

        values.Select(pair => pair.Key).Where(name => !name.StartsWith('V')).ShouldBe(settings.Given);
        var resolved = PlanValues.Resolve(values, (_, output) => $"<{output}>")!.AsObject();
        var byReference = References(settings).Select((one, index) => (one.Reference, Value: resolved[$"V{index}"]!.GetValue<string>())).ToDictionary(one => one.Reference, one => one.Value);
        byReference["service.cart-service.url"].ShouldBe("http://cart-service:8080");
        byReference["store.DATABASE_HOST"].ShouldBe("<DatabaseHost>");
        byReference["self.path"].ShouldBe("/products");
        byReference.Keys.ShouldNotContain(reference => reference.StartsWith("service.user-service", StringComparison.Ordinal));
    }

    // What is secret is nobody's to read here: SecretValuesTests.
    private static List<(string Reference, string Meaning)> References(ServiceSettings settings) => [.. settings.References.Where(one => !settings.IsSecret(one.Reference))];

    [Fact]
    public void Build_ServicesThatCall_OpenBothEndsAndNoOthers()
    {
        var plan = Samples.Plans.Build(Shop, Samples.Target).Plan;

        plan.Step("svc-product-service").Values!["network"]!["callees"]!.ToJsonString().ShouldBe("""[{"name":"cart-service","port":8080}]""");
        plan.Step("svc-cart-service").Values!["network"]!["callers"]!.ToJsonString().ShouldBe("""["product-service"]""");
        plan.Step("svc-user-service").Values!["network"]!.AsObject().Select(pair => pair.Key).ShouldBe(["cidrs"]);
        plan.Step("svc-product-service").Values!["settings"]!["CART_SERVICE_URL"]!.GetValue<string>().ShouldBe("http://cart-service:8080");
    }

    [Fact]
    public void Build_Runtime_IsSaidWhereItIsNotAsUsual()
    {
        var usual = Samples.Plans.Build(Shop, Samples.Target).Plan.Step("svc-cart-service").Values!;
        var shop = Shop with { Services = [.. Shop.Services.Take(2), Shop.Services[2] with { Runtime = new RuntimeSpecification { Cpu = 250, MaxReplicas = 3, Command = ["run"], Arguments = ["-v"], User = 1000, WritableFolders = [], LivenessPath = "/live", StartSeconds = 10, GraceSeconds = 30 } }] };

        var values = Samples.Plans.Build(shop, Samples.Target).Plan.Step("svc-cart-service").Values!;

        values.Where(pair => !usual.ContainsKey(pair.Key)).ToDictionary(pair => pair.Key, pair => pair.Value!.ToJsonString()).ShouldBe(new Dictionary<string, string>
        {
            ["resources"] = """{"requests":{"cpu":"250m","memory":"128Mi"},"limits":{"memory":"512Mi"}}""",
            ["autoscaling"] = """{"enabled":true,"maxReplicas":3,"targetCpuPercent":70}""",
            ["command"] = """["run"]""",
            ["args"] = """["-v"]""",
            ["runAsUser"] = "1000",
            ["writableDirectories"] = "[]",
            ["livenessPath"] = "\"/live\"",
            ["startSeconds"] = "10",
            ["graceSeconds"] = "30",
        }, ignoreOrder: true);
    }

    [Fact]
    public void Build_InternalService_HasNoRuleAtTheLoadBalancerNorRoute()
    {
        var shop = Shop with { Services = [.. Shop.Services.Take(2), Shop.Services[2] with { Exposure = Exposure.Internal, Path = "" }] };

        var plan = Samples.Plans.Build(shop, Samples.Target).Plan;

        plan.Step("ingress").Values!["services"]!.AsArray().Select(one => one!["name"]!.GetValue<string>()).ShouldBe(["product-service", "user-service"]);
        plan.Step("svc-cart-service").Values!["settings"]!.AsObject().ContainsKey("BASE_PATH").ShouldBeFalse();
        plan.Step("front-door").Values!["requests"]!.AsArray().Select(one => one!["service"]!.GetValue<string>()).Distinct().ShouldBe(["product-service", "user-service"]);
        RouteTree.Of(shop.Services).Nodes.ShouldNotContain(node => node.Path.StartsWith("/cart", StringComparison.Ordinal));
    }

    private static Specification Calling(Specification shop) => shop with { Services = [shop.Services[0] with { Calls = ["cart-service"] }, .. shop.Services.Skip(1)] };
}
