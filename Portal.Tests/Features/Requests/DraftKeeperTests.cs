using Portal.Core.Drafts;
using Portal.Core.Requests;
using Portal.Features.Requests.Form;
using Portal.Infrastructure.Live;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

/// <summary>What a tab has typed against what the database has.</summary>
public sealed class DraftKeeperTests
{
    private readonly FakeDraftDesk _desk = new();
    private readonly RequestForm _form = new(new SpecificationValidator(Samples.Catalog));
    private readonly DraftKeeper _keeper;

    public DraftKeeperTests()
    {
        _keeper = new DraftKeeper(_desk, _form);
        _form.Begin(new RequestDraft());
        _keeper.Begin();
    }

    [Fact]
    public async Task Save_WhatIsTyped_IsKeptOnceUntilMoreIsTyped()
    {
        await TypeAsync("shop");
        await _keeper.SaveAsync(default);

        (_desk.Saved, _form.Draft.Version, _keeper.IsSaved).ShouldBe((1, 1, true));
        RequestDraft.FromJson(Stored.Document).ShouldNotBeNull().Environment.ShouldBe("shop");
    }

    [Fact]
    public async Task Save_SeveralAtOnce_AreNotToldOfEachOther()
    {
        var answer = new TaskCompletionSource();
        _desk.OnTheWay = answer.Task;
        var first = TypeAsync("a");
        var second = TypeAsync("ab");
        answer.SetResult();
        await Task.WhenAll(first, second);

        _desk.Saved.ShouldBe(2);
        _keeper.Refusal.ShouldBeNull();
        RequestDraft.FromJson(Stored.Document).ShouldNotBeNull().Environment.ShouldBe("ab");
    }

    [Fact]
    public async Task Save_ChangedElsewhere_StopsUntilThePersonChooses()
    {
        await TypeAsync("mine");
        Elsewhere("theirs");

        await TypeAsync("mine-too");
        await TypeAsync("mine-still");

        _keeper.Refusal.ShouldBeOfType<DraftChanged>().Message.ShouldContain("changed elsewhere");
        (_form.Draft.Environment, _desk.Saved).ShouldBe(("mine-still", 2), "nothing goes there any more, and nothing typed is lost");
        RequestDraft.FromJson(Stored.Document).ShouldNotBeNull().Environment.ShouldBe("theirs");
    }

    [Fact]
    public async Task TakeTheirs_ChangedElsewhere_GoesOnWithWhatWasTypedThere()
    {
        await TypeAsync("mine");
        Elsewhere("theirs");
        await TypeAsync("mine-too");

        (await _keeper.TakeTheirsAsync(default)).ShouldBeTrue();

        (_form.Draft.Environment, _keeper.IsTorn).ShouldBe(("theirs", false));
        await TypeAsync("theirs-more");
        Stored.Version.ShouldBe(3);
    }

    [Fact]
    public async Task KeepMine_ChangedElsewhere_TakesItsPlaceAndTheOtherIsTold()
    {
        await TypeAsync("mine");
        Elsewhere("theirs");
        await TypeAsync("mine-too");

        await _keeper.KeepMineAsync(default);

        (_keeper.IsTorn, _keeper.IsSaved, Stored.Version).ShouldBe((false, true, 3));
        RequestDraft.FromJson(Stored.Document).ShouldNotBeNull().Environment.ShouldBe("mine-too");
    }

    [Fact]
    public async Task KeepBoth_ChangedElsewhere_LeavesTheirsAndGoesOnAsAnother()
    {
        await TypeAsync("mine");
        var id = _form.Draft.Id;
        Elsewhere("theirs");
        await TypeAsync("mine-too");

        await _keeper.KeepBothAsync(default);

        _form.Draft.Id.ShouldNotBe(id);
        RequestDraft.FromJson(_desk.Kept[id].Document).ShouldNotBeNull().Environment.ShouldBe("theirs");
        RequestDraft.FromJson(Stored.Document).ShouldNotBeNull().Environment.ShouldBe("mine-too");
    }

    [Fact]
    public async Task KeepMine_GoneElsewhere_IsADraftOfItsOwn()
    {
        await TypeAsync("mine");
        var id = _form.Draft.Id;
        _desk.Kept.Clear();
        await TypeAsync("mine-too");
        _keeper.Refusal.ShouldBeOfType<DraftGone>();

        await _keeper.KeepMineAsync(default);

        // Under the id of a request that was filed, it would never be filed.
        (_form.Draft.Id == id, _keeper.IsSaved).ShouldBe((false, true));
    }

    [Fact]
    public async Task Save_AnswerLostAndTypedOn_IsNobodyElses()
    {
        await TypeAsync("a");
        _desk.LoseAnswer = new DatabaseAway();
        await TypeAsync("ab");
        _keeper.Refusal.ShouldBeOfType<DatabaseAway>();

        await TypeAsync("abc");

        (_keeper.Refusal, _form.Draft.Version).ShouldBe((null, 3));
    }

    [Fact]
    public async Task Save_CircuitBeforeKeptTheSame_GoesOnFromThere()
    {
        await TypeAsync("a");
        (_form.Draft.Environment, _form.Draft.Unsaved) = ("ab", true);
        _keeper.Begin();
        Elsewhere("ab");

        await TypeAsync("abc");

        (_keeper.Refusal, Stored.Version).ShouldBe((null, 3));
    }

    [Theory]
    [InlineData(false, "theirs", false)]
    [InlineData(true, "mine", true)]
    public async Task Meet_NewerInTheDatabase_IsTakenOverUnlessSomethingWouldBeLost(bool unsaved, string shown, bool torn)
    {
        await TypeAsync("mine");
        Elsewhere("theirs");
        _form.Draft.Unsaved = unsaved;

        await _keeper.MeetAsync(default);

        (_form.Draft.Environment, _keeper.IsTorn).ShouldBe((shown, torn));
    }

    [Fact]
    public async Task Meet_SubmittedElsewhere_IsSaidAndStaysHere()
    {
        await TypeAsync("mine");
        _desk.Kept.Clear();

        await _keeper.MeetAsync(default);

        (_keeper.Refusal is DraftGone, _form.Draft.Environment).ShouldBe((true, "mine"));
    }

    [Fact]
    public async Task Take_ASpecification_IsStillTheSameDraft()
    {
        await TypeAsync("mine");

        _form.Take(Samples.Shop());
        await TypeAsync("from-yaml");

        (_keeper.Refusal, _desk.Kept.Count, Stored.Version).ShouldBe((null, 1, 2));
    }

    private StoredDraft Stored => _desk.Kept[_form.Draft.Id];

    private Task TypeAsync(string name)
    {
        (_form.Draft.Environment, _form.Draft.Unsaved) = (name, true);
        return _keeper.SaveAsync(default);
    }

    private void Elsewhere(string name)
    {
        var draft = RequestDraft.FromJson(_form.Draft.Content())!;
        draft.Environment = name;
        _desk.Kept[draft.Id] = new StoredDraft(draft.Id, Stored.Version + 1, draft.Content(), FakeDraftDesk.Typed);
    }
}
