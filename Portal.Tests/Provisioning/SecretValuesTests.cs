using System.Text;
using System.Text.Json.Nodes;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Tests.Provisioning;

public sealed class SecretValuesTests
{
    private static readonly Specification Shop = Samples.Shop();

    private static readonly PlannedWork s_work = Samples.Plans.Build(Reading(
        "cart-service",
        service => service with
        {
            Variables = [new("LOG", "info"), new("API_KEY", "${secret:shop/payment#apiKey}"), new("URL", "p://${secret:shop/payment#user}@${environment.region}"), new("FLAG", "${ssm:/shop/flag}")],
            Files = [new("/etc/app.conf", "a=1"), new("/etc/tls.pem", "${secret:shop/payment}\n")],
            BeforeRollout = new() { Command = ["/app/migrate"] },
        }), Samples.Target);

    [Fact]
    public void Build_Secrets_AreNamesInTheRelease()
    {
        var values = s_work.Plan.Step("svc-cart-service").Values!;

        values["settings"]!.AsObject().Select(pair => pair.Key).ShouldNotContain("API_KEY");
        values["settings"]!["LOG"]!.GetValue<string>().ShouldBe("info");
        values["files"]!.ToJsonString().ShouldBe("""[{"path":"/etc/app.conf","content":"a=1"}]""");
        JsonNode.DeepEquals(values["secrets"], JsonNode.Parse(
            """
            {
              "region": "us-east-1",
              "objects": [
                { "alias": "secret-bb75441ca7", "type": "secretsmanager", "name": "shop/payment", "keys": [{ "alias": "secret-bb75441ca7-61ea4113f5", "key": "apiKey" }, { "alias": "secret-bb75441ca7-04f8996da7", "key": "user" }] },
                { "alias": "secret-c5f3580151", "type": "ssmparameter", "name": "/shop/flag", "keys": [] }
              ],
              "env": [
                { "name": "API_KEY", "key": "secret-bb75441ca7-61ea4113f5" },
                { "name": "URL", "parts": [{ "text": "p://" }, { "key": "secret-bb75441ca7-04f8996da7" }, { "text": "@" }, { "text": "us-east-1" }] },
                { "name": "FLAG", "key": "secret-c5f3580151" }
              ],
              "files": [{ "path": "/etc/tls.pem", "key": "secret-bb75441ca7" }]
            }
            """)).ShouldBeTrue(values["secrets"]!.ToJsonString());
        // The job before the rollout has what the service has.
        s_work.Plan.Step("svc-cart-service-before").Values!["secrets"]!.ToJsonString().ShouldBe(values["secrets"]!.ToJsonString());
    }

    [Fact]
    public void Build_SecretOfADatabase_IsThatOfTheServicesUser()
    {
        var plan = Samples.Plans.Build(Reading("product-service", service => service with { Variables = [new("PASSWORD", "${store.DATABASE_PASSWORD}")] }), Samples.Target).Plan;

        var read = plan.Step("svc-product-service").Values!["secrets"]!["objects"]!.AsArray().ShouldHaveSingleItem()!;
        read["name"]!.ToJsonString().ShouldBe("""{"$output":"user-product-service.UserSecretArn"}""");
        read["keys"]!.AsArray().ShouldHaveSingleItem()!["key"]!.GetValue<string>().ShouldBe("password");
        // The rights to its own user do.
        plan.Step("bind-product-service").Artifact.ShouldBe(Samples.Plans.Build(Shop, Samples.Target).Plan.Step("bind-product-service").Artifact);
        plan.Step("svc-product-service").DependsOn.ShouldContain(StepNames.SecretsStore);
    }

    [Fact]
    public void Build_ServiceWithoutStore_GetsARoleForItsSecrets()
    {
        var plan = Samples.Plans.Build(Reading("web", service => service with { Stores = [], Variables = [new("A", "${ssm:/shop/flag}")] }, "cart-service"), Samples.Target);

        var bind = plan.Plan.Step("bind-web");
        bind.DependsOn.ShouldBe([StepNames.Cluster]);
        bind.Title.ShouldBe("Access of web to its secrets");
        Encoding.UTF8.GetString(plan.Artifacts.Single(artifact => artifact.Digest == bind.Artifact).Body).ShouldContain(":parameter/shop/flag\"");
        plan.Plan.Step("svc-web").DependsOn.ShouldContain("bind-web");
    }

