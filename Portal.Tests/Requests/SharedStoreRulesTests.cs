using System.Text.Json;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

public sealed class SharedStoreRulesTests
{
    private static readonly SpecificationValidator s_validator = new(Samples.Catalog);

    [Theory]
    [InlineData("""{"service":"carts"}""", "service", "There is no service 'carts' in this environment whose store could be used. There is payment's store.")]
    [InlineData("""{"service":""}""", "service", "The store that it used is gone. Take this one away, and choose another service's store or one of its own.")]
    [InlineData("""{"service":"dispatch"}""", "service", "dispatch has its own stores by itself. Leave it out, or name another service.")]
    [InlineData("""{"service":"payment","store":"queue"}""", "store", "payment has no store 'queue', which dispatch uses. Let dispatch go of it first, or keep it. There is payment's store.")]
    [InlineData("""{"service":"payment","access":"readOnly"}""", "access", "RabbitMQ knows no right to read only: whoever uses it may do everything. Choose full access. Aurora PostgreSQL, RDS PostgreSQL, DynamoDB, Cognito and SSM, Aurora MySQL, RDS MySQL, DocumentDB, S3 bucket can be read only.")]
    [InlineData("""{"service":"payment","name":"my-broker"}""", "name", "'my-broker' cannot be a store's name. Use lower-case letters and digits, beginning with a letter, 16 at most, for example cache.")]
    public void Validate_StoreThatCannotBeUsedSo_SaysWhatCan(string shared, string field, string message)
    {
        var error = s_validator.Validate(With(Parse(shared))).ShouldHaveSingleItem();

        error.Field.ShouldBe($"services[1].sharedStores[0].{field}");
        error.Message.ShouldBe(message);
    }

    [Fact]
    public void Validate_StoreThatItsServiceItselfBorrows_NamesWhoseItIs()
    {
        var robots = With(Parse("""{"service":"payment","name":"broker"}"""));
        var third = new ServiceSpecification { Name = "rating", Image = "rating:1", Path = "", Exposure = Exposure.Internal, SharedStores = [new() { Service = "dispatch", Store = "broker" }] };

        s_validator.Validate(robots with { Services = [.. robots.Services, third] }).ShouldHaveSingleItem().Message
            .ShouldBe("That store is not dispatch's own: it uses payment's store. Name payment and its store here as well.");
    }

    [Fact]
    public void Validate_SameStoreTwice_IsRefused() =>
        s_validator.Validate(With(Parse("""{"service":"payment"}"""), Parse("""{"service":"payment","name":"again"}"""))).ShouldHaveSingleItem().Message
            .ShouldBe("dispatch uses payment's store already. Leave one of the two out.");

    [Fact]
    public void Validate_TwoStoresWithoutAName_AsksForOne()
    {
        var robots = With(Parse("""{"service":"payment"}"""));

        s_validator.Validate(robots with { Services = [robots.Services[0], robots.Services[1] with { Stores = Samples.Stores("dynamodb") }] }).ShouldHaveSingleItem().Field
            .ShouldBe("services[1].sharedStores[0].name");
    }

    [Fact]
    public void Validate_OwnAndOthersStoresTogether_CountAgainstOneRole()
    {
        var robots = With(Parse("""{"service":"payment"}"""));
        IReadOnlyList<StoreSpecification> own = [.. Enumerable.Range(0, FieldLimits.Stores).Select(number => new StoreSpecification { Name = $"s{number}", Type = "sqs" })];

        s_validator.Validate(robots with { Services = [robots.Services[0], robots.Services[1] with { Stores = own }] }).ShouldHaveSingleItem().Message.ShouldStartWith("9 stores; 8 at most");
    }

    [Fact]
    public void Moved_StoreThatGetsAnotherOwner_IsRefusedWithWords()
    {
        var before = With(Parse("""{"service":"payment"}"""));
        var after = before with { Services = [before.Services[0] with { Stores = [], SharedStores = [new() { Service = "dispatch" }] }, before.Services[1] with { SharedStores = [], Stores = Samples.Stores("rabbitmq") }] };

        var error = SharedStoreRules.Moved(before, after).ShouldHaveSingleItem();

        error.Field.ShouldBe("services[0].sharedStores[0].service");
        error.Message.ShouldStartWith("payment uses payment's store today, which goes with this change; dispatch's store would be new and empty. A store does not change hands");
        SharedStoreRules.Moved(before, before).ShouldBeEmpty();
        SharedStoreRules.Moved(after, before with { Services = [before.Services[0] with { Stores = [], SharedStores = [] }] }).ShouldBeEmpty();
    }

    [Fact]
    public void Moved_StoreThatWasThereBefore_MayTakeTheOldOnesPlace()
    {
        var both = With(Parse("""{"service":"payment"}"""));
        both = both with { Services = [both.Services[0], both.Services[1] with { Stores = [new() { Name = "next", Type = "rabbitmq" }] }] };
        var after = both with { Services = [both.Services[0] with { Stores = [], SharedStores = [new() { Service = "dispatch", Store = "next" }] }, both.Services[1] with { SharedStores = [] }] };

        SharedStoreRules.Moved(both, after).ShouldBeEmpty();
    }

    [Fact]
    public void Json_SpecificationFromBefore_HasNone() =>
        JsonSerializer.Deserialize<ServiceSpecification>("""{"name":"a","image":"a","path":"/a"}""", Specification.Json)!.SharedStores.ShouldBeEmpty();

    private static SharedStoreSpecification Parse(string json) => JsonSerializer.Deserialize<SharedStoreSpecification>(json, Specification.Json)!;

    private static Specification With(params SharedStoreSpecification[] shared)
    {
        var robots = SharedStoreTests.Robots();
        return robots with { Services = [robots.Services[0], robots.Services[1] with { SharedStores = shared, Variables = [] }] };
    }
}
