using Portal.Core;
using Portal.Core.Drafts;
using Portal.Core.Security;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Drafts;

public sealed class DraftsOnPostgresTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly Guid s_id = Guid.NewGuid();

    private readonly ManualClock _clock = new();
    private readonly Actor _mine = Somebody(Roles.Engineer);
    private readonly Actor _other = Somebody(Roles.Engineer);

    private SaveDraft Save => new(TestTransactions.On(postgres.Database), _clock);

    private RemoveDraft Remove => new(TestTransactions.On(postgres.Database));

    private DraftQueries Drafts => new(postgres.Database);

    [Fact]
    public async Task Save_UponWhatWasKept_CountsUpAndIsFoundAgain()
    {
        (await SaveAsync(0, "{\"a\":1}")).Value.ShouldNotBeNull().Version.ShouldBe(1);
        (await SaveAsync(1, "{\"a\":2}", name: " shop ")).Value.ShouldNotBeNull().Version.ShouldBe(2);

        var found = (await Drafts.FindAsync(_mine, s_id, default)).ShouldNotBeNull();
        (found.Version, found.Document).ShouldBe((2, "{\"a\":2}"));
        (await Drafts.ListAsync(_mine, 0, DraftQueries.PageSize, default)).Rows.ShouldHaveSingleItem().Name.ShouldBe("shop");
    }

    [Fact]
    public async Task Save_UponAnOlderVersion_IsRefusedAndSaysSinceWhen()
    {
        await SaveAsync(0, "first");
        _clock.Move(TimeSpan.FromMinutes(5));
        await SaveAsync(1, "in another tab");
        _clock.Move(TimeSpan.FromMinutes(5));

        var refusal = (await SaveAsync(1, "in this tab")).Refusal.ShouldBeOfType<DraftChanged>();

        refusal.Version.ShouldBe(2);
        refusal.At.ShouldBe(_clock.GetUtcNow() - TimeSpan.FromMinutes(5), TimeSpan.FromMilliseconds(1));
        (await Drafts.FindAsync(_mine, s_id, default)).ShouldNotBeNull().Document.ShouldBe("in another tab");
    }

    [Fact]
    public async Task Save_AgainBecauseNoAnswerCame_KeepsNothingTwice()
    {
        await SaveAsync(0, "first");
        (await SaveAsync(0, "first")).Value.ShouldNotBeNull().Version.ShouldBe(1);
        await SaveAsync(1, "second");
        (await SaveAsync(1, "second")).Value.ShouldNotBeNull().Version.ShouldBe(2);
    }

    [Fact]
    public async Task Save_TwoAtOnceUponTheSame_OneIsKept()
    {
        await SaveAsync(0, "first");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => SaveAsync(1, $"typed in tab {number}")));

        outcomes.Count(outcome => !outcome.IsRefused).ShouldBe(1);
        outcomes.Where(outcome => outcome.IsRefused).ShouldAllBe(outcome => outcome.Refusal is DraftChanged);
    }

    [Fact]
    public async Task Save_ThrownAwayElsewhere_IsNotThereAgain()
    {
        await SaveAsync(0, "first");
        await Remove.ExecuteAsync(_mine, s_id, default);

        (await SaveAsync(1, "second")).Refusal.ShouldBeOfType<DraftGone>();
        (await Drafts.FindAsync(_mine, s_id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task EveryUseCase_AnothersDraft_IsAsIfItWereNotThere()
    {
        await SaveAsync(0, "mine");

        (await Drafts.FindAsync(_other, s_id, default)).ShouldBeNull();
        (await Drafts.ListAsync(_other, 0, DraftQueries.PageSize, default)).Total.ShouldBe(0);
        await Remove.ExecuteAsync(_other, s_id, default);
        (await Save.ExecuteAsync(_other, s_id, 1, "", "theirs", default)).Refusal.ShouldBeOfType<DraftGone>();
        (await Save.ExecuteAsync(_other, s_id, 0, "", "theirs", default)).IsRefused.ShouldBeFalse("an id says nothing of another's");

        (await Drafts.FindAsync(_mine, s_id, default)).ShouldNotBeNull().Document.ShouldBe("mine");
        await Remove.ExecuteAsync(_other, s_id, default);
        (await Drafts.FindAsync(_mine, s_id, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Save_RoleThatOnlyLooks_IsNotAllowed() =>
        (await Save.ExecuteAsync(Somebody(Roles.Viewer), s_id, 0, "", "x", default)).Refusal.ShouldBeOfType<NotAllowed>();

    [Fact]
    public async Task Save_LongerThanIsKept_IsRefusedAndAsLongAsIsKeptIsNot()
    {
        (await SaveAsync(0, new string('ä', (DraftLimits.MaxLength / 2) + 1))).Refusal.ShouldBeOfType<DraftTooLong>();
        (await SaveAsync(0, new string('ä', DraftLimits.MaxLength / 2))).IsRefused.ShouldBeFalse();
    }

    [Fact]
    public async Task Save_LettersThatPostgresDoesNotTake_AreLeftOut()
    {
        (await SaveAsync(0, "a\0b", new string('n', 200) + "\0")).IsRefused.ShouldBeFalse();

        (await Drafts.FindAsync(_mine, s_id, default)).ShouldNotBeNull().Document.ShouldBe("ab");
        (await Drafts.ListAsync(_mine, 0, DraftQueries.PageSize, default)).Rows.Single().Name.Length.ShouldBe(DraftLimits.MaxName);
    }

    [Fact]
    public async Task Save_OneMoreThanThereCanBe_IsRefusedHoweverManyAtOnce()
    {
        for (var number = 1; number < DraftLimits.MaxAPerson; number++)
            (await Save.ExecuteAsync(_mine, Guid.NewGuid(), 0, $"{number}", "x", default)).IsRefused.ShouldBeFalse();

        var last = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Save.ExecuteAsync(_mine, Guid.NewGuid(), 0, "", "x", default)));

        last.Count(outcome => !outcome.IsRefused).ShouldBe(1);
        last.Where(outcome => outcome.IsRefused).ShouldAllBe(outcome => outcome.Refusal is TooManyDrafts);
        var beyond = await Drafts.ListAsync(_mine, int.MaxValue, DraftQueries.PageSize, default);
        (beyond.Total, beyond.Number, beyond.Rows.Count).ShouldBe((DraftLimits.MaxAPerson, 2, DraftLimits.MaxAPerson - (2 * DraftQueries.PageSize)));
    }

    [Fact]
    public async Task Save_AnotherBegun_ForgetsWhatNobodyTypedInForLong()
    {
        await SaveAsync(0, "old");
        _clock.Move(DraftLimits.Lifetime - TimeSpan.FromMinutes(1));
        var young = Guid.NewGuid();
        await Save.ExecuteAsync(_other, young, 0, "", "young", default);
        (await Drafts.FindAsync(_mine, s_id, default)).ShouldNotBeNull();

        _clock.Move(TimeSpan.FromMinutes(1));
        await Save.ExecuteAsync(_other, Guid.NewGuid(), 0, "", "begun", default);

        (await Drafts.FindAsync(_mine, s_id, default)).ShouldBeNull();
        (await Drafts.FindAsync(_other, young, default)).ShouldNotBeNull();
    }

    private Task<Outcome<KeptDraft>> SaveAsync(int basis, string document, string name = "shop") => Save.ExecuteAsync(_mine, s_id, basis, name, document, default);

    private static Actor Somebody(string role) => new(Guid.NewGuid().ToString(), "Somebody", new HashSet<string> { role });
}
