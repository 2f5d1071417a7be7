using Portal.Core.Specifications;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Specifications;

public sealed class SpecificationYamlTests
{
    private const string Head = "apiVersion: portal/v1\nkind: Environment\nspec:\n";

    [Fact]
    public void Write_AndRead_IsTheSame()
    {
        foreach (var specification in new[] { Samples.Shop(), Samples.InProduction(Samples.Shop()), new Specification { Environment = "empty", Target = "" } })
        {
            var text = SpecificationYaml.Write(specification);

            SpecificationYaml.Fits(text).ShouldBeTrue();
            System.Text.Json.JsonSerializer.Serialize(Read(text), Specification.Json).ShouldBe(System.Text.Json.JsonSerializer.Serialize(specification, Specification.Json), text);
        }
    }

    [Fact]
    public void Read_WhatAServiceMaySay_IsTaken()
    {
        const string service = "  environment: shop\n  target: sandbox\n  services:\n    - name: web\n      image: web:1\n      path: /\n      variables:\n        - { name: LEVEL, value: 1.0 }\n      files:\n        - { path: /a, content: b }\n      stores:\n        - { type: s3, options: { Versioning: true } }\n";

        var read = Read(Head + service).Services.Single();

        read.Variables.ShouldBe([new Variable("LEVEL", "1.0")]);
        read.Files.ShouldBe([new FileSpecification("/a", "b")]);
        read.Stores.Single().Options["Versioning"].ShouldBe("true");
        Read(SpecificationYaml.Write(Read(Head + service))).Services.ShouldBe([read]);
    }

    [Theory]
    [InlineData("apiVersion: portal/v1")]
    [InlineData("# mine\napiVersion: \"portal/v1\"")]
    [InlineData("{ \"apiVersion\": \"portal/v9\" }")]
    public void Fits_HoweverItIsQuoted_IsOne(string text) => SpecificationYaml.Fits(text).ShouldBeTrue();

    [Theory]
    [InlineData("apiVersion: apps/v1\nmetadata: { name: portal/v1 }")]
    [InlineData("services: { web: { image: x } }")]
    public void Fits_AnotherFormat_IsNone(string text) => SpecificationYaml.Fits(text).ShouldBeFalse();

    [Fact]
    public void Write_SaysOnlyWhatDiffersFromTheDefaults()
    {
        SpecificationYaml.Write(new Specification
        {
            Environment = "shop",
            Target = "sandbox",
            Services = [new ServiceSpecification { Name = "web", Image = "web:1.30", Path = "/" }],
        }).ShouldBe(Head + "  environment: shop\n  target: sandbox\n  services:\n    - name: web\n      image: web:1.30\n      path: /\n");
    }

    [Fact]
    public void Read_WhatIsNotThere_HasItsDefault()
    {
        var read = Read(Head + "  environment: shop\n  target: sandbox\n  costCentre:\n  lifetimeDays: null\n  network: {}\n");

        read.ShouldBe(new Specification { Environment = "shop", Target = "sandbox" }, new ByJson());
    }

    [Fact]
    public void Read_TextThatLooksLikeANumber_StaysText()
    {
        Read(Head + "  environment: shop\n  target: sandbox\n  cluster: { kubernetesVersion: 1.30 }\n").Cluster.KubernetesVersion.ShouldBe("1.30");
    }

