using Portal.Components.Lists;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Features.Environments;
using Portal.Features.Requests;

namespace Portal.Tests.Components.Lists;

public sealed class ListAddressTests
{
    private static readonly string[] Targets = ["production", "sandbox"];

    private readonly QueryReader _query = new();

    [Fact]
    public void Environments_NothingChosen_IsTheUsualList()
    {
        var list = Environments(new(null, null, null, null, null, null, null));

        list.Filter.ShouldBe(new EnvironmentFilter());
        list.Columns.ShouldBe(EnvironmentList.All.Usual);
        list.Query.ShouldBeEmpty();
        list.Address.ShouldBe("/?state=all");
    }

    [Fact]
    public void Environments_EverythingChosen_ComesBackFromItsOwnAddress()
    {
        var list = Environments(new("failed", "sandbox", "mine", "shop & co", "-cost", "owner,created", "3"));

        list.Filter.ShouldBe(new EnvironmentFilter { Group = EnvironmentGroup.Failed, Target = "sandbox", Mine = true, Search = "shop & co", Sort = EnvironmentSort.Cost, Descending = true, Page = 2 });
        list.Columns.Select(column => column.Key).ShouldBe(["name", "state", "owner", "created"]);
        list.Address.ShouldBe("/?state=failed&target=sandbox&owner=mine&search=shop%20%26%20co&sort=-cost&columns=owner,created&page=3");
        _query.Ignored.ShouldBeEmpty();
    }

    [Fact]
    public void Environments_AnotherOrder_BeginsAtTheFirstPage() =>
        Environments(new(null, null, null, null, null, null, "9")).Ordered(new ListOrder("name", Descending: false)).Address.ShouldBe("/?sort=name");

    [Fact]
    public void Environments_NoOptionalColumn_IsAnAddressOfItsOwn()
    {
        var list = Environments(new(null, null, null, null, null, "none", null));

        list.Columns.ShouldAllBe(column => column.IsFixed);
        list.Query.ShouldBe("columns=none");
        _query.Ignored.ShouldBeEmpty();
    }

    [Fact]
    public void Environments_WhatThereIsNot_IsLeftOutAndSaid()
    {
        var list = Environments(new("bogus", "moon", "theirs", "\0", "--drop", "owner,shoe", "abc"));

        list.Filter.ShouldBe(new EnvironmentFilter());
        _query.Ignored.ShouldBe(["sort '--drop'", "state 'bogus'", "target 'moon'", "owner 'theirs'", "page 'abc'", "column 'shoe'"]);
    }

    [Fact]
    public void Requests_EverythingChosen_ComesBackFromItsOwnAddress()
    {
        var list = RequestList.Read(new("submitted", "sandbox", "mine", "shop", "environment", "comment", "2"), _query, Targets);

        list.Filter.ShouldBe(new RequestFilter { State = RequestState.Submitted, Target = "sandbox", Mine = true, Search = "shop", Sort = RequestSort.Environment, Page = 1 });
        list.Address.ShouldBe("/requests?state=submitted&target=sandbox&by=mine&search=shop&sort=environment&columns=comment&page=2");
    }

    [Fact]
    public void Columns_EachThatSorts_IsAnOrderThatTheDatabaseKnows()
    {
        foreach (var column in EnvironmentList.All.All.Where(column => column.Sorts))
            Enum.TryParse<EnvironmentSort>(column.Key, ignoreCase: true, out _).ShouldBeTrue(column.Key);
        foreach (var column in RequestList.All.All.Where(column => column.Sorts))
            Enum.TryParse<RequestSort>(column.Key, ignoreCase: true, out _).ShouldBeTrue(column.Key);
    }

    private EnvironmentList Environments(EnvironmentListAddress address) => EnvironmentList.Read(address, _query, Targets);
}
