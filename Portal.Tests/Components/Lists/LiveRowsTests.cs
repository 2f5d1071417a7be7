using Portal.Components.Lists;

namespace Portal.Tests.Components.Lists;

public sealed class LiveRowsTests
{
    private readonly LiveRows<(string Name, int State)> _rows = new(row => row.Name);

    [Fact]
    public void Update_RowsInAnotherOrder_StayWhereTheyAreWithWhatIsNew()
    {
        _rows.Show([("a", 1), ("b", 1), ("c", 1)]);

        _rows.Update([("c", 2), ("a", 1), ("b", 1)]);

        _rows.Shown.ShouldBe([("a", 1), ("b", 1), ("c", 2)]);
        _rows.IsInOrder.ShouldBeFalse();
    }

    [Fact]
    public void Update_RowsComeAndGo_PutsThemInWhereTheyBelong()
    {
        _rows.Show([("a", 1), ("b", 1), ("c", 1)]);

        _rows.Update([("new", 1), ("a", 1), ("between", 1), ("c", 1)]);

        _rows.Shown.Select(row => row.Name).ShouldBe(["new", "a", "between", "c"]);
        _rows.IsInOrder.ShouldBeTrue();
    }

    [Fact]
    public void Sort_AfterAChange_PutsTheRowsInOrder()
    {
        _rows.Show([("a", 1), ("b", 1)]);
        _rows.Update([("b", 2), ("a", 1)]);

        _rows.Sort();

        _rows.Shown.ShouldBe([("b", 2), ("a", 1)]);
        _rows.IsInOrder.ShouldBeTrue();
    }
}