    [Theory]
    [InlineData("  environment: shop\n  target: sandbox\n  color: red\n", "Line 6: color is not a field. There are class,")]
    [InlineData("  environment: shop\n", "Line 4: target is missing.")]
    [InlineData("  environment: shop\n  target: sandbox\n  class: prod\n", "Line 6: class is 'prod'; it has to be Development, Staging, Production.")]
    [InlineData("  environment: shop\n  target: sandbox\n  network: { zones: three }\n", "Line 6: network.zones is 'three'; it has to be a whole number.")]
    [InlineData("  environment: shop\n  target: sandbox\n  openCalls: yes\n", "Line 6: openCalls is 'yes'; it has to be true or false.")]
    [InlineData("  environment: shop\n  target: sandbox\n  services: web\n", "Line 6: services has to be a list.")]
    [InlineData("  environment: shop\n  target: sandbox\n  services:\n    - name: web\n      port: []\n", "Line 8: services[0].port has to be a single value.")]
    [InlineData("  environment: shop\n  target: sandbox\n  services:\n    - name: web\n      image: w\n      path: /\n      variables:\n        - name: LEVEL\n", "Line 11: services[0].variables[0].value is missing.")]
    [InlineData("  environment: shop\n  target:\n", "Line 4: target is missing.")]
    [InlineData("  - shop\n", "Line 4: spec has to be a mapping of fields to values.")]
    public void Read_WhatCannotBe_IsSaidWithItsLine(string spec, string fault)
    {
        var outcome = SpecificationYaml.Read(Head + spec);

        outcome.Refusal.ShouldBeOfType<UnreadableSpecification>().Errors.ShouldContain(error => error.Message.StartsWith(fault, StringComparison.Ordinal), outcome.Refusal.Message);
    }

    [Fact]
    public void Read_SeveralFaults_AreAllSaidAtOnce()
    {
        var errors = SpecificationYaml.Read("apiVersion: portal/v2\nkind: Environment\nmeta: x\nspec:\n  color: red\n  class: prod\n").Refusal.ShouldBeOfType<UnreadableSpecification>().Errors;

        errors.Select(error => error.Field).ShouldBe(["apiVersion", "meta", "color", "class", "environment", "target"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a: &a [*a]")]
    [InlineData("apiVersion: portal/v1\n? &a [*a]\n: 1")]
    [InlineData("apiVersion: portal/v1\nkind: Environment\nspec: { ? { a: &k { ? *k : 1 } } : 2 }")]
    [InlineData("just text")]
    [InlineData("a: 1\n---\nb: 2")]
    [InlineData("apiVersion: portal/v1\nkind: Environment\nspec: &s { environment: x, target: y, services: [ *s ] }")]
    [InlineData("key: 1\nkey: 2")]
    [InlineData("\u0000\u0001")]
    public void Read_WhatIsNoSpecification_IsRefused(string text)
    {
        SpecificationYaml.Read(text).Refusal.ShouldBeOfType<UnreadableSpecification>();
    }

    [Fact]
    public void Read_NestedWithoutEnd_IsRefused()
    {
        SpecificationYaml.Read(Head + "  environment: " + new string('[', 100_000)).Refusal.ShouldBeOfType<UnreadableSpecification>();
        SpecificationYaml.Read(Head + string.Concat(Enumerable.Range(0, 12).Select(level => $"  a{level}: &a{level} [{(level == 0 ? "x" : string.Join(", ", Enumerable.Repeat($"*a{level - 1}", 10)))}]\n"))).Refusal.ShouldBeOfType<UnreadableSpecification>();
    }

    /// <summary>Written anew with PORTAL_UPDATE_DOCS=1.</summary>
    [Fact]
    public void Schema_OfTheDocumentation_IsWhatTheTypesSay()
    {
        var path = Path.Combine(ProgramUnderTest.RepositoryRoot, "docs", "environment.schema.json");
        if (Environment.GetEnvironmentVariable("PORTAL_UPDATE_DOCS") == "1")
            File.WriteAllText(path, SpecificationYaml.Schema());

        File.ReadAllText(path).ShouldBe(SpecificationYaml.Schema());
    }

    private static Specification Read(string text)
    {
        var outcome = SpecificationYaml.Read(text);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }

    private sealed class ByJson : IEqualityComparer<Specification>
    {
        public bool Equals(Specification? x, Specification? y) => System.Text.Json.JsonSerializer.Serialize(x, Specification.Json) == System.Text.Json.JsonSerializer.Serialize(y, Specification.Json);

        public int GetHashCode(Specification specification) => 0;
    }
}
