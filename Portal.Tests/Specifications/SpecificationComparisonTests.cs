using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Specifications;

public sealed class SpecificationComparisonTests
{
    private static readonly Specification s_shop = Samples.Shop();

    [Fact]
    public void Of_TheSame_DiffersInNothingAndHasEveryField()
    {
        var fields = SpecificationComparison.Of(s_shop, s_shop with { });

        fields.ShouldAllBe(field => !field.Differs);
        fields.ShouldContain(field => field.Field == "network.cidr");
    }

    [Fact]
    public void Of_ServicesInAnotherOrder_AreTheSame() =>
        Differing(s_shop, s_shop with { Services = [.. s_shop.Services.Reverse()] }).ShouldBeEmpty();

    [Fact]
    public void Of_FieldsOfAllDepths_SaysBothValues()
    {
        var service = s_shop.Services[0];
        var left = s_shop with { Services = [service with { Variables = [new Variable("LEVEL", "info"), new Variable("OLD", "1")] }] };
        var right = left with
        {
            Network = left.Network with { Zones = 3 },
            OpenCalls = true,
            Services = [service with { Replicas = 9, Variables = [new Variable("LEVEL", "debug")], Runtime = service.Runtime with { Command = ["a", "b"] } }],
        };

        Differing(left, right).ShouldBe([
            new ComparedField("network.zones", "2", "3"),
            new ComparedField("openCalls", "no", "yes"),
            new ComparedField($"services[{service.Name}].variables[LEVEL].value", "info", "debug"),
            new ComparedField($"services[{service.Name}].variables[OLD]", "1", null),
            new ComparedField($"services[{service.Name}].replicas", $"{service.Replicas}", "9"),
            new ComparedField($"services[{service.Name}].runtime.command", null, "a, b"),
        ], ignoreOrder: true);
    }

    [Fact]
    public void Of_AServiceOfOneSideOnly_IsOneField()
    {
        var less = s_shop with { Services = [.. s_shop.Services.Skip(1)] };

        Differing(less, s_shop).ShouldBe([new ComparedField($"services[{s_shop.Services[0].Name}]", null, ComparedField.There)]);
    }

    [Fact]
    public void Of_APartThatOneSideLacks_SaysItsFields()
    {
        var right = s_shop with { Edge = s_shop.Edge with { Oidc = new OidcSpecification { Issuer = "https://issuer", Audience = "shop" } } };

        Differing(s_shop, right).ShouldBe([new ComparedField("edge.oidc.issuer", null, "https://issuer"), new ComparedField("edge.oidc.audience", null, "shop")], ignoreOrder: true);
    }

    [Fact]
    public void Of_LongTextsThatDifferAtTheirEnd_Differ()
    {
        Specification With(string content) => s_shop with { Services = [s_shop.Services[0] with { Files = [new FileSpecification("/etc/a", content)] }] };

        var field = Differing(With(new string('x', 5_000) + "a"), With(new string('x', 5_000) + "b")).ShouldHaveSingleItem();

        field.Left!.Length.ShouldBeLessThan(500);
    }

    [Theory]
    [InlineData("network.cidr", "Address block")]
    [InlineData("services[cart].runtime.cpu", "cart, CPU a pod")]
    [InlineData("services[cart].variables[LOG_LEVEL].value", "cart, value of a variable (LOG_LEVEL)")]
    [InlineData("services[cart].stores[orders dynamodb].options.MinCapacity", "cart, data store MinCapacity (orders dynamodb)")]
    [InlineData("services[cart]", "cart, service")]
    [InlineData("edge.clients[mobile].monthlyQuota", "Requests a month of a client (mobile)")]
    public void Place_PathOfAComparison_IsSaidInTheFormsWords(string path, string words) => FieldWords.Place(path).ShouldBe(words);

    [Fact]
    public void Of_EveryFieldThatThereIs_HasWords()
    {
        var options = new JsonSerializerOptions(Specification.Json) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };

        Leaves(options, typeof(Specification), "").Where(path => !FieldWords.Knows(path)).ShouldBeEmpty();
    }

    // Paths as FieldWords takes them: services' fields without the service, lists without what tells their items apart.
    private static IEnumerable<string> Leaves(JsonSerializerOptions options, Type type, string path)
    {
        var of = options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        return of.Kind switch
        {
            JsonTypeInfoKind.Object => of.Properties.Where(property => property.Get is not null && property.Name is not ("dataStore" or "storeOptions")).SelectMany(property => Leaves(
                options, property.PropertyType, property.PropertyType == typeof(IReadOnlyList<ServiceSpecification>) ? "" : path.Length == 0 ? property.Name : $"{path}.{property.Name}")),
            JsonTypeInfoKind.Enumerable when options.GetTypeInfo(of.ElementType!).Kind == JsonTypeInfoKind.Object => Leaves(options, of.ElementType!, path),
            JsonTypeInfoKind.Dictionary => [],
            _ => [path],
        };
    }

    private static List<ComparedField> Differing(Specification left, Specification right) => [.. SpecificationComparison.Of(left, right).Where(field => field.Differs)];
}
