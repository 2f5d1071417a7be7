using Portal.Core.Imports;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Imports;

public sealed class SharedStoreImportTests
{
    private const string Compose = """
        services:
          dispatch:
            image: shop/dispatch:1
            environment: { AMQP_HOST: rabbitmq, DB_URL: "mongodb://orders-db:27017/x" }
            depends_on: [rabbitmq]
          orders:
            image: shop/orders:1
            ports: ["80:8080"]
            environment: { DB_URL: "mongodb://orders-db:27017/x", AMQP_HOST: rabbitmq }
          rabbitmq: { image: "rabbitmq:3.8-management-alpine" }
          orders-db: { image: "mongo:6" }
        """;

    [Fact]
    public void Read_DatabaseThatTwoServicesUse_IsOneStoreThatTheyShare()
    {
        var read = new SystemImport(Samples.Catalog).Read(Compose).Value.ShouldNotBeNull();
        var (dispatch, orders) = (read.Services[0], read.Services[1]);

        dispatch.Stores.ShouldBe([new StoreSpecification { Type = "rabbitmq" }]);
        orders.Stores.ShouldBe([new StoreSpecification { Type = "documentdb" }], "it is called after orders");
        orders.SharedStores.ShouldBe([new SharedStoreSpecification { Name = "broker", Service = "dispatch" }]);
        dispatch.SharedStores.ShouldBe([new SharedStoreSpecification { Name = "documents", Service = "orders" }]);
        orders.Variables.ShouldContain(new Variable("AMQP_HOST", "${store.broker.RABBITMQ_HOST}"));
        read.Notes.ShouldContain(note => note.Subject == "rabbitmq" && note.Text.StartsWith("becomes a store of dispatch, RabbitMQ; used by orders too."));
    }
}
