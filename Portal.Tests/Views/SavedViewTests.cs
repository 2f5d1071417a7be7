using Portal.Core;
using Portal.Core.Security;
using Portal.Core.Views;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Views;

public sealed class SavedViewTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private readonly Actor _mine = Somebody();
    private readonly Actor _other = Somebody();

    private SaveView Save => new(postgres.Database, TimeProvider.System);

    private ViewQueries Views => new(postgres.Database);

    [Fact]
    public async Task Save_View_IsThePersonsAloneAndOfItsPageAlone()
    {
        await SavedAsync("Failed ones", "state=failed");

        (await Views.ListAsync(_mine, ListedPage.Environments, default)).ShouldHaveSingleItem().Query.ShouldBe("state=failed");
        (await Views.ListAsync(_mine, ListedPage.Requests, default)).ShouldBeEmpty();
        (await Views.ListAsync(_other, ListedPage.Environments, default)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("a\0b")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901")]
    public async Task Save_NameThatIsNone_IsRefusedAndSaysWhatWouldDo(string name) =>
        (await Save.ExecuteAsync(_mine, ListedPage.Environments, name, "", default)).Refusal.ShouldBeOfType<InvalidView>().Error.Field.ShouldBe("name");

    [Fact]
    public async Task Save_NameThatIsTaken_IsRefusedInWhateverCase()
    {
        await SavedAsync("Mine", "owner=mine");

        (await Save.ExecuteAsync(_mine, ListedPage.Environments, " MINE ", "", default)).Refusal.ShouldBeOfType<ViewNameTaken>();
        (await Save.ExecuteAsync(_other, ListedPage.Environments, "Mine", "", default)).Refusal.ShouldBeNull();
    }

    [Fact]
    public async Task Save_OneMoreThanThereCanBe_IsRefusedHoweverManyAtOnce()
    {
        for (var number = 1; number < SavedView.MaxAPerson; number++)
            await SavedAsync($"View {number}", "");

        var last = await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Save.ExecuteAsync(_mine, ListedPage.Requests, $"Last {number}", "", default)));

        last.Count(outcome => !outcome.IsRefused).ShouldBe(1);
        last.Where(outcome => outcome.IsRefused).ShouldAllBe(outcome => outcome.Refusal is TooManyViews);
    }

    [Fact]
    public async Task Save_QueryThatIsNoAddress_IsRefused()
    {
        (await Save.ExecuteAsync(_mine, ListedPage.Environments, "x", new string('a', SavedView.MaxQuery + 1), default)).Refusal.ShouldBeOfType<InvalidView>();
        (await Save.ExecuteAsync(_mine, ListedPage.Environments, "x", "search=\0", default)).Refusal.ShouldBeOfType<InvalidView>();
    }

    [Fact]
    public async Task Save_WithoutARole_IsNotAllowed() =>
        (await Save.ExecuteAsync(new Actor("n", "Nobody", new HashSet<string>()), ListedPage.Environments, "x", "", default)).Refusal.ShouldBeOfType<NotAllowed>();

    [Fact]
    public async Task Rename_Delete_OfAnothersView_ChangeNothing()
    {
        var view = await SavedAsync("Mine", "");
        var rename = new RenameView(postgres.Database);

        (await rename.ExecuteAsync(_other, view.Id, "Theirs", default)).Refusal.ShouldBeOfType<NotFound>();
        await new DeleteView(postgres.Database).ExecuteAsync(_other, view.Id, default);
        await new ChooseDefaultView(postgres.Database).ExecuteAsync(_other, ListedPage.Environments, view.Id, default);

        (await Views.ListAsync(_mine, ListedPage.Environments, default)).ShouldHaveSingleItem().ShouldBe(view);
    }

    [Fact]
    public async Task Rename_OwnView_TakesTheNameUnlessAnotherBearsIt()
    {
        var view = await SavedAsync("One", "");
        await SavedAsync("Two", "");
        var rename = new RenameView(postgres.Database);

        (await rename.ExecuteAsync(_mine, view.Id, "two", default)).Refusal.ShouldBeOfType<ViewNameTaken>();
        (await rename.ExecuteAsync(_mine, view.Id, " Three ", default)).Value.ShouldBe("Three");
        (await Views.ListAsync(_mine, ListedPage.Environments, default)).Select(one => one.Name).ShouldBe(["Three", "Two"]);
    }

    [Fact]
    public async Task ChooseDefault_Another_LeavesOneAndNoneWhereNoneIsWanted()
    {
        var first = await SavedAsync("First", "");
        var second = await SavedAsync("Second", "");
        var choose = new ChooseDefaultView(postgres.Database);

        await choose.ExecuteAsync(_mine, ListedPage.Environments, first.Id, default);
        await Task.WhenAll(choose.ExecuteAsync(_mine, ListedPage.Environments, second.Id, default), choose.ExecuteAsync(_mine, ListedPage.Environments, second.Id, default));
        (await Views.ListAsync(_mine, ListedPage.Environments, default)).Where(view => view.IsDefault).ShouldHaveSingleItem().Name.ShouldBe("Second");

        await choose.ExecuteAsync(_mine, ListedPage.Environments, null, default);
        (await Views.ListAsync(_mine, ListedPage.Environments, default)).ShouldAllBe(view => !view.IsDefault);
    }

    private async Task<SavedView> SavedAsync(string name, string query) => (await Save.ExecuteAsync(_mine, ListedPage.Environments, name, query, default)).Value.ShouldNotBeNull();

    private static Actor Somebody() => new(Guid.NewGuid().ToString(), "Somebody", new HashSet<string> { Roles.Viewer });
}
