using Portal.Core.Imports;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Imports;

/// <summary>What other people's systems were found to have in their files.</summary>
public sealed class BroughtSystemsTests
{
    [Fact]
    public void Read_DeploymentBehindAServiceOfAnotherName_IsCalledAsTheService()
    {
        var read = Read("""
            apiVersion: v1
            kind: Service
            metadata: { name: reviews }
            spec: { selector: { app: reviews }, ports: [{ port: 9080, name: http }] }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: reviews-v1 }
            spec: { template: { metadata: { labels: { app: reviews, version: v1 } }, spec: { containers: [{ name: reviews, image: "a/reviews-v1:1", ports: [{ containerPort: 9080 }] }] } } }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: reviews-v2 }
            spec: { template: { metadata: { labels: { app: reviews, version: v2 } }, spec: { containers: [{ name: reviews, image: "a/reviews-v2:1", ports: [{ containerPort: 9080 }] }] } } }
            """);

        read.Services.Select(service => service.Name).ShouldBe(["reviews", "reviews-v2"]);
        read.Notes.ShouldContain(note => note.Subject == "reviews" && note.Text.StartsWith("is reviews-v1 in the file"));
        read.Notes.ShouldContain(note => note.Subject == "reviews" && note.Text.StartsWith("leads to reviews-v1, reviews-v2 alike."));
    }

    [Fact]
    public void Read_DatabaseThatNoVariableNames_GoesToTheServiceItIsCalledAfter()
    {
        var read = Read("""
            services:
              front: { image: a/front:1, ports: ["80"] }
              orders: { image: a/orders:1 }
              orders-db: { image: "mongo:6" }
              session-db: { image: "redis:7" }
            """);

        read.Services[1].Stores.ShouldBe([new StoreSpecification { Type = "documentdb" }]);
        read.Notes.ShouldContain(note => note.Subject == "session-db" && note.Text.Contains("no service uses it"));
    }

    [Theory]
    [InlineData("Server=sqldata;Database=Catalog;User Id=sa;Password=Pass@word;Encrypt=False", "Server=${service.sqldata.host};Database=Catalog;User Id=sa;Password=;Encrypt=False")]
    [InlineData("jdbc:x://sqldata:1433/x?user=sa&password=geheim", "jdbc:x://${service.sqldata.host}:${service.sqldata.port}/x?user=sa&password=")]
    public void Read_PasswordInAConnectionString_IsNotTakenOver(string value, string taken)
    {
        var read = Read($$"""
            services:
              web: { image: a/web:1, ports: ["80"], environment: { CONNECTION_URL: "{{value}}", EventBusPassword: "geheim", ApplicationName: "web" } }
              sqldata: { image: mcr.microsoft.com/mssql/server:2019-latest, ports: ["5433:1433"] }
            """);

        read.Services[0].Variables.ShouldBe([new("CONNECTION_URL", taken), new("ApplicationName", "web")]);
        read.Notes.Count(note => note.Subject == "web" && note.Text.Contains("not taken over")).ShouldBe(2);
    }

    [Fact]
    public void Read_DatabasePortThatIsPublished_IsReachedByNobodyFromOutside()
    {
        var sql = Read("""
            services:
              web: { image: a/web:1, ports: ["80"] }
              sqldata: { image: mcr.microsoft.com/mssql/server:2019-latest, ports: ["5433:1433"] }
            """).Services[1];

        (sql.Exposure, sql.Path, sql.Protocol, sql.Port).ShouldBe((Exposure.Internal, "", PortProtocol.Tcp, 1433));
    }

    [Fact]
    public void Read_ServiceThatKnowsItsOwnAddress_KeepsIt()
    {
        var read = Read("""
            services:
              hooks: { image: a/hooks:1, ports: ["80"], environment: { CallBackUrl: "http://hooks/back" } }
            """);

        read.Services[0].Variables.ShouldBe([new Variable("CallBackUrl", "http://hooks/back")]);
        read.Services[0].Calls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Serilog__MinimumLevel__Override__payment-api.IntegrationEvents", true)]
    [InlineData("spring.datasource.url", true)]
    [InlineData("..", false)]
    [InlineData("1A", false)]
    [InlineData("A=B", false)]
    public void Validate_VariableName_IsWhatKubernetesTakes(string name, bool valid)
    {
        var shop = Samples.Shop();

        var errors = new SpecificationValidator(Samples.Catalog).Validate(shop with { Services = [shop.Services[0] with { Variables = [new(name, "x")] }, .. shop.Services.Skip(1)] });

        errors.Select(error => error.Field).ShouldBe(valid ? [] : ["services[0].variables[0].name"]);
    }

    private static ImportedServices Read(string text) => new SystemImport(Samples.Catalog).Read(text).Value.ShouldNotBeNull();
}
