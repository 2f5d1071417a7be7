using Microsoft.Extensions.Options;
using Portal.Core.Accounts;
using Portal.Core.Provisioning;
using Portal.Emulator.Storage;
using Portal.Tests.Emulator.Aws;
using Portal.Worker.Aws;
using Portal.Worker.Aws.Sdk;

namespace Portal.Tests.Worker.Aws;

/// <summary>Role, bucket and queue of an account that target.yaml made ready, as the worker uses them.</summary>
public sealed class TargetAccountGatewaysTests : IAsyncLifetime
{
    private const string Keys = "Resources: { A: { Type: AWS::KMS::Key } }\n";

    private readonly AwsClients _clients = new(Options.Create(new WorkerAwsOptions { AccessKeyId = "portal-local", SecretAccessKey = "portal-local-secret" }));
    private PreparedAccount _account = null!;
    private AwsTarget _target = null!;

    public async Task InitializeAsync()
    {
        _account = await PreparedAccount.StartAsync();
        _target = new AwsTarget("sandbox", "000000000000", "us-east-1", _account.Outputs["WorkerRoleArn"], _account.Url)
        {
            ExternalId = PreparedAccount.ExternalId,
            TemplateBucket = _account.Outputs["TemplateBucket"],
            EventQueue = _account.Outputs["EventQueue"],
        };
    }

    [Fact]
    public async Task Listen_StackIsMade_TellsItsIdUntilItIsMade()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var heard = new List<StackNews>();
        var id = "";
        await foreach (var news in new EventQueueGateway(_clients).ListenAsync(_target, stop.Token))
        {
            // What the account itself was made of is told as well.
            if (id.Length == 0)
                id = await new CloudFormationGateway(_clients, TimeProvider.System).CreateAsync(_target, Request("keys", Keys), stop.Token);
            else if (news.StackId == id)
                heard.Add(news);
            if (heard is [.., { ChangesStack: true }])
                break;
        }

