using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core.Environments;
using Portal.Features.Environments;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Environments;

public sealed class ResourceListTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly EnvironmentSnapshot Shop = Samples.Snapshot(Start) with
    {
        Resources = [Row("cluster", "AWS::EKS::Cluster", "b", true, 2), Row("net-core", "AWS::EC2::VPC", "c", false, 1), Row("gone", "AWS::EC2::Subnet", "a", true, 3)],
    };

    [Theory]
    [InlineData(null, "c b a")]
    [InlineData("-step", "a b c")]
    [InlineData("name", "a b c")]
    [InlineData("-changed", "a b c")]
    [InlineData("state", "c b a")]
    public void Of_Order_IsTheAddresses(string? sort, string names) => Names(new ResourceListAddress(null, null, null, null, sort)).ShouldBe(names);

    [Theory]
    [InlineData("eks", null, null, null, "b")]
    [InlineData("ARN:C", null, null, null, "c")]
    [InlineData(null, "waiting", null, null, "c")]
    [InlineData(null, "ready", "cluster", null, "b")]
    [InlineData(null, null, null, "aws::ec2::subnet", "a")]
    [InlineData(null, null, "gone", null, "a")]
    public void Of_Filters_Narrow(string? search, string? state, string? step, string? type, string names) =>
        Names(new ResourceListAddress(search, state, step, type, null)).ShouldBe(names);

    [Fact]
    public void Address_ReadAgain_IsTheSameList()
    {
        var list = new ResourceList("shop-staging") { Search = "a b", Ready = false, Step = "cluster", Type = "AWS::EKS::Cluster", Order = new("changed", true) };

        list.Address.ShouldBe("/environments/shop-staging?tab=resources&search=a%20b&state=waiting&step=cluster&type=AWS%3A%3AEKS%3A%3ACluster&sort=-changed");
        ResourceList.Read("shop-staging", new ResourceListAddress("a b", "waiting", "cluster", "AWS::EKS::Cluster", "-changed"), new QueryReader(), Shop).ShouldBe(list);
    }

    [Fact]
    public void Read_WhatThereIsNot_IsLeftOutAndSaid()
    {
        var query = new QueryReader();

        ResourceList.Read("shop-staging", new ResourceListAddress(null, "odd", "nowhere", "AWS::X", "size"), query, Shop).ShouldBe(new ResourceList("shop-staging"));
        query.Ignored.ShouldBe(["step 'nowhere'", "type 'AWS::X'", "state 'odd'", "sort 'size'"]);
    }

    [Fact]
    public void Tab_Address_ShowsCountsAndWhatMatches()
    {
        using var context = new BunitContext();
        context.JSInterop.Mode = JSRuntimeMode.Loose;
        context.Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        context.Services.AddSingleton<TimeProvider>(new ManualClock());
        context.Services.AddSingleton(Samples.Catalog);
        context.Services.AddScoped<PageClock>();
        context.Services.AddScoped<PageOverlays>();
        context.Services.GetRequiredService<NavigationManager>().NavigateTo("/environments/shop-staging?tab=resources&state=waiting&type=odd");

        var tab = context.Render<ResourcesTab>(parameters => parameters.Add(component => component.Snapshot, Shop));

        tab.FindAll(".filters .chip").Select(chip => chip.TextContent.Trim()).ShouldBe(["All 3", "Ready 2", "Not ready 1"]);
        tab.Find(".filters [aria-current]").TextContent.Trim().ShouldBe("Not ready 1");
        tab.Find(".ignored").TextContent.ShouldContain("type 'odd'");
        tab.Find(".resources [role=status]").TextContent.ShouldBe("1 of 3 resources");
        tab.FindAll("th a").Select(link => link.TextContent).ShouldBe(["Step, ascending", "Type", "Name", "State", "Changed"]);
    }

    private static string Names(ResourceListAddress address) =>
        string.Join(' ', ResourceList.Read("shop-staging", address, new QueryReader(), Shop).Of(Shop, Samples.Catalog.LabelOf).Select(row => row.Name));

    private static ResourceInfo Row(string step, string type, string name, bool ready, int minutes) => new()
    {
        Step = step,
        Type = type,
        Name = name,
        PhysicalId = $"arn:{name}",
        State = ready ? "CREATE_COMPLETE" : "CREATE_IN_PROGRESS",
        Ready = ready,
        ChangedAt = Start.AddMinutes(minutes),
    };
}