    [Fact]
    public void Build_PrivateImage_IsPulledWithASecretThatItsPodsMayRead()
    {
        var work = Samples.Plans.Build(Reading("cart-service", service => service with { PullSecret = "secret:registry/ghcr", BeforeRollout = new() { Command = ["/app/migrate"] } }), Samples.Target);

        var secrets = work.Plan.Step("svc-cart-service").Values!["secrets"]!;
        secrets["objects"]!.AsArray().ShouldHaveSingleItem()!["name"]!.GetValue<string>().ShouldBe("registry/ghcr");
        secrets["pull"]!.GetValue<string>().ShouldBe(secrets["objects"]![0]!["alias"]!.GetValue<string>());
        // The job before has the same image.
        work.Plan.Step("svc-cart-service-before").Values!["secrets"]!["pull"].ShouldNotBeNull();
        Encoding.UTF8.GetString(work.Artifacts.Single(artifact => artifact.Digest == work.Plan.Step("bind-cart-service").Artifact).Body).ShouldContain("secret:registry/ghcr-??????");
        work.Plan.Step("svc-cart-service").DependsOn.ShouldContain(StepNames.SecretsStore);
    }

    [Fact]
    public void Build_NobodyReadsSecrets_HasNoDriver() =>
        Samples.Plans.Build(WithoutDatabase(Shop), Samples.Target).Plan.Steps.ShouldNotContain(step => step.Name == StepNames.SecretsStore);

    internal static Specification WithoutDatabase(Specification shop) => shop with { Services = [shop.Services[0] with { Stores = Samples.Stores("dynamodb") }, .. shop.Services.Skip(1)] };

    [Fact]
    public void Called_Aliases_AreWhatPeopleCallThem() =>
        SecretValues.Called(s_work.Plan.Step("svc-cart-service"), ["secret-bb75441ca7-04f8996da7", "secret-bb75441ca7", "secret-c5f3580151"]).ShouldBe(["the secret shop/payment", "the parameter /shop/flag"]);

    /// <summary>Pods of before and after a change share the class and the Secret: whatever else is read, a name stands for the same secret.</summary>
    [Fact]
    public void Build_OtherSecretsBefore_KeepsTheNamesOfTheRest()
    {
        var before = Aliases("${secret:shop/payment#apiKey}", "${secret:shop/payment#user}", "${ssm:/shop/flag}", "${secret:/shop/flag}");

        var after = Aliases("${secret:/shop/flag}", "${secret:shop/new#apiKey}", "${ssm:/shop/flag}", "${secret:shop/payment#user}");

        before.Values.Concat(after.Values).Distinct().Count().ShouldBe(5);
        after.Where(one => before.ContainsKey(one.Key)).ShouldBe(before.Where(one => after.ContainsKey(one.Key)), ignoreOrder: true);
    }

    /// <returns>Under which name the driver has what a variable stands for.</returns>
    private static Dictionary<string, string> Aliases(params string[] values)
    {
        var plan = Samples.Plans.Build(Reading("cart-service", service => service with { Variables = [.. values.Select((value, index) => new Variable($"V{index}", value))] }), Samples.Target).Plan;
        return plan.Step("svc-cart-service").Values!["secrets"]!["env"]!.AsArray().ToDictionary(one => values[int.Parse(one!["name"]!.GetValue<string>()[1..], null)], one => one!["key"]!.GetValue<string>());
    }

    private static Specification Reading(string name, Func<ServiceSpecification, ServiceSpecification> change, string? instead = null) =>
        Shop with { Services = [.. Shop.Services.Select(service => service.Name == (instead ?? name) ? change(service) with { Name = name } : service)] };
}
