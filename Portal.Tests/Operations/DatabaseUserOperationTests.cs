using Dapper;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Operations;

public sealed class DatabaseUserOperationTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    /// <summary>
    /// A service of an environment that was made before services had users of their own refers to what is there; a small operation changes what it
    /// is about, and leaves the rest to the next change.
    /// </summary>
    [Fact]
    public async Task Scale_EnvironmentOfBeforeThereWereUsers_ChangesTheNumberAndNothingElse()
    {
        await using var stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, new ManualClock());
        var environment = await stored.ReadyAsync(Samples.Shop());
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            delete from deployments where step in ('user-product-service', 'grant-product-service');
            update deployments set plan = jsonb_set(plan, '{values,settings,DATABASE_SECRET_ARN}', '{"$output": "data-product-service.SecretArn"}') where step = 'svc-product-service';
            """);

        (await stored.Get<OperateService>().ScaleAsync(Fleet.Engineer, environment, "product-service", 7, default)).Refusal.ShouldBeNull();

        var step = (await stored.SnapshotAsync(environment)).Plan.Steps.ShouldHaveSingleItem();
        step.Values!["replicas"]!.GetValue<int>().ShouldBe(7);
        step.Values["settings"]!["DATABASE_SECRET_ARN"]!["$output"]!.GetValue<string>().ShouldBe("data-product-service.SecretArn");
        step.Artifact.ShouldBe((await Deployments.ReadAsync(connection, environment, default)).Single(one => one.Step == StepNames.Service("product-service")).Plan.Artifact);
    }
}
