using Portal.Core.Imports;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class ImportedDraftsTests
{
    private static readonly ImportedServices s_imported = new(
        "Compose file",
        [
            new ServiceSpecification { Name = "web", Image = "shop/web:1", Path = "/web", Calls = ["cart"] },
            new ServiceSpecification { Name = "cart", Image = "shop/cart:1", Path = "", Exposure = Exposure.Internal, Variables = [new Variable("A", "b")] },
        ],
        [new ImportNote("web", "has volumes."), new ImportNote("", "'include' is not taken over.")]);

    private readonly RequestForm _form = new(new SpecificationValidator(Samples.Catalog));

    [Fact]
    public void Take_BesideAService_KeepsItAndWhoCallsWhom()
    {
        _form.Add(new ServiceDraft { Name = "products", Path = "/products" });

        _form.Take(s_imported, instead: false, Samples.Catalog.ClassOf(EnvironmentClass.Development));

        _form.Draft.Services.Select(service => (service.Name, service.Key)).ShouldBe([("products", 1), ("web", 2), ("cart", 3)]);
        _form.Specification.Services[1].Calls.ShouldBe(["cart"]);
        _form.Specification.Services[2].Variables.ShouldBe([new Variable("A", "b")]);
        _form.Draft.Notes.ShouldBe(["web: has volumes.", "'include' is not taken over."]);
    }

    [Fact]
    public void Take_Instead_LeavesNothingOfWhatWasThere()
    {
        _form.Add(new ServiceDraft { Name = "products", Path = "/products" });

        _form.Take(s_imported, instead: true, Samples.Catalog.ClassOf(EnvironmentClass.Development));

        _form.Draft.Services.Select(service => service.Name).ShouldBe(["web", "cart"]);
        RequestDraft.FromJson(_form.Draft.ToJson()).ShouldNotBeNull().Notes.Count.ShouldBe(2);
    }

    [Fact]
    public void Take_ServiceThatNobodyIsKnownToCall_LetsAllCallAll()
    {
        var development = Samples.Catalog.ClassOf(EnvironmentClass.Development);
        _form.Take(s_imported, instead: false, development);
        _form.Draft.OpenCalls.ShouldBeFalse("web calls cart");

        _form.Take(s_imported with { Services = [s_imported.Services[0] with { Calls = [] }, s_imported.Services[1]] }, instead: true, development);

        _form.Draft.OpenCalls.ShouldBeTrue();
        _form.Take(s_imported, instead: true, development);
        _form.Draft.OpenCalls.ShouldBeFalse("nothing is left of what was there");
    }

    [Fact]
    public void Take_ClassThatLetsNothingBeOpen_AsksPublicServicesForAKey()
    {
        _form.Take(s_imported, instead: false, Samples.Catalog.ClassOf(EnvironmentClass.Production));

        _form.Draft.Services.Select(service => service.Access.ApiKeyRequired).ShouldBe([true, false]);
    }

    [Fact]
    public void Take_MoreThanTheFormHolds_NamesWhoFoundNoRoom()
    {
        var many = s_imported with { Services = [.. Enumerable.Range(1, RequestDraft.MaxServices + 1).Select(number => new ServiceSpecification { Name = $"s{number}", Image = "x", Path = $"/s{number}" })] };

        _form.Take(many, instead: false, Samples.Catalog.ClassOf(EnvironmentClass.Development));

        _form.Draft.Services.Count.ShouldBe(RequestDraft.MaxServices);
        _form.Draft.Notes[0].ShouldBe($"s{RequestDraft.MaxServices + 1} found no room in the form.");
    }
}
