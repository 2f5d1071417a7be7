using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class SharedStoreDraftTests
{
    private readonly RequestForm _form = new(new SpecificationValidator(Samples.Catalog));

    [Fact]
    public void Read_WrittenSpecification_IsTheSame()
    {
        var robots = SharedStoreTests.Robots("dynamodb", StoreAccess.ReadOnly);

        DraftReader.Read(DraftWriter.Write(robots)).Specification.Services[1].SharedStores.ShouldBe(robots.Services[1].SharedStores);
        DraftReader.Read(RequestDraft.FromJson(DraftWriter.Write(robots).ToJson())!).Specification.Services[1].SharedStores.ShouldBe(robots.Services[1].SharedStores);
    }

    [Fact]
    public void Changed_OwnerAndStoreGetOtherNames_IsFollowed()
    {
        _form.Begin(DraftWriter.Write(SharedStoreTests.Robots()));
        var owner = _form.Draft.Services[0];

        (owner.Name, owner.Stores[0].Name) = ("billing", "jobs");
        _form.Changed();

        _form.Specification.Services[1].SharedStores.ShouldBe([new() { Name = "broker", Service = "billing", Store = "jobs" }]);
        _form.Errors.ShouldNotContain(error => error.Field.StartsWith("services", StringComparison.Ordinal));
    }

    [Fact]
    public void Remove_OwnerOfAStoreThatIsUsed_SaysSoAtItsGuest()
    {
        _form.Begin(DraftWriter.Write(SharedStoreTests.Robots()));

        _form.Remove(_form.Draft.Services[0]);

        _form.Errors.Single(error => error.Field == "services[0].sharedStores[0].service").Message.ShouldStartWith("The store that it used is gone.");
        _form.Leave(FormStep.Services);
        _form.ErrorAt("services[0].sharedStores[0].service").ShouldNotBeNull();
    }

    [Fact]
    public void Remove_AndAnotherStoreIsAdded_IsNotTheOneThatWasChosen()
    {
        _form.Begin(DraftWriter.Write(SharedStoreTests.Robots()));
        _form.Remove(_form.Draft.Services[0]);

        _form.Draft.Services[0].Stores.Add(new StoreDraft { Type = "sqs" });
        _form.Changed();

        SharedStoreDraft.Find(_form.Draft, _form.Draft.Services[0].SharedStores[0].Store).ShouldBeNull();
    }

    [Fact]
    public void Changed_NewStores_HaveKeysOfTheirOwn()
    {
        _form.Begin(DraftWriter.Write(SharedStoreTests.Robots()));

        _form.Draft.Services[1].Stores.Add(new StoreDraft { Type = "sqs" });
        _form.Draft.Services[1].Stores.Add(new StoreDraft { Type = "s3", Key = 1 });
        _form.Changed();

        _form.Draft.Services.SelectMany(service => service.Stores).Select(store => store.Key).ShouldBeUnique();
        _form.Draft.Services[1].SharedStores[0].Store.ShouldBe(_form.Draft.Services[0].Stores[0].Key);
    }

    [Fact]
    public void FromJson_NothingButNulls_CanBeRead()
    {
        var draft = RequestDraft.FromJson("""{"services":[{"name":"a","sharedStores":[null,{"store":2147483647}],"stores":[{"key":2147483647},{"key":-1},null]}]}""").ShouldNotBeNull();

        _form.Restore(draft);

        _form.Draft.Services[0].Stores.Select(store => store.Key).ShouldBeUnique();
    }

    [Fact]
    public void Take_BesideStoresThatAreThere_KeepsWhoUsesWhat()
    {
        _form.Begin(DraftWriter.Write(SharedStoreTests.Robots()));
        var brought = SharedStoreTests.Robots("sqs").Services.Select(service => service with { Name = service.Name + "-2", Path = service.Path.Length > 0 ? service.Path + "-2" : "", SharedStores = [.. service.SharedStores.Select(shared => shared with { Service = "payment-2" })] });

        _form.Take(new("Compose file", [.. brought], []), instead: false, Samples.Catalog.ClassOf(EnvironmentClass.Development));

        _form.Specification.Services.Select(service => service.SharedStores.FirstOrDefault()?.Service).ShouldBe([null, "payment", null, "payment-2"]);
    }
}