        heard.Count(news => news.ChangesStack).ShouldBe(1);
        heard.Count(news => !news.ChangesStack).ShouldBeGreaterThan(2);
        (await new CloudFormationGateway(_clients, TimeProvider.System).FindAsync(_target, id, CancellationToken.None)).ShouldNotBeNull().Status.ShouldBe("CREATE_COMPLETE");
    }

    [Fact]
    public async Task Listen_QueueThatIsNot_SaysSo()
    {
        var error = await Should.ThrowAsync<StepFailedException>(async () =>
        {
            await foreach (var _ in new EventQueueGateway(_clients).ListenAsync(_target with { EventQueue = "other" }, CancellationToken.None))
            {
            }
        });

        error.Failure.Code.ShouldBe("sqs_not_found");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"source":"aws.ec2","detail":{"stack-id":"a","status-details":{"status":"X"}}}""")]
    [InlineData("""{"source":"aws.cloudformation","detail-type":"CloudFormation Drift Detection Status Change","detail":{"stack-id":"a"}}""")]
    public void Read_WhatIsNoEventOfAStack_IsNoNews(string body) => EventQueueGateway.Read(body).ShouldBeNull();

    [Fact]
    public async Task Create_TemplateBeyondACall_GoesThroughTheBucketOnce()
    {
        var body = Keys + "#" + new string('x', 60_000);
        var stacks = new CloudFormationGateway(_clients, TimeProvider.System);

        await stacks.CreateAsync(_target, Request("one", body), CancellationToken.None);
        await stacks.CreateAsync(_target, Request("two", body), CancellationToken.None);
        await stacks.CreateAsync(_target, Request("small", Keys), CancellationToken.None);

        (await _account.Account.EndStatusAsync("two")).ShouldBe("CREATE_COMPLETE");
        _account.Service<EmulatorDatabase>().ReadLedger("request", "s3", "PutObject", 0, 10).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Create_TemplateBeyondACallWithoutABucket_SaysWhatIsMissing()
    {
        var error = await Should.ThrowAsync<StepFailedException>(new CloudFormationGateway(_clients, TimeProvider.System).CreateAsync(
            _target with { TemplateBucket = null }, Request("large", Keys + "#" + new string('x', 60_000)), CancellationToken.None));

        error.Failure.CanRetry.ShouldBeFalse();
        error.Failure.Message.ShouldBe("The template of stack large has 60,043 bytes. CloudFormation takes 51,200 in a call, and sandbox has no bucket for larger ones: deploy Templates/cloudformation/target.yaml there, name its bucket in the target's TemplateBucket, and try again.");
    }

    [Fact]
    public async Task Create_WrongExternalId_IsRefused() =>
        (await Should.ThrowAsync<StepFailedException>(new CloudFormationGateway(_clients, TimeProvider.System).FindAsync(_target with { ExternalId = "other-one" }, "keys", CancellationToken.None)))
            .Failure.Code.ShouldStartWith("sts_");

    [Fact]
    public async Task DeleteLeftover_GroupThatEksMadeAgain_GoesAndOneOfAStackStays()
    {
        const string name = "/aws/eks/shop-cluster/cluster";
        const string group = "Resources: { A: { Type: AWS::Logs::LogGroup, Properties: { LogGroupName: " + name + " } } }\n";
        var (stacks, logs) = (new CloudFormationGateway(_clients, TimeProvider.System), new LogGroupsGateway(_clients));
        await logs.DeleteLeftoverAsync(_target, name, CancellationToken.None);
        var tags = new Dictionary<string, string> { [StackTags.EnvironmentId] = Guid.NewGuid().ToString() };
        await stacks.CreateAsync(_target, Request("first", group) with { Tags = tags }, CancellationToken.None);
        (await _account.Account.EndStatusAsync("first")).ShouldBe("CREATE_COMPLETE");

        await logs.DeleteLeftoverAsync(_target, name, CancellationToken.None);
        await stacks.DeleteAsync(_target, "first", "token-gone", CancellationToken.None);
        (await _account.Account.EndStatusAsync("first")).ShouldBeNull();
        await stacks.CreateAsync(_target, Request("second", group), CancellationToken.None);
        (await _account.Account.EndStatusAsync("second")).ShouldBe("ROLLBACK_COMPLETE");

        await logs.DeleteLeftoverAsync(_target, name, CancellationToken.None);
        await stacks.CreateAsync(_target, Request("third", group), CancellationToken.None);
        (await _account.Account.EndStatusAsync("third")).ShouldBe("CREATE_COMPLETE");
    }

    /// <summary>What the account says, from its own quotas to the zone of a NAT gateway.</summary>
    [Fact]
    public async Task Account_WithANetworkInIt_SaysWhatItAllowsOffersAndHasInUse()
    {
        const string network = """
            Resources:
              Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
              Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZoneId: use1-az2 } }
              Address: { Type: AWS::EC2::EIP, Properties: { Domain: vpc } }
              Gateway: { Type: AWS::EC2::NatGateway, Properties: { SubnetId: !Ref Subnet, AllocationId: !GetAtt Address.AllocationId } }
            """;
        await new CloudFormationGateway(_clients, TimeProvider.System).CreateAsync(_target, Request("network", network), CancellationToken.None);
        (await _account.Account.EndStatusAsync("network")).ShouldBe("CREATE_COMPLETE");
        var accounts = new AccountsGateway(_clients);

        (await accounts.QuotaAsync(_target, AccountQuotas.Vpcs, CancellationToken.None)).ShouldBe(200);
        (await accounts.QuotaAsync(_target, AccountQuotas.Rules, CancellationToken.None)).ShouldBe(100);
        (await Should.ThrowAsync<StepFailedException>(() => accounts.QuotaAsync(_target, AccountQuotas.Vpcs with { Code = "L-00000000" }, CancellationToken.None))).Failure.Code.ShouldBe("quotas_not_found");
        var use = await accounts.UseAsync(_target, CancellationToken.None);
        use.Counts.ShouldBe(new Dictionary<string, int> { ["vpcs"] = 1, ["addresses"] = 1, ["clusters"] = 0, ["load-balancers"] = 0 }, ignoreOrder: true);
        use.NatGateways.ShouldHaveSingleItem().ShouldBe(KeyValuePair.Create("use1-az2", 1));
        (await accounts.ZonesAsync(_target, CancellationToken.None))[5].ShouldBe(new AccountZone("use1-az6", "us-east-1f"));
        (await accounts.VersionsAsync(_target, CancellationToken.None)).ShouldBe(["1.35", "1.34", "1.33"]);
    }

    public async Task DisposeAsync()
    {
        _clients.Dispose();
        await _account.DisposeAsync();
    }

    private static StackRequest Request(string name, string body) => new(name, body, new Dictionary<string, string>(), new Dictionary<string, string>(), $"token-{name}");
}
