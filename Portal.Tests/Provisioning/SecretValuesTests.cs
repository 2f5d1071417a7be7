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
                { "alias": "secret-0", "type": "secretsmanager", "name": "shop/payment", "keys": [{ "alias": "secret-0-0", "key": "apiKey" }, { "alias": "secret-0-1", "key": "user" }] },
                { "alias": "secret-1", "type": "ssmparameter", "name": "/shop/flag", "keys": [] }
              ],
              "env": [
                { "name": "API_KEY", "key": "secret-0-0" },
                { "name": "URL", "parts": [{ "text": "p://" }, { "key": "secret-0-1" }, { "text": "@" }, { "text": "us-east-1" }] },
                { "name": "FLAG", "key": "secret-1" }
              ],
              "files": [{ "path": "/etc/tls.pem", "key": "secret-0" }]
            }
            """)).ShouldBeTrue(values["secrets"]!.ToJsonString());
        // The job before the rollout has what the service has.
        s_work.Plan.Step("svc-cart-service-before").Values!["secrets"]!.ToJsonString().ShouldBe(values["secrets"]!.ToJsonString());
    }

    [Fact]
    public void Build_SecretOfAStore_IsThatOfItsStack()
    {
        var plan = Samples.Plans.Build(Reading("product-service", service => service with { Variables = [new("PASSWORD", "${store.DATABASE_PASSWORD}")] }), Samples.Target).Plan;

        plan.Step("svc-product-service").Values!["secrets"]!["objects"]!.ToJsonString().ShouldBe(
            """[{"alias":"secret-0","type":"secretsmanager","name":{"$output":"data-product-service.SecretArn"},"keys":[{"alias":"secret-0-0","key":"password"}]}]""");
        // The store's own rights do.
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
    public void Build_NobodyReadsSecrets_HasNoDriver() =>
        Samples.Plans.Build(Shop, Samples.Target).Plan.Steps.ShouldNotContain(step => step.Name == StepNames.SecretsStore);

    [Fact]
    public void Called_Aliases_AreWhatPeopleCallThem() =>
        SecretValues.Called(s_work.Plan.Step("svc-cart-service"), ["secret-0-1", "secret-0", "secret-1"]).ShouldBe(["the secret shop/payment", "the parameter /shop/flag"]);

    private static Specification Reading(string name, Func<ServiceSpecification, ServiceSpecification> change, string? instead = null) =>
        Shop with { Services = [.. Shop.Services.Select(service => service.Name == (instead ?? name) ? change(service) with { Name = name } : service)] };
}
