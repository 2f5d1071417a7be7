using Portal.Core;
using Portal.Core.Catalog;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Specifications;

public sealed class GoldenPathTests : IDisposable
{
    private static readonly GoldenPath s_path = new("small", "Small shop", "A shop", Samples.Shop() with { Class = EnvironmentClass.Staging }, ["class", "cluster.size", "network"]);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portal-paths-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Faults_AsThePathHasIt_AreNone() => s_path.Faults(s_path.Specification with { Environment = "another", OpenCalls = true, Services = [] }).ShouldBeEmpty();

    [Fact]
    public void Faults_WhatIsFixedIsAnother_NameFieldValueAndWhatItHasToBe()
    {
        var wanted = s_path.Specification with
        {
            Class = EnvironmentClass.Production,
            Cluster = s_path.Specification.Cluster with { Size = "large" },
            Network = s_path.Specification.Network with { Zones = 3 },
        };

        s_path.Faults(wanted).ShouldBe(
        [
            new FieldError("class", "Production", "The golden path 'Small shop' has 'Staging' here, and that is fixed."),
            new FieldError("cluster.size", "large", "The golden path 'Small shop' has 'small' here, and that is fixed."),
            new FieldError("network.zones", "3", "The golden path 'Small shop' has '2' here, and that is fixed."),
        ]);
    }

    [Theory]
    [InlineData("class", true)]
    [InlineData("network.cidr", true)]
    [InlineData("cluster.size", true)]
    [InlineData("cluster.sizes", false)]
    [InlineData("classes", false)]
    [InlineData("services[0].name", false)]
    public void Fixes_AFieldOrAPartOfWhatIsNamed(string field, bool isFixed) => s_path.Fixes(field).ShouldBe(isFixed);

    /// <summary>Who begins with one only fills in what is his own.</summary>
    [Fact]
    public void Read_Templates_EachCanBeAskedFor()
    {
        var paths = GoldenPathFile.Read(Path.Combine(TemplateSet.Locate(null), "catalog"));

        paths.All.ShouldNotBeEmpty();
        foreach (var path in paths.All)
        {
            var asked = path.Specification with { Environment = "shop", Target = "sandbox", Cluster = path.Specification.Cluster with { EndpointCidrs = ["10.0.0.0/8"] } };
            new SpecificationValidator(Samples.Catalog).Validate(asked).ShouldBeEmpty(path.Id);
            Samples.Plans.Build(asked, Samples.Target).Plan.Steps.ShouldNotBeEmpty();
        }
    }

    [Theory]
    [InlineData("file: shop.yaml, fixed: [class]", null)]
    [InlineData("file: shop.yaml, fixed: [cluster.sizes]", "'cluster.sizes', which the specification does not say")]
    [InlineData("file: shop.yaml, fixed: [environment]", "'environment', which whoever asks chooses")]
    [InlineData("file: gone.yaml", "'gone.yaml', which is not in golden-paths")]
    [InlineData("file: ../teams.yaml", "file is '../teams.yaml'")]
    [InlineData("file: broken.yaml", "network.zoness is not a field")]
    public void Read_Fault_SaysWhatIsWrong(string rest, string? fault)
    {
        var folder = _folder.CreateSubdirectory("golden-paths");
        File.WriteAllText(Path.Combine(folder.FullName, "shop.yaml"), SpecificationYaml.Write(Samples.Shop()));
        File.WriteAllText(Path.Combine(folder.FullName, "broken.yaml"), "apiVersion: portal/v1\nkind: Environment\nspec: { environment: a, target: b, network: { zoness: 2 } }\n");
        File.WriteAllText(Path.Combine(_folder.FullName, "golden-paths.yaml"), $"paths:\n  - {{ id: shop, title: Shop, description: A shop, {rest} }}\n");

        if (fault is null)
            GoldenPathFile.Read(_folder.FullName).All.ShouldHaveSingleItem().Fixed.ShouldBe(["class"]);
        else
            Should.Throw<InvalidDataException>(() => GoldenPathFile.Read(_folder.FullName)).Message.ShouldContain(fault);
    }
}
