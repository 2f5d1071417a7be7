using Dapper;
using Npgsql;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Notifications;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Tests.Approvals;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Notifications;

/// <summary>Who is told what, from the events of the use cases themselves; each test alone in its database, because the outbox is one for all.</summary>
public sealed class SpreadNoticesTests : IAsyncLifetime
{
    private static readonly NoticeRoutes s_routes = new(HasMail: true, [new WebhookRoute("chat", ["to-decide"])]);

    private readonly ManualClock _clock = new();
    private StoredEnvironments _stored = default!;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(await PostgresFixture.CreateDatabaseAsync(), _clock, policy: TestRules.Policy);
        foreach (var person in new[] { Fleet.Engineer, Fleet.Ops, TestRules.Person("second", Roles.Ops), TestRules.Person("sec", Roles.Viewer, "security") })
            await SignedInAsync(person);
    }

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    [Fact]
    public async Task Run_OfARequestUntilItIsReady_TellsEachWhoseTurnItIs()
    {
        var submitted = await SubmitAsync(Fleet.Engineer);
        await SpreadAsync();
        (await TitlesAsync("ops")).ShouldHaveSingleItem().ShouldStartWith("Engineer asks for a decision on");
        (await TitlesAsync("second")).Count.ShouldBe(1);
        (await TitlesAsync("sec")).ShouldBeEmpty("it is not their turn yet");
        (await TitlesAsync("engineer")).ShouldBeEmpty("they know");

        await DecideAsync(Fleet.Ops, submitted);
        await SpreadAsync();
        (await TitlesAsync("sec")).ShouldHaveSingleItem().ShouldContain("has come to you");

        await DecideAsync(TestRules.Person("sec", Roles.Viewer, "security"), submitted);
        await _stored.FinishAsync(submitted.EnvironmentId);
        await SpreadAsync();

        (await TitlesAsync("engineer")).ShouldBe([$"{submitted.Environment} is ready", $"Your request for {submitted.Environment} was approved"]);
        (await TitlesAsync("ops")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Run_AtOnceByManyAndAgain_TellsEachOnce()
    {
        await SubmitAsync(Fleet.Engineer);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SpreadAsync()));

        await SpreadAsync();

        (await TitlesAsync("ops")).Count.ShouldBe(1);
        (await CountAsync("deliveries where channel = 'Mail' and recipient = 'ops@example.org'")).ShouldBe(1);
        (await CountAsync("deliveries where channel = 'Webhook' and recipient = 'chat'")).ShouldBe(1);
        (await CountAsync("outbox")).ShouldBe(0);
    }

    [Fact]
    public async Task Run_WhereSomebodyChoseOtherwise_FollowsThem()
    {
        var choices = _stored.Get<NoticeChoices>();
        (await choices.ChooseAsync(Fleet.Ops, "to-decide", NoticeChannel.Mail, wanted: false, default)).Refusal.ShouldBeNull();
        (await choices.ChooseAsync(TestRules.Person("second", Roles.Ops), "to-decide", NoticeChannel.Portal, wanted: false, default)).Refusal.ShouldBeNull();
        (await choices.ChooseAsync(Fleet.Ops, "nonsense", NoticeChannel.Mail, wanted: false, default)).Refusal.ShouldBeOfType<NotFound>();

        await SubmitAsync(Fleet.Engineer);
        await SpreadAsync();

        (await TitlesAsync("ops")).Count.ShouldBe(1);
        (await TitlesAsync("second")).ShouldBeEmpty();
        (await CountAsync("deliveries where recipient = 'ops@example.org'")).ShouldBe(0);
        (await CountAsync("deliveries where recipient = 'second@example.org'")).ShouldBe(1);
        (await choices.ReadAsync(Fleet.Ops, default)).Choices.Single(choice => choice.Kind.Id == "to-decide").ByMail.ShouldBeFalse();
    }

    [Fact]
    public async Task Run_WhereAMemberIsAway_TellsWhoDecidesForThem()
    {
        await SignedInAsync(TestRules.Person("stand-in", Roles.Viewer));
        var today = DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);
        (await _stored.Get<DelegateApprovals>().ExecuteAsync(Fleet.Ops, "stand-in", today, today, TimeZoneInfo.Utc, default)).Refusal.ShouldBeNull();

        await SubmitAsync(TestRules.Person("second", Roles.Ops));
        await SpreadAsync();

        (await TitlesAsync("stand-in")).Count.ShouldBe(1);
        (await TitlesAsync("second")).ShouldBeEmpty("who asked never decides");
    }

    [Fact]
    public async Task Run_OfWhatATeamsTokenAskedFor_TellsTheTeamAndAsksNobodyOfItToDecide()
    {
        await SignedInAsync(TestRules.Person("member", Roles.Viewer, "shop"));
        await SignedInAsync(TestRules.Person("operator", Roles.Ops, "shop"));
        var token = TestRules.Person(Actor.SubjectOf("shop"), Roles.Engineer, "shop") with { Kind = ActorKind.Token, Token = "pipeline" };

        var submitted = await SubmitAsync(token);
        await SpreadAsync();
        (await TitlesAsync("ops")).Count.ShouldBe(1);
        (await TitlesAsync("operator")).ShouldBeEmpty("all of the team are taken for who asked");
        var detail = (await _stored.Get<RequestQueries>().RequestAsync(Fleet.Ops, submitted.Number, default))!;
        (await _stored.Get<DecideRequest>().ExecuteAsync(Fleet.Ops, submitted.Id, Verdict.Reject, detail.Request.PlanHash, "too large", default)).Refusal.ShouldBeNull();
        await SpreadAsync();

        (await TitlesAsync("member")).ShouldHaveSingleItem().ShouldContain("was rejected");
        (await TitlesAsync("operator")).Count.ShouldBe(1);
        (await CountAsync("notices where subject like 'team:%'")).ShouldBe(0);
    }

    [Fact]
    public async Task Run_OfAQuestionAndItsAnswer_TellsTheOneAndThenTheOther()
    {
        var submitted = await SubmitAsync(Fleet.Engineer);
        var comment = _stored.Get<CommentOnRequest>();
        var asked = await comment.ExecuteAsync(Fleet.Ops, new NewComment(Guid.CreateVersion7(), submitted.Id, CommentKind.Question, "Why so large?"), default);
        await SpreadAsync();
        (await TitlesAsync("engineer")).ShouldHaveSingleItem().ShouldStartWith("Ops asks about");

        (await comment.ExecuteAsync(Fleet.Engineer, new NewComment(Guid.CreateVersion7(), submitted.Id, CommentKind.Answer, "Load.", asked.Value), default)).Refusal.ShouldBeNull();
        await SpreadAsync();

        (await TitlesAsync("ops"))[0].ShouldStartWith("Engineer answered");
        (await TitlesAsync("second")).Count.ShouldBe(1, "they did not ask");
    }

    [Fact]
    public async Task Run_OfAProposal_TellsWhoAskedThenWhoDecidesAndNeverAgainWhoProposed()
    {
        var submitted = await SubmitAsync(Fleet.Engineer);
        var (propose, answer) = (_stored.Get<ProposeChange>(), _stored.Get<AnswerProposal>());
        var wanted = (await _stored.Get<RequestQueries>().RequestAsync(Fleet.Engineer, submitted.Number, default))!.Specification with { LifetimeDays = 30 };
        var first = (await propose.ExecuteAsync(Fleet.Ops, new NewProposal(Guid.CreateVersion7(), submitted.Id, wanted, "Not for ever."), default)).Value;
        await SpreadAsync();
        var told = (await _stored.Get<Notices>().ListAsync(Fleet.Engineer, unread: false, 0, default)).Rows.ShouldHaveSingleItem();
        told.Title.ShouldBe("Ops proposes something else for told-0");
        told.Text.ShouldStartWith("Not for ever. It would cost $ ");

        (await propose.TakeBackAsync(Fleet.Ops, submitted.Id, first, default)).Refusal.ShouldBeNull();
        await SpreadAsync();
        (await TitlesAsync("engineer"))[0].ShouldBe("Ops took back what was proposed for told-0");
        first = (await propose.ExecuteAsync(Fleet.Ops, new NewProposal(Guid.CreateVersion7(), submitted.Id, wanted, "Not for ever."), default)).Value;
        (await answer.DeclineAsync(Fleet.Engineer, submitted.Id, first, "It stays.", default)).Refusal.ShouldBeNull();
        await SpreadAsync();
        (await TitlesAsync("ops"))[0].ShouldBe("Engineer declined what you proposed for told-0");
        var second = (await propose.ExecuteAsync(Fleet.Ops, new NewProposal(Guid.CreateVersion7(), submitted.Id, wanted, "A month."), default)).Value;
        (await answer.AcceptAsync(Fleet.Engineer, submitted.Id, second, "", default)).Refusal.ShouldBeNull();
        await SpreadAsync();
        (await TitlesAsync("ops"))[0].ShouldBe("The request for told-0 is now what Ops proposed");
        (await TitlesAsync("second"))[0].ShouldBe("The request for told-0 is now what Ops proposed");

        var before = await TitlesAsync("ops");
        _clock.Move(TimeSpan.FromHours(49));
        await _stored.Get<RemindRequests>().SweepAsync(default);
        await SpreadAsync();

        (await TitlesAsync("second"))[0].ShouldContain("still waits for you");
        (await TitlesAsync("ops")).ShouldBe(before, "it is not their turn, and never will be");
    }

    [Fact]
    public async Task Rollback_OfWhatWouldBeTold_LeavesNothingToTell()
    {
        var submitted = await SubmitAsync(Fleet.Engineer);
        await SpreadAsync();

        await _stored.Get<Transactions>().DoAsync(
            async work =>
            {
                await new NewEvent(Actor.System, submitted.EnvironmentId, null, null, "health.degraded", EventSeverity.Warning, "x") { Body = new { reasons = new[] { new { message = "m" } } } }.AppendAsync(work, _clock.GetUtcNow());
                return false;
            }, kept => kept, default);

        (await SpreadAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task MarkRead_UpToWhatWasOnTheScreen_LeavesWhatCameLater()
    {
        var notices = _stored.Get<Notices>();
        await SubmitAsync(Fleet.Engineer);
        await SpreadAsync();
        var seen = (await notices.ListAsync(Fleet.Ops, unread: true, 0, default)).Rows.ShouldHaveSingleItem();
        await SubmitAsync(Fleet.Engineer, network: 1);
        await SpreadAsync();

        (await notices.MarkReadAsync(Fleet.Viewer, seen.Number, andBefore: true, default)).Value.ShouldBe(0, "another's");
        (await notices.MarkReadAsync(Fleet.Ops, seen.Number, andBefore: true, default)).Value.ShouldBe(1);

        (await notices.UnreadAsync("ops", default)).ShouldBe(1);
        (await notices.ListAsync(Fleet.Ops, unread: false, 0, default)).Total.ShouldBe(2);
        _clock.Move(TimeSpan.FromDays(91));
        await notices.ForgetAsync(default);
        (await notices.ListAsync(Fleet.Ops, unread: false, 0, default)).Total.ShouldBe(0);
    }

    private Task<int> SpreadAsync() => _stored.Get<SpreadNotices>().RunAsync(s_routes, default);

    private async Task<SubmittedRequest> SubmitAsync(Actor actor, int network = 0)
    {
        var specification = Samples.InProduction(Samples.Shop($"told-{network}", $"10.{40 + network}.0.0/16"));
        var submitted = await _stored.Get<SubmitRequest>().ExecuteAsync(actor, specification, default);
        submitted.Refusal.ShouldBeNull();
        return submitted.Value!;
    }

    private async Task DecideAsync(Actor actor, SubmittedRequest submitted)
    {
        var detail = (await _stored.Get<RequestQueries>().RequestAsync(actor, submitted.Number, default))!;
        (await _stored.Get<DecideRequest>().ExecuteAsync(actor, submitted.Id, Verdict.Approve, detail.Request.PlanHash, null, default)).Refusal.ShouldBeNull();
    }

    private async Task<IReadOnlyList<string>> TitlesAsync(string subject) =>
        [.. (await _stored.Get<Notices>().ListAsync(TestRules.Person(subject), unread: false, 0, default)).Rows.Select(notice => notice.Title)];

    private async Task<int> CountAsync(string of)
    {
        await using var connection = await _stored.Get<NpgsqlDataSource>().OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<int>($"select count(*)::int from {of}");
    }

    private async Task SignedInAsync(Actor person)
    {
        await using var connection = await _stored.Get<NpgsqlDataSource>().OpenConnectionAsync();
        await connection.ExecuteAsync("insert into people (subject, name, roles, teams, mail, told_at) values (@Subject, @Name, @roles, @teams, @mail, @now)",
            new { person.Subject, person.Name, roles = person.Roles.ToArray(), teams = person.Teams.ToArray(), mail = $"{person.Subject}@example.org", now = _clock.GetUtcNow() });
    }
}
