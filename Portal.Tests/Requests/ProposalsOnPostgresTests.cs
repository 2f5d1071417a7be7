using Dapper;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Core.Teams;
using Portal.Tests.Approvals;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

/// <summary>Counter-proposals by the rules of <see cref="TestRules"/>, on a real database.</summary>
public sealed class ProposalsOnPostgresTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly Actor s_first = TestRules.Person("ops-1", Roles.Ops);
    private static readonly Actor s_second = TestRules.Person("ops-2", Roles.Ops);
    private static readonly Actor s_security = TestRules.Person("sec", Roles.Viewer, "security");
    private static int s_numbers;

    private readonly ManualClock _clock = new();
    private readonly int _number = Interlocked.Increment(ref s_numbers);
    private StoredEnvironments _stored = default!;

    // A team that may not have much, and a path that its environments keep to.
    public async Task InitializeAsync() => _stored = await StoredEnvironments.OpenAsync(
        postgres.ConnectionString, _clock, policy: TestRules.Policy,
        teams: new TeamPolicy { RaisedBy = [Roles.Ops], Limits = [new TeamLimit("few", "Small things", ["few"], [EnvironmentClass.Development], null, decimal.Truncate(1.5m * Samples.Plans.Build(Small(EnvironmentClass.Development), Samples.Target).Plan.Cost.Monthly))] },
        paths: new GoldenPaths([new GoldenPath("small", "Small shop", "A shop", Samples.InProduction(Samples.Shop()), ["class", "edge.firewall"])]));

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    [Fact]
    public async Task Propose_ByAnApprover_WaitsForWhoAskedAndLeavesTheRequestAsItIs()
    {
        var submitted = await SubmitAsync();
        var before = await DetailAsync(submitted);

        var number = (await ProposeAsync(s_first, submitted, Smaller(), " Two pods will do.\u0000 ")).Value;

        var detail = await DetailAsync(submitted);
        (detail.Request.State, detail.Request.PlanHash, detail.Request.SpecificationVersion).ShouldBe((RequestState.Submitted, before.Request.PlanHash, 1));
        var open = detail.Proposed.ShouldNotBeNull();
        (open.Proposal.Number, open.Proposal.ByName, open.Proposal.Reason, open.Proposal.IsOpen).ShouldBe((number, "ops-1", "Two pods will do.", true));
        SpecificationComparison.Of(detail.Specification, open.Change.Specification).Where(field => field.Differs).ShouldHaveSingleItem().ShouldBe(new ComparedField("services[cart-service].replicas", "3", "2"));
        open.Change.Plan.Cost.Monthly.ShouldBeLessThanOrEqualTo(detail.Plan.Cost.Monthly);
        open.Needs.Stages.Select(stage => stage.Group.Id).ShouldBe(["operations", "security"]);
        (await RowAsync(submitted)).Proposal!.ByName.ShouldBe("ops-1");
        var said = (await _stored.SnapshotAsync(submitted.EnvironmentId)).Events[0];
        (said.Kind, said.Message).ShouldBe(("request.proposed", $"ops-1 proposed something else to {Fleet.Engineer.Name}: Two pods will do."));
        (await BodyAsync(submitted, "request.proposed")).ShouldSatisfyAllConditions(
            body => body.ShouldContain("\"field\": \"services[cart-service].replicas\""), body => body.ShouldContain("\"before\": \"3\""), body => body.ShouldContain("\"after\": \"2\""));
    }

    [Fact]
    public async Task Accept_ByWhoAsked_AsksForItFromThenOnAndNeverByWhoProposedIt()
    {
        var submitted = await SubmitAsync();
        (await DecideAsync(s_second, submitted)).Value!.Waits.ShouldBe("one of Security has");
        var number = (await ProposeAsync(s_first, submitted, Smaller())).Value;

        var accepted = (await AcceptAsync(Fleet.Engineer, submitted, number)).Value.ShouldNotBeNull();

        (accepted.Number, accepted.Version, accepted.IsApproved).ShouldBe((submitted.Number, 2, false));
        var detail = await DetailAsync(submitted);
        detail.Proposed.ShouldBeNull();
        detail.Specification.Services.Single(one => one.Name == "cart-service").Replicas.ShouldBe(2);
        detail.Progress.Counting.ShouldBeEmpty();
        (await _stored.SnapshotAsync(submitted.EnvironmentId)).Specification.Services.Single(one => one.Name == "cart-service").Replicas.ShouldBe(2);
        (await RowAsync(submitted, s_first)).MayDecide.ShouldBeFalse();
        (await RowAsync(submitted, s_second)).MayDecide.ShouldBeTrue();
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldBe("You proposed what is asked for now; somebody else has to decide.");
        (await DecideAsync(s_second, submitted)).Value!.Waits.ShouldBe("one of Security has");
        (await DecideAsync(s_security, submitted)).Value!.OperationId.ShouldNotBeNull();
        (await _stored.SnapshotAsync(submitted.EnvironmentId)).Events.Select(one => one.Message).ShouldContain($"{Fleet.Engineer.Name} accepted what ops-1 proposed; it has to be approved anew");
    }

    /// <summary>The plan would be the same, step by step: what was read and approved is another request all the same.</summary>
    [Fact]
    public async Task Accept_WhatNoPlanSays_IsApprovedAnew()
    {
        var submitted = await SubmitAsync();
        var read = (await DetailAsync(submitted)).Request.PlanHash;
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeNull();
        var number = (await ProposeAsync(s_second, submitted, Asked() with { LifetimeDays = 7 })).Value;
        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeNull();

        (await _stored.Get<DecideRequest>().ExecuteAsync(s_first, submitted.Id, Verdict.Approve, read, null, default)).Refusal.ShouldBeOfType<PlanChanged>();
        (await DecideAsync(s_security, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain("turn of Operations");
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeNull();
        (await DecideAsync(s_security, submitted)).Value!.OperationId.ShouldNotBeNull();
        (await DetailAsync(submitted)).Environment.Care.ExpiresAt.ShouldBe(_clock.GetUtcNow().AddDays(7));
    }

    [Fact]
    public async Task Accept_NobodyIsNeededForIt_BeginsAtOnce()
    {
        var submitted = await SubmitAsync(Small(EnvironmentClass.Staging));
        var number = (await ProposeAsync(s_first, submitted, Small(EnvironmentClass.Development))).Value;

        (await AcceptAsync(Fleet.Engineer, submitted, number)).Value!.IsApproved.ShouldBeTrue();

        (await AcceptAsync(Fleet.Engineer, submitted, number)).Value!.IsApproved.ShouldBeTrue("asked again, because no answer came");
        (await _stored.SnapshotAsync(submitted.EnvironmentId)).Environment.State.ShouldBe(EnvironmentState.Provisioning);
    }

    [Fact]
    public async Task Decline_WithAReason_LeavesItToTheApproversAsItWas()
    {
        var submitted = await SubmitAsync();
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeNull();
        var number = (await ProposeAsync(s_security, submitted, Smaller())).Value;

        (await DeclineAsync(Fleet.Engineer, submitted, number, " ")).Refusal.ShouldBeOfType<ReasonMissing>();
        (await DeclineAsync(Fleet.Engineer, submitted, number, "It needs three.")).Refusal.ShouldBeNull();
        (await DeclineAsync(Fleet.Engineer, submitted, number, "again")).Refusal.ShouldBeNull();

        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeOfType<ProposalEnded>().Message.ShouldBe($"{Fleet.Engineer.Name} declined this already.");
        var past = (await DetailAsync(submitted)).Proposals.ShouldHaveSingleItem();
        (past.Outcome, past.EndedByName, past.Comment).ShouldBe((ProposalOutcome.Declined, Fleet.Engineer.Name, "It needs three."));
        (await DecideAsync(s_security, submitted)).Value!.OperationId.ShouldNotBeNull("who proposed what was not taken still decides");
    }

    [Fact]
    public async Task TakeBack_ByWhoProposed_LeavesItAsItWasAndThemTheirSay()
    {
        var submitted = await SubmitAsync();
        var number = (await ProposeAsync(s_first, submitted, Smaller())).Value;

        (await TakeBackAsync(s_second, submitted, number)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldBe("Only ops-1, who proposed it, takes it back.");
        (await TakeBackAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeOfType<NotAllowed>();
        (await TakeBackAsync(s_first with { Kind = ActorKind.Token, Scopes = new HashSet<TokenScope> { TokenScope.Read, TokenScope.Request } }, submitted, number)).Refusal.ShouldBeOfType<NotAllowed>();
        (await TakeBackAsync(s_first, submitted, number + 1)).Refusal.ShouldBeOfType<NotFound>();
        (await TakeBackAsync(s_first, submitted, number)).Refusal.ShouldBeNull();
        (await TakeBackAsync(s_first, submitted, number)).Refusal.ShouldBeNull("asked again, because no answer came");

        var detail = await DetailAsync(submitted);
        detail.Proposed.ShouldBeNull();
        (detail.Proposals.ShouldHaveSingleItem().Outcome, detail.Proposals[0].EndedByName).ShouldBe((ProposalOutcome.TakenBack, "ops-1"));
        (await _stored.SnapshotAsync(submitted.EnvironmentId)).Events.Where(one => one.Kind == "request.retracted").ShouldHaveSingleItem().Message.ShouldBe("ops-1 took back what they proposed");
        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeOfType<ProposalEnded>().Message.ShouldBe("ops-1 took this back.");
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeNull("who proposed what was not taken still decides");
        var another = (await ProposeAsync(s_security, submitted, Smaller())).Value;
        (await DecideAsync(s_security, submitted)).Refusal.ShouldBeNull();
        (await TakeBackAsync(s_security, submitted, another)).Refusal.ShouldBeOfType<AlreadyDecided>().Message.ShouldEndWith("There is nothing to take back any more.");
    }

    [Theory]
    [InlineData("approve", "ops-1 approved this already. There is nothing to answer any more.")]
    [InlineData("reject", "ops-1 rejected this already. There is nothing to answer any more.")]
    [InlineData("withdraw", "Test Engineer withdrew this already. There is nothing to answer any more.")]
    [InlineData("expire", "This has expired: nobody decided on it in time. There is nothing to answer any more.")]
    [InlineData("propose", "Another proposal has taken the place of this one. Read that.")]
    public async Task Proposal_WhatItIsAboutIsOver_Lapses(string how, string said)
    {
        var submitted = await SubmitAsync(Small(EnvironmentClass.Staging));
        var number = (await ProposeAsync(s_first, submitted, Small(EnvironmentClass.Staging) with { CostCentre = "17" })).Value;
        Refusal? refusal = how switch
        {
            "approve" => (await DecideAsync(s_first, submitted)).Refusal,
            "reject" => (await DecideAsync(s_first, submitted, Verdict.Reject, "no")).Refusal,
            "withdraw" => (await _stored.Get<WithdrawRequest>().ExecuteAsync(Fleet.Engineer, submitted.Id, default)).Refusal,
            "propose" => (await ProposeAsync(s_second, submitted, Small(EnvironmentClass.Staging) with { CostCentre = "4711" })).Refusal,
            _ => null,
        };
        refusal.ShouldBeNull();
        if (how == "expire")
        {
            _clock.Move(TimeSpan.FromDays(30));
            (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeOfType<RequestExpired>();
        }

        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal!.Message.ShouldBe(said.Replace("Test Engineer", Fleet.Engineer.Name, StringComparison.Ordinal));
        (await DetailAsync(submitted)).Proposals[0].Outcome.ShouldBe(ProposalOutcome.Lapsed);
    }

    [Fact]
    public async Task Propose_InSomebodysPlace_TakesTheSayFromBoth()
    {
        var (ada, grace) = (await SignInAsync("ada", Roles.Viewer), await SignInAsync("grace", Roles.Ops));
        await HandOverAsync(grace, ada);
        var submitted = await SubmitAsync();

        var number = (await ProposeAsync(ada, submitted, Smaller())).Value;
        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeNull();

        (await DetailAsync(submitted)).Progress.ChangedInWords.ShouldBe($"{ada.Name} for {grace.Name}");
        (await DecideAsync(ada, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldBe("You proposed what is asked for now; somebody else has to decide.");
        (await DecideAsync(grace, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldBe($"{ada.Name} proposed in your place what is asked for now; somebody else has to decide.");
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Decide_InThePlaceOfWhoProposedIt_IsRefused()
    {
        var (ada, grace) = (await SignInAsync("ada", Roles.Viewer), await SignInAsync("grace", Roles.Ops));
        var submitted = await SubmitAsync();
        var number = (await ProposeAsync(grace, submitted, Smaller())).Value;
        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeNull();
        await HandOverAsync(grace, ada);

        (await DecideAsync(ada, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldBe($"{grace.Name} proposed what is asked for now, so nobody decides it in their place.");
    }

    /// <summary>Who may propose, and who may answer, each by somebody who may see the request.</summary>
    [Fact]
    public async Task UseCases_ByEverybody_AreForApproversAndForWhoAsked()
    {
        var submitted = await SubmitAsync();
        var number = (await ProposeAsync(s_first, submitted, Smaller())).Value;
        (Actor Actor, bool Proposes, bool Answers)[] people =
        [
            (TestRules.Person("nobody"), false, false),
            (TestRules.Person("viewer", Roles.Viewer), false, false),
            (TestRules.Person("other", Roles.Engineer), false, false),
            (Fleet.Engineer with { Roles = new HashSet<string>() }, false, false),
            (Fleet.Engineer with { Kind = ActorKind.Token, Scopes = new HashSet<TokenScope> { TokenScope.Read, TokenScope.Approve } }, false, false),
            (s_first with { Kind = ActorKind.Token, Scopes = new HashSet<TokenScope> { TokenScope.Read, TokenScope.Request } }, false, false),
            (s_first with { Kind = ActorKind.Token, Scopes = new HashSet<TokenScope> { TokenScope.Read, TokenScope.Approve } }, true, false),
            (s_first, true, false),
            (s_security, true, false),
            (TestRules.Person("admin", Roles.Admin), true, false),
            (Fleet.Engineer, false, true),
        ];
        foreach (var (actor, proposes, answers) in people)
        {
            var who = $"{actor.Name}, {actor.Kind}";
            ((await _stored.Get<ProposeChange>().PreviewAsync(actor, submitted.Id, Smaller(), default)).Refusal is not NotAllowed).ShouldBe(proposes, who);
            // What they would propose is refused for another reason, so that the next one finds the same.
            ((await ProposeAsync(actor, submitted, Asked())).Refusal is SameAsAsked).ShouldBe(proposes, who);
            if (!answers)
                (await AcceptAsync(actor, submitted, number)).Refusal.ShouldBeOfType<NotAllowed>(who);
            ((await DeclineAsync(actor, submitted, number, "")).Refusal is ReasonMissing).ShouldBe(actor.Subject == Fleet.Engineer.Subject && actor.Lets(TokenScope.Request), who);
        }

        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeNull();
    }

    /// <summary>All of Security that the portal knows proposed it: an administrator says so in its place, and why.</summary>
    [Fact]
    public async Task Accept_NobodyOfAGroupIsLeft_AnAdministratorDecidesInItsPlaceWithAReason()
    {
        var (admin, ops) = (TestRules.Person("admin", Roles.Admin), TestRules.Person("ops-3", Roles.Ops));
        await DoAsync("insert into people (subject, name, roles, teams, told_at) values ('sec', 'sec', '{Viewer}', '{security}', @now), ('admin', 'admin', '{Admin}', '{}', @now)");
        try
        {
            var submitted = await SubmitAsync();
            var number = (await ProposeAsync(s_security, submitted, Smaller())).Value;
            (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeNull();
            (await DecideAsync(ops, submitted)).Value!.Waits.ShouldBe("one of Security has");

            (await DetailAsync(submitted)).Progress.Deserted!.Group.Id.ShouldBe("security");
            (await RowAsync(submitted, admin)).MayDecide.ShouldBeTrue();
            (await RowAsync(submitted, s_security)).MayDecide.ShouldBeFalse();
            (await DecideAsync(s_security, submitted)).Refusal.ShouldBeOfType<NotAllowed>();
            (await DecideAsync(admin, submitted)).Refusal.ShouldBeOfType<CommentMissing>().Message.ShouldStartWith("Say why you decide in place of Security");
            (await DecideAsync(admin, submitted, comment: "Their own words.")).Value!.OperationId.ShouldNotBeNull();
            (await _stored.SnapshotAsync(submitted.EnvironmentId)).Events.Select(one => one.Message).ShouldContain("admin approved the request in place of Security, of whom nobody is left: Their own words.");
        }
        finally
        {
            await DoAsync("delete from people where subject in ('sec', 'admin')");
        }
    }

    [Fact]
    public async Task Propose_WithATeamsToken_TakesTheSayFromTheTeam()
    {
        var token = new Actor(Actor.SubjectOf("security"), "security", new HashSet<string> { Roles.Engineer }) { Kind = ActorKind.Token, Teams = new HashSet<string> { "security" } };
        var submitted = await SubmitAsync();
        var number = (await ProposeAsync(token, submitted, Smaller())).Value;
        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeNull();
        (await DecideAsync(s_first, submitted)).Refusal.ShouldBeNull();

        (await DecideAsync(s_security, submitted)).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldStartWith("A token of your team proposed");
    }

    [Fact]
    public async Task Propose_WhatCannotBeAskedFor_IsRefusedWithItsField()
    {
        var taken = await SubmitAsync(Samples.InProduction(Samples.Shop($"taken-{_number}", $"10.{200 + _number}.0.0/16")));
        var submitted = await SubmitAsync(Asked(), "small");
        var asked = Asked();

        (await FieldAsync(asked with { Environment = "other" })).ShouldBe("environment");
        (await FieldAsync(asked with { Target = "elsewhere" })).ShouldBe("target");
        (await FieldAsync(asked with { Network = asked.Network with { Cidr = $"10.{200 + _number}.0.0/20" } })).ShouldBe("network.cidr");
        (await FieldAsync(asked with { Edge = asked.Edge with { Firewall = !asked.Edge.Firewall } })).ShouldBe("edge.firewall");
        (await FieldAsync(asked with { Services = [asked.Services[0] with { Replicas = 0, Image = "" }] })).ShouldStartWith("services[0].");
        (await ProposeAsync(s_first, submitted, asked)).Refusal.ShouldBeOfType<SameAsAsked>();
        (await ProposeAsync(s_first, submitted, Smaller(), "\t\n")).Refusal.ShouldBeOfType<ReasonMissing>();
        (await ProposeAsync(s_first, submitted, Smaller(), new string('x', 3000))).Refusal.ShouldBeOfType<InvalidSpecification>();
        (await _stored.Get<ProposeChange>().ExecuteAsync(s_first, new NewProposal(Guid.NewGuid(), Guid.NewGuid(), Smaller(), "why"), default)).Refusal.ShouldBeOfType<NotFound>();
        (await _stored.Get<ProposeChange>().ExecuteAsync(s_first, new NewProposal(Guid.NewGuid(), submitted.Id, Smaller(), "why", OfVersion: 2), default)).Refusal.ShouldBeOfType<RequestRevised>();
        (await DetailAsync(submitted)).Proposals.ShouldBeEmpty();
        (await DetailAsync(taken)).Proposals.ShouldBeEmpty();

        async Task<string> FieldAsync(Specification wanted) => (await ProposeAsync(s_first, submitted, wanted)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors[0].Field;
    }

    [Fact]
    public async Task Propose_OverATeamsLimit_IsRefusedAndSoIsAcceptingWhatHasComeToBeOver()
    {
        var few = Fleet.Engineer with { Teams = new HashSet<string> { "few" } };
        var submitted = (await FileAsync(Small(EnvironmentClass.Staging))).Value!;
        var large = Small(EnvironmentClass.Development);
        (await ProposeAsync(s_first, submitted, large with { Cluster = large.Cluster with { MinNodes = 10, MaxNodes = 10 } })).Refusal
            .ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Message.ShouldContain("Small things");
        var number = (await ProposeAsync(s_first, submitted, Small(EnvironmentClass.Development))).Value;
        foreach (var network in Enumerable.Range(0, 20))
        {
            if ((await FileAsync(Small(EnvironmentClass.Development) with { Environment = $"fills-{network}", Network = large.Network with { Cidr = $"10.{220 + network}.0.0/16" } })).IsRefused)
                break;
        }

        (await AcceptAsync(few, submitted, number)).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Message.ShouldContain("Small things");

        (await DetailAsync(submitted)).Proposed.ShouldNotBeNull("it can still be answered");

        Task<Outcome<SubmittedRequest>> FileAsync(Specification specification) => _stored.Get<SubmitRequest>().ExecuteAsync(few, specification, default);
    }

    [Fact]
    public async Task Propose_SentTwice_IsThereOnce()
    {
        var submitted = await SubmitAsync();
        var proposal = new NewProposal(Guid.NewGuid(), submitted.Id, Smaller(), "why", 1);
        var propose = _stored.Get<ProposeChange>();

        var first = await propose.ExecuteAsync(s_first, proposal, default);
        (await propose.ExecuteAsync(s_first, proposal, default)).Value.ShouldBe(first.Value);

        (await DetailAsync(submitted)).Proposals.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Change_OfWhatExists_CanBeProposedOtherwise()
    {
        var submitted = await SubmitAsync(Small(EnvironmentClass.Development));
        await _stored.FinishAsync(submitted.EnvironmentId);
        var was = Small(EnvironmentClass.Development);
        var more = was with { Services = [was.Services[0] with { Replicas = 5 }, .. was.Services.Skip(1)], Class = EnvironmentClass.Staging };
        var without = more with { Services = [more.Services[0] with { Stores = [] }, .. more.Services.Skip(1)] };
        var asked = (await _stored.Get<ChangeEnvironment>().SubmitAsync(Fleet.Engineer, submitted.EnvironmentId, more, "", default)).Value!;
        (await ProposeAsync(s_first, asked, was)).Refusal.ShouldBeOfType<NothingToChange>();

        var number = (await ProposeAsync(s_first, asked, without)).Value;

        (await DetailAsync(asked)).Proposed!.Change.Facts.LosesData.ShouldBeTrue();
        (await AcceptAsync(Fleet.Engineer, asked, number)).Refusal.ShouldBeOfType<ConfirmationMissing>();
        (await AcceptAsync(Fleet.Engineer with { Kind = ActorKind.Token, Scopes = new HashSet<TokenScope> { TokenScope.Read, TokenScope.Request } }, asked, number, submitted.Environment)).Refusal
            .ShouldBeOfType<NotAllowed>().Message.ShouldContain("scope destroy");
        (await AcceptAsync(Fleet.Engineer, asked, number, submitted.Environment)).Refusal.ShouldBeNull();
        var detail = await DetailAsync(asked);
        detail.Progress.Stages.ShouldHaveSingleItem().Stage.InWords.ShouldBe("2 of Operations");
        (await _stored.SnapshotAsync(submitted.EnvironmentId)).Specification.Services[0].Stores.ShouldNotBeEmpty("what exists is what it was");
        (await DecideAsync(s_first, asked)).Refusal.ShouldBeOfType<NotAllowed>();
        (await DecideAsync(s_second, asked)).Value!.Waits.ShouldBe("one more of Operations has");
        (await DecideAsync(TestRules.Person("ops-3", Roles.Ops), asked)).Value!.OperationId.ShouldNotBeNull();
        (await _stored.SnapshotAsync(submitted.EnvironmentId)).Specification.Services[0].Stores.ShouldBeEmpty();
    }

    [Fact]
    public async Task Destruction_HasNothingToPropose()
    {
        var submitted = await SubmitAsync(Small(EnvironmentClass.Development));
        await _stored.FinishAsync(submitted.EnvironmentId);
        var asked = (await _stored.Get<ChangeEnvironment>().SubmitDestructionAsync(Fleet.Engineer, submitted.EnvironmentId, submitted.Environment, default)).Value!;

        (await ProposeAsync(s_first, asked, Smaller())).Refusal.ShouldBeOfType<NothingToPropose>();
    }

    [Fact]
    public async Task Accepted_WaitsFromThenOn()
    {
        var submitted = await SubmitAsync();
        var number = (await ProposeAsync(s_first, submitted, Smaller())).Value;
        _clock.Move(TimeSpan.FromDays(29));
        (await AcceptAsync(Fleet.Engineer, submitted, number)).Refusal.ShouldBeNull();
        _clock.Move(TimeSpan.FromDays(2));

        await _stored.Get<ExpireRequests>().SweepAsync(default);

        var detail = await DetailAsync(submitted);
        (detail.Request.State, detail.Progress.ExpiresAt).ShouldBe((RequestState.Submitted, _clock.GetUtcNow().AddDays(28)));
        _clock.Move(TimeSpan.FromDays(28));
        await _stored.Get<ExpireRequests>().SweepAsync(default);
        (await DetailAsync(submitted)).Request.State.ShouldBe(RequestState.Expired);
    }

    [Fact]
    public async Task Race_OfAnswersDecisionsAndAWithdrawal_HasOneEffect()
    {
        foreach (var round in Enumerable.Range(0, 4))
        {
            var submitted = await SubmitAsync(Samples.Shop($"race-{_number}-{round}", $"10.{50 + round}.0.0/16") with { Class = EnvironmentClass.Staging });
            var number = (await ProposeAsync(s_first, submitted, (await DetailAsync(submitted)).Specification with { CostCentre = "4711" })).Value;
            var hash = (await DetailAsync(submitted)).Request.PlanHash;

            var outcomes = await Task.WhenAll(
                Refused(AcceptAsync(Fleet.Engineer, submitted, number)),
                Refused(_stored.Get<DecideRequest>().ExecuteAsync(s_second, submitted.Id, Verdict.Approve, hash, null, default)),
                Refused(DeclineAsync(Fleet.Engineer, submitted, number, "no")),
                Refused(_stored.Get<WithdrawRequest>().ExecuteAsync(Fleet.Engineer, submitted.Id, default)));

            var (accepted, approved, declined, withdrawn) = (!outcomes[0], !outcomes[1], !outcomes[2], !outcomes[3]);
            var detail = await DetailAsync(submitted);
            // What ends the request comes once; what is answered before that, once; and nobody approves what he has not read.
            (approved && withdrawn).ShouldBeFalse();
            (accepted && (declined || approved)).ShouldBeFalse();
            detail.Request.State.ShouldBe(approved ? RequestState.Approved : withdrawn ? RequestState.Withdrawn : RequestState.Submitted);
            detail.Proposals.ShouldHaveSingleItem().Outcome.ShouldBe(accepted ? ProposalOutcome.Accepted : declined ? ProposalOutcome.Declined : ProposalOutcome.Lapsed);
            detail.Request.SpecificationVersion.ShouldBe(accepted ? 2 : 1);
            (approved ? detail.Verdicts.Count : 0).ShouldBe(detail.Verdicts.Count);
        }

        static async Task<bool> Refused<T>(Task<Outcome<T>> outcome) => (await outcome).IsRefused;
    }

    private Specification Asked() => Samples.InProduction(Samples.Shop($"proposed-{_number}", $"10.{100 + _number}.0.0/16"));

    private Specification Smaller() => Asked() with { Services = [.. Asked().Services.Select(one => one.Name == "cart-service" ? one with { Replicas = 2 } : one)] };

    private Specification Small(EnvironmentClass of) => Samples.Shop($"proposed-{_number}", $"10.{100 + _number}.0.0/16") with { Class = of };

    private async Task<SubmittedRequest> SubmitAsync(Specification? specification = null, string path = "")
    {
        var outcome = await _stored.Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, specification ?? Asked(), Guid.NewGuid(), new AskedFor(GoldenPath: path), default);
        outcome.Refusal.ShouldBeNull();
        return outcome.Value!;
    }

    private Task<Outcome<long>> ProposeAsync(Actor actor, SubmittedRequest submitted, Specification wanted, string reason = "Because.") =>
        _stored.Get<ProposeChange>().ExecuteAsync(actor, new NewProposal(Guid.NewGuid(), submitted.Id, wanted, reason), default);

    private Task<Outcome<SubmittedRequest>> AcceptAsync(Actor actor, SubmittedRequest submitted, long number, string confirmation = "") =>
        _stored.Get<AnswerProposal>().AcceptAsync(actor, submitted.Id, number, confirmation, default);

    private Task<Outcome<Guid>> DeclineAsync(Actor actor, SubmittedRequest submitted, long number, string reason) =>
        _stored.Get<AnswerProposal>().DeclineAsync(actor, submitted.Id, number, reason, default);

    private Task<Outcome<Guid>> TakeBackAsync(Actor actor, SubmittedRequest submitted, long number) => _stored.Get<ProposeChange>().TakeBackAsync(actor, submitted.Id, number, default);

    private async Task<RequestDetail> DetailAsync(SubmittedRequest submitted) => (await _stored.Get<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!;

    private async Task<RequestSummary> RowAsync(SubmittedRequest submitted, Actor? actor = null) =>
        (await _stored.Get<RequestQueries>().RequestsAsync(actor ?? Fleet.Engineer, new RequestFilter { Search = submitted.Environment, State = RequestState.Submitted }, default)).Rows.Single(row => row.Id == submitted.Id);

    private async Task<Outcome<Decision>> DecideAsync(Actor actor, SubmittedRequest submitted, Verdict verdict = Verdict.Approve, string? comment = null) =>
        await _stored.Get<DecideRequest>().ExecuteAsync(actor, submitted.Id, verdict, (await DetailAsync(submitted)).Request.PlanHash, comment, default);

    private async Task<string> BodyAsync(SubmittedRequest submitted, string kind)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        return (await connection.ExecuteScalarAsync<string>("select body::text from events where environment_id = @EnvironmentId and kind = @kind", new { submitted.EnvironmentId, kind }))!;
    }

    private async Task HandOverAsync(Actor from, Actor to)
    {
        var today = DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);
        (await _stored.Get<DelegateApprovals>().ExecuteAsync(from, to.Subject, today, today, TimeZoneInfo.Utc, default)).Refusal.ShouldBeNull();
    }

    private async Task DoAsync(string sql)
    {
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(sql, new { now = _clock.GetUtcNow() });
    }

    private async Task<Actor> SignInAsync(string name, string role)
    {
        var actor = TestRules.Person($"{name}-p{_number}", role) with { Name = $"{name} of {_number}" };
        await using var connection = await postgres.Database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "insert into people (subject, name, roles, teams, told_at) values (@Subject, @Name, @roles, '{}', @now)",
            new { actor.Subject, actor.Name, roles = actor.Roles.ToArray(), now = _clock.GetUtcNow() });
        return actor;
    }
}
