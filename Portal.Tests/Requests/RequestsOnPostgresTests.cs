using Dapper;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core;
using Portal.Core.Accounts;
using Portal.Core.Drafts;
using Portal.Core.Environments;
using Portal.Core.Images;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Tests.Provisioning.Changes;

namespace Portal.Tests.Requests;

public sealed class RequestsOnPostgresTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly Actor s_engineer = Actor("engineer", Roles.Engineer);
    private static readonly Actor s_ops = Actor("ops", Roles.Ops);
    private static readonly Actor s_second = Actor("ops-2", Roles.Ops);
    private static int s_numbers;

    private readonly Contexts _databases = new(postgres.Database);
    private readonly StoredDocuments _documents = new();
    private readonly string _name = $"shop-{Interlocked.Increment(ref s_numbers)}";
    private string _target = "";

    // A target for each test: networks of different tests must not meet.
    public async Task InitializeAsync()
    {
        _target = $"target-{_name}";
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "insert into targets (name, account_id, region, api_access_cidrs) values (@_target, '000000000000', 'us-east-1', '0.0.0.0/0')", new { _target });
    }

    public Task DisposeAsync()
    {
        _documents.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Submit_SeedsExample_StoresSpecificationPlanAndArtifacts()
    {
        var submitted = await SubmittedAsync(Shop());

        var detail = (await Queries.RequestAsync(Fleet.Engineer, submitted.Number, default)).ShouldNotBeNull();
        detail.Request.State.ShouldBe(RequestState.Submitted);
        detail.Environment.State.ShouldBe(EnvironmentState.Requested);
        detail.Specification.Services.ShouldBe(Shop().Services);
        detail.Plan.Hash.ShouldBe(detail.Request.PlanHash);
        await using var connection = await postgres.Database.OpenConnectionAsync();
        var digests = detail.Plan.Steps.Select(step => step.Artifact).OfType<string>().Distinct().ToArray();
        (await connection.ExecuteScalarAsync<int>("select count(*)::int from artifacts where digest = any(@digests)", new { digests })).ShouldBe(digests.Length);
    }

    [Fact]
    public async Task Submit_KeptDraft_IsGoneWithItAndIsNotThereAgain()
    {
        var (id, save, drafts) = (Guid.NewGuid(), new SaveDraft(TestTransactions.On(postgres.Database), TimeProvider.System), new DraftQueries(postgres.Database));
        await save.ExecuteAsync(s_engineer, id, 0, _name, "{}", default);
        (await Submit.ExecuteAsync(s_engineer, Shop() with { Services = [] }, id, default)).IsRefused.ShouldBeTrue();
        (await drafts.FindAsync(s_engineer, id, default)).ShouldNotBeNull("what was refused is still to be mended");

        (await Submit.ExecuteAsync(s_engineer, Shop(), id, default)).IsRefused.ShouldBeFalse();

        (await drafts.FindAsync(s_engineer, id, default)).ShouldBeNull();
        (await save.ExecuteAsync(s_engineer, id, 0, _name, "{\"late\":1}", default)).Refusal.ShouldBeOfType<DraftGone>();
    }

    [Fact]
    public async Task Submit_NameTaken_IsRefusedAtTheName()
    {
        await SubmittedAsync(Shop());

        var again = await Submit.ExecuteAsync(s_engineer, Shop() with { Network = new NetworkSpecification { Cidr = "10.99.0.0/16" } }, default);

        Errors(again).ShouldHaveSingleItem().ShouldBe(new FieldError("environment", _name, new NameTaken(_name).Message));
    }

    [Fact]
    public async Task Submit_AgainBecauseNoAnswerCame_FilesItOnce()
    {
        var id = Guid.CreateVersion7();
        var first = (await Submit.ExecuteAsync(s_engineer, Shop(), id, default)).Value.ShouldNotBeNull();

        (await Submit.ExecuteAsync(s_engineer, Shop(), id, default)).Value.ShouldBe(first);
        (await Submit.ExecuteAsync(Actor("somebody-else", Roles.Engineer), Shop(), id, default)).Refusal.ShouldBeOfType<NotAllowed>();
    }

    [Fact]
    public async Task Submit_NulInNameAndTarget_IsRefusedAtTheFields()
    {
        var specification = Shop() with { Environment = "sh\0op", Target = _target + "\0" };

        Errors(await Submit.ExecuteAsync(s_engineer, specification, default)).Select(error => error.Field).ShouldBe(["environment", "target"]);
    }

    [Fact]
    public async Task Reject_NulInTheComment_IsKeptWithoutIt()
    {
        var submitted = await SubmittedAsync(Shop());
        var hash = (await Queries.RequestAsync(Fleet.Engineer, submitted.Number, default))!.Request.PlanHash;

        (await Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Reject, hash, "too\0 large\n\ud83d", default)).IsRefused.ShouldBeFalse();

        (await Queries.RequestAsync(Fleet.Engineer, submitted.Number, default))!.Request.Comment.ShouldBe("too large");
    }

    [Fact]
    public async Task Submit_SameNameTwiceAtOnce_OneWinsAndTheOtherIsToldWhy()
    {
        var other = $"other-{_target}";
        await using (var connection = await postgres.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("insert into targets (name, account_id, region, api_access_cidrs) values (@other, '0', 'us-east-1', '0.0.0.0/0')", new { other });

        // Two targets, so that no lock keeps them apart and only the index on the name does.
        var outcomes = await Task.WhenAll(
            Submit.ExecuteAsync(s_engineer, Shop(), default), Submit.ExecuteAsync(s_engineer, Shop() with { Target = other }, default));

        outcomes.Count(outcome => !outcome.IsRefused).ShouldBe(1);
        Errors(outcomes.Single(outcome => outcome.IsRefused)).ShouldHaveSingleItem().Field.ShouldBe("environment");
    }

    [Fact]
    public async Task Submit_OverlappingNetworksAtOnce_OneWinsAndTheOtherIsToldAFreeBlock()
    {
        var outcomes = await Task.WhenAll(
            Submit.ExecuteAsync(s_engineer, Shop($"{_name}-a"), default), Submit.ExecuteAsync(s_engineer, Shop($"{_name}-b", "10.40.16.0/20"), default));

        outcomes.Count(outcome => !outcome.IsRefused).ShouldBe(1);
        var error = Errors(outcomes.Single(outcome => outcome.IsRefused)).ShouldHaveSingleItem();
        error.Field.ShouldBe("network.cidr");
        error.Message.ShouldContain("overlaps");
        error.Message.ShouldContain("is free");
    }

    [Theory]
    [InlineData("-data", "products", "cluster", true)]
    [InlineData("-bind", "nodes", "cart", false)]
    [InlineData("-data-cluster", "cluster", "cart", false)]
    public async Task Submit_WhoseStacksWouldBeCalledAsANeighbours_IsRefused(string suffix, string neighbours, string service, bool refused)
    {
        Specification With(Specification shop, string name) => shop with { Services = [shop.Services[0] with { Name = name }] };
        (await Submit.ExecuteAsync(s_engineer, With(Shop($"{_name}{suffix}"), neighbours), default)).IsRefused.ShouldBeFalse();

        var outcome = await Submit.ExecuteAsync(s_engineer, With(Shop(_name, "10.41.0.0/16"), service), default);

        outcome.IsRefused.ShouldBe(refused);
        if (refused)
            Errors(outcome).ShouldHaveSingleItem().Message.ShouldContain($"{_name}-data-cluster");
    }

    [Fact]
    public async Task Submit_UnknownTarget_IsRefusedAtTheTarget()
    {
        var outcome = await Submit.ExecuteAsync(s_engineer, Shop() with { Target = "moon" }, default);

        Errors(outcome).ShouldHaveSingleItem().ShouldBe(new FieldError("target", "moon", "There is no target 'moon'. Choose one of the list."));
    }

    [Fact]
    public async Task Submit_VersionWithRoutesThatNobodyServes_IsRefusedAtTheVersion()
    {
        var wanted = Shop() with { Edge = new EdgeSpecification { EarlierStages = [new EarlierStage { Name = "v0", RouteHash = "0123456789abcdef" }] } };

        var refusal = (await Plans.ExecuteAsync(s_engineer, wanted, CancellationToken.None)).Refusal.ShouldBeOfType<InvalidSpecification>();

        refusal.Errors.ShouldHaveSingleItem().Field.ShouldBe("edge.earlierStages[0].name");
    }

    [Fact]
    public async Task Submit_Viewer_IsNotAllowed() =>
        (await Submit.ExecuteAsync(Actor("viewer", Roles.Viewer), Shop(), default)).Refusal.ShouldBeOfType<NotAllowed>();

    [Fact]
    public async Task Submit_AfterARejection_TakesNameAndNetworkAgain()
    {
        var submitted = await SubmittedAsync(Shop());
        (await Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Reject, await HashAsync(submitted), "smaller, please", default)).IsRefused.ShouldBeFalse();

        (await Submit.ExecuteAsync(s_engineer, Shop(), default)).IsRefused.ShouldBeFalse();
    }

    [Fact]
    public async Task SuggestCidr_BlocksTaken_GivesOneThatCanBeSubmitted()
    {
        await SubmittedAsync(Shop());

        var block = await Plans.SuggestCidrAsync(_target, default);

        (await Submit.ExecuteAsync(s_engineer, Shop($"{_name}-b", block), default)).IsRefused.ShouldBeFalse();
    }

    [Fact]
    public async Task Decide_TwoApproversAtOnce_OneWinsAndTheOtherIsToldWho()
    {
        var submitted = await SubmittedAsync(Shop());
        var hash = await HashAsync(submitted);

        var outcomes = await Task.WhenAll(
            Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Approve, hash, null, default),
            Decide.ExecuteAsync(s_second, submitted.Id, Verdict.Reject, hash, "no", default));

        outcomes.Count(outcome => !outcome.IsRefused).ShouldBe(1);
        var detail = (await Queries.RequestAsync(Fleet.Engineer, submitted.Number, default))!;
        outcomes.Single(outcome => outcome.IsRefused).Refusal.ShouldBeOfType<AlreadyDecided>().Message.ShouldStartWith(detail.Request.DecidedByName!);
        (await CountAsync("operations", detail.Environment.Id)).ShouldBe(detail.Request.State == RequestState.Approved ? 1 : 0);
    }

    [Fact]
    public async Task Decide_Approve_QueuesOneOperationWithAllSteps()
    {
        var submitted = await SubmittedAsync(Shop());

        var decision = await Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Approve, await HashAsync(submitted), "go", default);

        decision.Value.ShouldNotBeNull().OperationId.ShouldNotBeNull();
        var snapshot = (await Environments.SnapshotAsync(submitted.EnvironmentId, default)).ShouldNotBeNull();
        snapshot.Operation!.State.ShouldBe(OperationState.Queued);
        snapshot.Steps.Select(step => step.Name).ShouldBe(snapshot.Plan.Steps.Select(step => step.Name));
        snapshot.Environment.State.ShouldBe(EnvironmentState.Provisioning);
        snapshot.Events[0].Message.ShouldBe("ops approved the request: go");
    }

    [Fact]
    public async Task Decide_Requester_IsNotAllowedEvenAsOps()
    {
        var both = Actor("both", Roles.Engineer, Roles.Ops);
        var submitted = (await Submit.ExecuteAsync(both, Shop(), default)).Value!;

        var outcome = await Decide.ExecuteAsync(both, submitted.Id, Verdict.Approve, await HashAsync(submitted), null, default);

        outcome.Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain("somebody else");
        (await CountAsync("operations", submitted.EnvironmentId)).ShouldBe(0);
    }

    [Theory]
    [InlineData(Roles.Engineer)]
    [InlineData(Roles.Viewer)]
    public async Task Decide_OtherRoles_AreNotAllowed(string role)
    {
        var submitted = await SubmittedAsync(Shop());

        var outcome = await Decide.ExecuteAsync(Actor("x", role), submitted.Id, Verdict.Approve, await HashAsync(submitted), null, default);

        outcome.Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain(Roles.Ops);
    }

    [Fact]
    public async Task Decide_AnotherPlan_IsRefused()
    {
        var submitted = await SubmittedAsync(Shop());

        (await Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Approve, new string('0', 64), null, default)).Refusal.ShouldBeOfType<PlanChanged>();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n ")]
    public async Task Decide_RejectWithoutAComment_IsRefused(string? comment)
    {
        var submitted = await SubmittedAsync(Shop());

        (await Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Reject, await HashAsync(submitted), comment, default)).Refusal.ShouldBeOfType<CommentMissing>();
    }

    /// <summary>What was approved is what runs: the plan names what the tag stood for, and the request why another does not.</summary>
    [Fact]
    public async Task Submit_WhereRegistriesAnswer_PlansWhatTheTagStandsFor()
    {
        var digest = $"sha256:{new string('c', 64)}";
        var wanted = Shop();
        wanted = wanted with { Services = [wanted.Services[0], wanted.Services[1] with { Image = "ghcr.io/shop/other:1" }] };
        var submit = new SubmitRequest(Transactions, _databases, Plans, new ImagePins(new OneDigest(wanted.Services[0].Image, digest), TimeProvider.System), States, Approval);

        var submitted = (await submit.ExecuteAsync(Fleet.Engineer, wanted, default)).Value.ShouldNotBeNull();

        var detail = (await Queries.RequestAsync(Fleet.Engineer, submitted.Number, default)).ShouldNotBeNull();
        detail.Specification.Services[0].Image.ShouldBe($"{wanted.Services[0].Image}@{digest}");
        detail.Plan.Step(StepNames.Service(wanted.Services[0].Name)).Values!["image"]!.GetValue<string>().ShouldBe($"{wanted.Services[0].Image}@{digest}");
        detail.Facts!.Images!.Select(pin => (pin.Digest, pin.Why)).ShouldBe([(digest, null), (null, "there is none")]);
    }

    private sealed class OneDigest(string image, string digest) : IImageDigests
    {
        public bool IsOn => true;

        public Task<ImageDigest> FindAsync(ImageReference asked, CancellationToken cancellationToken) =>
            Task.FromResult(asked.Tagged == image ? new ImageDigest(digest, null) : new ImageDigest(null, "there is none"));
    }

    private Transactions Transactions => TestTransactions.On(postgres.Database);

    private PlanRequest Plans => new(_databases, new SpecificationValidator(Samples.Catalog), Samples.Plans, new KnownTeams(postgres.Database), Limits, new GoldenPaths([]), new AccountCheck(Samples.Catalog, TimeProvider.System));

    private static TeamLimits Limits => new(new TeamPolicy(), TimeProvider.System);

    private static Sight Sight => new(new TeamPolicy(), Samples.Approvals, TimeProvider.System);

    private static ImagePins Pins => new(new NoImageDigests(), TimeProvider.System);

    private SubmitRequest Submit => new(Transactions, _databases, Plans, Pins, States, Approval);

    private static Lifecycle States => new(new OperationJobs(), TimeProvider.System);

    private ChangeEnvironment Changes => new(Transactions, _databases, Plans, Pins, new ChangePlanner(Samples.Plans, new ChangeEvaluator(UserChanges.Behaviour)), States, Approval, Limits);

    private DecideRequest Decide => new(Transactions, States, Changes, Approval,
        new ExpireRequests(postgres.Database, Transactions, States, Samples.Approvals, TimeProvider.System), Samples.Approvals, TimeProvider.System);

    private static RequestApproval Approval => new(States, Samples.Approvals, TimeProvider.System);

    private RequestQueries Queries => new(_databases, postgres.Database, _documents, Durations, Samples.Approvals, Sight, TimeProvider.System);

    private EnvironmentQueries Environments => new(_databases, _documents, Durations, Sight, TimeProvider.System);

    private StepDurations Durations => new(postgres.Database, TimeProvider.System);

    private Specification Shop(string? name = null, string cidr = "10.40.0.0/16") => Samples.Shop(name ?? _name, cidr) with { Target = _target };

    private async Task<SubmittedRequest> SubmittedAsync(Specification specification)
    {
        var outcome = await Submit.ExecuteAsync(s_engineer, specification, default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }

    [Fact]
    public async Task Requests_OfOnePage_AreInOrderAndSayWhatTheyCost()
    {
        var first = await SubmittedAsync(Shop());
        var second = await SubmittedAsync(Samples.InProduction(Shop(_name + "-b", "10.41.0.0/16")));
        await Decide.ExecuteAsync(s_ops, first.Id, Verdict.Reject, await HashAsync(first), "too dear", default);
        var third = await SubmittedAsync(Shop(_name + "-c", "10.42.0.0/16"));

        var newest = await Queries.RequestsAsync(s_ops, new RequestFilter { PageSize = 2 }, default);
        newest.Rows.Select(row => row.Number).ShouldBe([third.Number, second.Number]);
        var waiting = (await Queries.RequestsAsync(s_ops, new RequestFilter { State = RequestState.Submitted, PageSize = 100 }, default)).Rows.Where(row => row.Target == _target);
        waiting.Select(row => row.Number).ShouldBe([second.Number, third.Number]);
        var rejected = (await Queries.RequestsAsync(s_ops, new RequestFilter { State = RequestState.Rejected, PageSize = 100 }, default)).Rows.Single(row => row.Id == first.Id);
        (rejected.Environment, rejected.DecidedByName, rejected.Comment).ShouldBe((_name, "ops", "too dear"));
        foreach (var row in newest.Rows)
            row.MonthlyCost.ShouldBe((await Queries.RequestAsync(s_ops, row.Number, default))!.Plan.Cost.Monthly);
    }

    [Fact]
    public async Task Queries_SomebodyWithoutARole_IsRefused()
    {
        var nobody = new Actor("nobody", "Nobody", new HashSet<string>());

        await Should.ThrowAsync<UnauthorizedAccessException>(() => new DashboardQueries(postgres.Database, Sight).DashboardAsync(nobody, new EnvironmentFilter(), default));
        await Should.ThrowAsync<UnauthorizedAccessException>(() => Queries.RequestsAsync(nobody, new RequestFilter(), default));
        await Should.ThrowAsync<UnauthorizedAccessException>(() => Queries.RequestAsync(nobody, 1, default));
        (await Environments.FindAsync(nobody, "shop", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Snapshot_RereadWhileNothingWasPlanned_ParsesPlanAndSpecificationOnce()
    {
        var submitted = await SubmittedAsync(Shop());
        var asked = (await Environments.SnapshotAsync(submitted.EnvironmentId, default))!;
        await Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Approve, asked.Request.PlanHash, null, default);

        var approved = (await Environments.SnapshotAsync(submitted.EnvironmentId, default))!;
        var again = (await Environments.SnapshotAsync(submitted.EnvironmentId, default))!;

        approved.Specification.ShouldBeSameAs(asked.Specification);
        again.Plan.ShouldBeSameAs(approved.Plan);
        again.Plan.Hash.ShouldBe(asked.Plan.Hash);
    }

    [Fact]
    public async Task Snapshot_Events_SayWhoDidWhat()
    {
        var submitted = await SubmittedAsync(Shop());
        await Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Approve, await HashAsync(submitted), null, default);
        var roles = new NewEvent(Portal.Core.Security.Actor.System, submitted.EnvironmentId, null, "iam", "step.started", EventSeverity.Info, "Roles");
        await Transactions.DoAsync(work => roles.AppendAsync(work, DateTimeOffset.UnixEpoch), default);

        var events = (await Environments.SnapshotAsync(submitted.EnvironmentId, default))!.Events;

        events.Select(one => (one.By.Subject, one.By.Name, one.By.Kind)).ShouldBe([("system", "Portal", ActorKind.System), ("ops", "ops", ActorKind.Person), ("engineer", "engineer", ActorKind.Person)]);
    }

    [Fact]
    public async Task Snapshot_StepsThatSucceededAndFailed_CarryTheirOutputsAndTheirFailure()
    {
        var submitted = await SubmittedAsync(Shop());
        await Decide.ExecuteAsync(s_ops, submitted.Id, Verdict.Approve, await HashAsync(submitted), null, default);
        await using (var connection = await postgres.Database.OpenConnectionAsync())
        {
            await connection.ExecuteAsync(
                """
                update steps set outputs = '{"VpcId":"vpc-1"}' where name = 'net-core' and operation_id = (select id from operations where request_id = @Id);
                update steps set failure = '{"code":"stack_failed","message":"Aurora failed.","rootCause":"quota","canRetry":true}'
                where name = 'iam' and operation_id = (select id from operations where request_id = @Id)
                """, new { submitted.Id });
        }

        var steps = (await Environments.SnapshotAsync(submitted.EnvironmentId, default))!.Steps.ToDictionary(step => step.Name);

        steps["net-core"].Outputs.ShouldBe(new Dictionary<string, string> { ["VpcId"] = "vpc-1" });
        steps["net-core"].Failure.ShouldBeNull();
        steps["iam"].Failure.ShouldBe(new Failure("stack_failed", "Aurora failed.", "quota", CanRetry: true));
        steps["iam"].Outputs.ShouldBeEmpty();
    }

    private async Task<string> HashAsync(SubmittedRequest submitted) => (await Queries.RequestAsync(Fleet.Engineer, submitted.Number, default))!.Request.PlanHash;

    private async Task<int> CountAsync(string table, Guid environment)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<int>($"select count(*)::int from {table} where environment_id = @environment", new { environment });
    }

    private static IReadOnlyList<FieldError> Errors<T>(Outcome<T> outcome) => outcome.Refusal.ShouldBeOfType<InvalidSpecification>().Errors;

    private static Actor Actor(string subject, params string[] roles) => new(subject, subject, roles.ToHashSet(StringComparer.Ordinal));

    private sealed class Contexts(NpgsqlDataSource database) : IDbContextFactory<PortalDb>
    {
        public PortalDb CreateDbContext() => new(new DbContextOptionsBuilder<PortalDb>()
            .UseNpgsql(database).UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).Options);
    }
}
