using Dapper;
using Npgsql;
using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Tests.Approvals;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

/// <summary>Questions and answers about requests, on a real database and with the rules of <see cref="TestRules"/>.</summary>
public sealed class CommentOnRequestTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly Actor s_ops = TestRules.Person("ops-1", Roles.Ops);
    private static readonly Actor s_viewer = TestRules.Person("viewer", Roles.Viewer);
    private static int s_numbers;

    private readonly ManualClock _clock = new();
    private readonly int _number = Interlocked.Increment(ref s_numbers);
    private StoredEnvironments _stored = default!;
    private SubmittedRequest _request = default!;

    public async Task InitializeAsync()
    {
        _stored = await StoredEnvironments.OpenAsync(postgres.ConnectionString, _clock, policy: TestRules.Policy);
        var wanted = Samples.Shop($"talk-{_number}", $"10.{100 + _number}.0.0/16") with { Class = EnvironmentClass.Staging };
        var outcome = await _stored.Get<SubmitRequest>().ExecuteAsync(Fleet.Engineer, wanted, default);
        outcome.Refusal.ShouldBeNull();
        _request = outcome.Value!;
    }

    public Task DisposeAsync() => _stored.DisposeAsync().AsTask();

    [Fact]
    public async Task Ask_ByAnApprover_WaitsInTheListsUntilTheRequesterAnswers()
    {
        var asked = _clock.GetUtcNow();
        var question = (await SayAsync(s_ops, CommentKind.Question, " Why three zones?\u0000 ")).Value;
        _clock.Move(TimeSpan.FromMinutes(5));

        var open = new OpenQuestions(_request.Id, 1, asked, "ops-1");
        (await RowAsync()).Questions.ShouldBe(open);
        (await DetailAsync()).Questions.ShouldBe(open);

        (await SayAsync(Fleet.Engineer, CommentKind.Answer, "They are cheap.", question)).Refusal.ShouldBeNull();

        (await RowAsync()).Questions.ShouldBeNull();
        (await DetailAsync()).Questions.ShouldBeNull();
        var talk = await TalkAsync();
        talk.Entries.Select(entry => (entry.Kind, entry.ByName, entry.Text, entry.IsOpen)).ShouldBe(
            [(CommentKind.Question, "ops-1", "Why three zones?", false), (CommentKind.Answer, Fleet.Engineer.Name, "They are cheap.", false)]);
        var snapshot = await _stored.SnapshotAsync(_request.EnvironmentId);
        snapshot.Events.Take(2).Select(one => (one.Kind, one.Message)).ShouldBe(
            [("request.commented", $"{Fleet.Engineer.Name} answered: They are cheap."), ("request.asked", $"ops-1 asked {Fleet.Engineer.Name}: Why three zones?")]);
    }

    [Fact]
    public async Task Answer_WhileAnotherQuestionComes_LeavesThatOneOpen()
    {
        var first = (await SayAsync(s_ops, CommentKind.Question, "First?")).Value;
        await SayAsync(TestRules.Person("ops-2", Roles.Ops), CommentKind.Question, "Second?");

        (await SayAsync(Fleet.Engineer, CommentKind.Answer, "To the first.", first)).Refusal.ShouldBeNull();

        (await TalkAsync()).Entries.Select(entry => entry.IsOpen).ShouldBe([false, true, false]);
        (await RowAsync()).Questions!.ByName.ShouldBe("ops-2");
    }

    [Fact]
    public async Task Answer_ThatClaimsToHaveSeenTheFuture_AnswersNothingThatIsAskedLater()
    {
        await SayAsync(s_ops, CommentKind.Question, "First?");
        (await SayAsync(Fleet.Engineer, CommentKind.Answer, "To all.", long.MaxValue)).Refusal.ShouldBeNull();

        await SayAsync(s_ops, CommentKind.Question, "Second?");

        (await RowAsync()).Questions!.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Say_WhoMayWhat()
    {
        var both = TestRules.Person(Fleet.Engineer.Subject, Roles.Ops);
        (await SayAsync(s_viewer, CommentKind.Comment, "Nice.")).Refusal.ShouldBeNull();
        (await SayAsync(s_viewer, CommentKind.Question, "Why?")).Refusal.ShouldBeOfType<NotAllowed>();
        (await SayAsync(TestRules.Person("sec", Roles.Viewer, "security"), CommentKind.Question, "Why?")).Refusal.ShouldBeOfType<NotAllowed>("security has no part in staging");
        (await SayAsync(both, CommentKind.Question, "Why?")).Refusal.ShouldBeOfType<NotAllowed>("nobody asks themselves");
        (await SayAsync(Fleet.Engineer, CommentKind.Answer, "Because.")).Refusal.ShouldBeOfType<NothingAsked>();
        await SayAsync(s_ops, CommentKind.Question, "Why?");
        (await SayAsync(s_ops, CommentKind.Answer, "Because.")).Refusal.ShouldBeOfType<NotAllowed>().Message.ShouldContain(Fleet.Engineer.Name);
        (await SayAsync(TestRules.Person("nobody"), CommentKind.Comment, "Hello.")).Refusal.ShouldBeOfType<NotAllowed>();
        await Should.ThrowAsync<UnauthorizedAccessException>(() => _stored.Get<RequestQueries>().ConversationAsync(TestRules.Person("nobody"), _request.Id, 0, 20, default));
    }

    [Fact]
    public async Task Say_WhatCannotBe_IsRefused()
    {
        (await SayAsync(s_ops, CommentKind.Question, " \n\u0001 ")).Refusal.ShouldBeOfType<NothingSaid>();
        (await SayAsync(s_ops, CommentKind.Question, new string('x', CommentText.MaxLength + 1))).Refusal.ShouldBeOfType<InvalidSpecification>().Errors.ShouldHaveSingleItem().Field.ShouldBe("comment");
        (await Comments.ExecuteAsync(s_ops, new NewComment(Guid.NewGuid(), Guid.NewGuid(), CommentKind.Comment, "?"), default)).Refusal.ShouldBeOfType<NotFound>();
        (await TalkAsync()).Total.ShouldBe(0);
    }

    [Fact]
    public async Task Say_SentTwice_IsThereOnce()
    {
        var comment = new NewComment(Guid.NewGuid(), _request.Id, CommentKind.Comment, "Once.");

        var first = await Comments.ExecuteAsync(s_viewer, comment, default);
        var second = await Comments.ExecuteAsync(s_viewer, comment, default);

        second.Value.ShouldBe(first.Value);
        (await TalkAsync()).Total.ShouldBe(1);
    }

    [Fact]
    public async Task Decide_WhileAQuestionIsOpen_IsPossibleAndEndsTheConversation()
    {
        await SayAsync(s_ops, CommentKind.Question, "Why?");

        (await _stored.Get<DecideRequest>().ExecuteAsync(s_ops, _request.Id, Verdict.Reject, (await DetailAsync()).Request.PlanHash, "no answer", default)).Refusal.ShouldBeNull();

        (await SayAsync(Fleet.Engineer, CommentKind.Answer, "Late.", long.MaxValue)).Refusal.ShouldBeOfType<AlreadyDecided>().Message.ShouldBe("ops-1 rejected this already. Nothing more is said about it here.");
        (await DetailAsync()).Questions.ShouldBeNull();
    }

    [Fact]
    public async Task Conversation_IsPagedFromItsEndBoundedAndAppendOnly()
    {
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var connection = await database.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            insert into request_comments (id, request_id, kind, by_id, by_name, by_kind, body, said_at)
            select gen_random_uuid(), @Id, 'Comment', 'x', 'x', 'Person', 'entry ' || n, now() from generate_series(1, @most - 1) n
            """, new { _request.Id, most = CommentOnRequest.MostEntries });

        (await SayAsync(s_viewer, CommentKind.Comment, "The last.")).Refusal.ShouldBeNull();
        (await SayAsync(s_viewer, CommentKind.Comment, "Too many.")).Refusal.ShouldBeOfType<ConversationFull>();

        (await TalkAsync()).Entries.Select(entry => entry.Text).ShouldBe(["entry 198", "entry 199", "The last."]);
        (await TalkAsync(1)).Entries.Select(entry => entry.Text).ShouldBe(["entry 195", "entry 196", "entry 197"]);
        (await TalkAsync(int.MaxValue / 1000)).Entries[0].Text.ShouldBe("entry 1");
        await using var owner = new NpgsqlConnection(await PostgresFixture.AsOwnerAsync(postgres.ConnectionString));
        (await Should.ThrowAsync<PostgresException>(() => owner.ExecuteAsync("update request_comments set body = 'other'"))).MessageText.ShouldContain("append-only");
    }

    private CommentOnRequest Comments => _stored.Get<CommentOnRequest>();

    private Task<Outcome<long>> SayAsync(Actor actor, CommentKind kind, string text, long seen = 0) =>
        Comments.ExecuteAsync(actor, new NewComment(Guid.NewGuid(), _request.Id, kind, text, seen), default);

    private Task<Conversation> TalkAsync(int page = 0) => _stored.Get<RequestQueries>().ConversationAsync(s_viewer, _request.Id, page, 3, default);

    private async Task<RequestDetail> DetailAsync() => (await _stored.Get<RequestQueries>().RequestAsync(s_viewer, _request.Number, default))!;

    private async Task<RequestSummary> RowAsync() =>
        (await _stored.Get<RequestQueries>().RequestsAsync(s_viewer, new RequestFilter { Search = $"talk-{_number}" }, default)).Rows.ShouldHaveSingleItem();
}
