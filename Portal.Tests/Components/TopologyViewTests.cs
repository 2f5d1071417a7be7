using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Components.Shared;
using Portal.Components.Topology;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Topology;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Components;

public sealed class TopologyViewTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
    private static readonly TopologyBuilder Builder = new(Samples.Catalog);

    private readonly BunitContext _context = new();

    public TopologyViewTests() => _context.Services.AddSingleton<TimeProvider>(new ManualClock()).AddScoped<PageClock>();

    public void Dispose() => _context.Dispose();

    [Fact]
    public void Render_Preview_HasTheSeedsShapeAndNoStates()
    {
        var view = _context.Render<TopologyView>(parameters => parameters
            .Add(component => component.Topology, Builder.Preview(Samples.Shop()))
            .Add(component => component.Preview, true));

        view.FindAll(".node b").Select(title => title.TextContent).ShouldBe(
        [
            "Client", "API Gateway", "VPC Link", "VPC 10.40.0.0/16", "2 public subnets", "Application Load Balancer", "NAT gateway", "2 private subnets",
            "EKS 1.35", "Control plane", "Nodes", "Ingress", "LB controller", "Secrets in pods",
            "product-service", "/products", "Aurora PostgreSQL", "user-service", "/users", "Cognito and SSM", "cart-service", "/cart", "DynamoDB",
        ]);
        view.FindAll(".pods").Select(pods => pods.Children.Length).ShouldBe([3, 2, 3]);
        view.FindAll(".st").ShouldBeEmpty();
        view.FindAll("a, button").ShouldBeEmpty();
    }

    [Fact]
    public void Render_States_AreColourIconAndWord()
    {
        var view = Live(("iam", StepState.Succeeded), ("net-core", StepState.Succeeded), ("cluster", StepState.Running), ("data-product-service", StepState.Failed), ("svc-product-service", StepState.Skipped));

        Words(view, "vpc").ShouldBe(("ok", "Ready"));
        Words(view, "control-plane").ShouldBe(("busy", "47 %"));
        Words(view, "store-product-service").ShouldBe(("bad", "Failed"));
        Words(view, "service-product-service").ShouldBe(("skip", "Not reached"));
        Words(view, "service-cart-service").ShouldBe(("wait", "Waiting"));
        view.Find("#node-store-product-service small").TextContent.ShouldBe("quota of DB clusters reached (40)");
        view.FindAll(".st").ShouldAllBe(state => state.QuerySelector("svg") != null);
    }

    [Fact]
    public void Render_BothEndsReady_TurnsTheWireGreen()
    {
        var half = Live(("edge-base", StepState.Succeeded));
        half.FindAll(".edge.on").ShouldBeEmpty();

        var snapshot = Samples.Snapshot(Start, [.. Samples.Snapshot(Start).Steps.Select(step => (step.Name, StepState.Succeeded))]);
        var whole = Live(snapshot with { Resources = Samples.Pods(snapshot.Specification, Start) }, Start);

        whole.FindAll(".edge.way:not(.on)").ShouldBeEmpty();
    }

    [Fact]
    public void Render_Nodes_LeadToTheirDetailsAndTheChosenOneBack()
    {
        var view = _context.Render<TopologyView>(parameters => parameters
            .Add(component => component.Topology, Builder.Preview(Samples.Shop()))
            .Add(component => component.SelectedId, "link")
            .Add(component => component.Address, id => $"/here?node={id}"));

        view.Find("#node-gateway").GetAttribute("href").ShouldBe("/here?node=gateway");
        view.Find("#node-link").GetAttribute("href").ShouldBe("/here?node=");
        view.FindAll("[aria-current]").Select(node => node.Id).ShouldBe(["node-link"]);
        // One stop for the Tab key; arrows go on from there.
        view.FindAll("a[tabindex='0']").Select(node => node.Id).ShouldBe(["node-link"]);
    }

    [Fact]
    public void Render_Drifted_SaysDriftInsteadOfReady()
    {
        var snapshot = Samples.Snapshot(Start, ("data-cart-service", StepState.Succeeded), ("bind-cart-service", StepState.Succeeded));

        var view = Live(snapshot with { Drift = new DriftSummary(2, Start, null, "E", null) { Steps = new Dictionary<string, int> { ["data-cart-service"] = 2 } } }, Start);

        Words(view, "store-cart-service").ShouldBe(("warn", "Drift"));
        view.Find("#node-store-cart-service small").TextContent.ShouldBe("2 resources were changed behind the portal's back");
    }

    [Fact]
    public void Render_MorePodsThanTheRowHolds_SaysHowManyMoreAndListsThem()
    {
        var shop = Samples.Shop();
        var topology = Builder.Preview(shop with { Services = [shop.Services[0] with { Replicas = 14 }] });

        var pods = _context.Render<TopologyView>(parameters => parameters.Add(component => component.Topology, topology)).Find(".pods");

        pods.QuerySelectorAll(".pod").Length.ShouldBe(14);
        var hidden = pods.QuerySelectorAll(".over").Length;
        hidden.ShouldBeGreaterThan(0);
        pods.QuerySelector(".rest")!.TextContent.ShouldBe($"+{hidden}");
    }

    [Fact]
    public void Render_FoldedGroup_SaysHowManyOfWhichStateAreInIt()
    {
        var shop = Samples.Shop();
        var topology = Builder.Preview(shop with { Services = [.. Enumerable.Range(0, 12).Select(number => shop.Services[0] with { Name = $"service-{number}", Path = $"/s{number}" })] });
        var columns = topology.Columns.Select((column, index) => column with { Service = column.Service with { State = index == 7 ? NodeState.Failed : NodeState.Waiting } }).ToList();

        var view = _context.Render<TopologyView>(parameters => parameters
            .Add(component => component.Topology, topology with { Columns = columns })
            .Add(component => component.Options, new PictureOptions { Folded = new HashSet<string> { "group-outside" } })
            .Add(component => component.Fold, group => $"?folded={group}"));

        view.FindAll(".sums li").Select(sum => (sum.ClassName, sum.TextContent)).ShouldBe([("bad", "1 Failed"), ("wait", "11 Waiting")]);
        view.FindAll(".sums li svg").Count.ShouldBe(2);
    }

    /// <summary>What is said in a node is a string of markup; what people named is text in it.</summary>
    [Fact]
    public void Render_NamesThatLookLikeMarkup_AreText()
    {
        const string Name = "<img src=x onerror=alert(1)>&\"'";
        var topology = Builder.Preview(Samples.Shop());
        var column = topology.Columns[0];

        var view = _context.Render<TopologyView>(parameters => parameters.Add(component => component.Topology, topology with
        {
            Region = Name,
            Columns = [column with { Service = column.Service with { Title = Name, Detail = Name, State = NodeState.Ready }, Pods = [new PodNode(Name, NodeState.Ready, Name)] }],
            Gateway = topology.Gateway with { Way = Name },
        }).Add(component => component.Address, id => $"?node={id}"));

        view.FindAll("img").ShouldBeEmpty();
        view.Find("#node-service-product-service b").TextContent.ShouldBe(Name);
        view.Find("#node-service-product-service small").TextContent.ShouldBe(Name);
        view.Find(".pod .words").TextContent.ShouldBe($"{Name} · Ready · {Name}");
    }

    /// <summary>Blazor marks its own elements for the stylesheet; what is a string has to bear the same mark.</summary>
    [Fact]
    public void Render_EveryElement_BearsTheMarkOfTheStylesheet()
    {
        var snapshot = Samples.Snapshot(Start, ("iam", StepState.Succeeded), ("net-core", StepState.Succeeded), ("cluster", StepState.Running));
        var view = Live(snapshot with { Resources = Samples.Pods(snapshot.Specification, Start) }, Start);

        view.FindAll("portal-picture, portal-picture *").Where(element => !element.HasAttribute("in-picture") && element.Closest("svg.icon") is null).Select(element => element.OuterHtml).ShouldBeEmpty();
    }

    [Fact]
    public void Render_NothingNewToShow_KeepsTheTreeThatItHas()
    {
        var topology = Builder.Preview(Samples.Shop());
        var view = _context.Render<TopologyView>(parameters => parameters.Add(component => component.Topology, topology));

        view.Render(parameters => parameters.Add(component => component.Topology, topology));
        view.RenderCount.ShouldBe(1);
        view.Render(parameters => parameters.Add(component => component.Topology, topology).Add(component => component.AsList, true));

        view.RenderCount.ShouldBe(2);
        view.Find("portal-picture").ClassList.ShouldContain("as-list");
    }

    [Fact]
    public void DrawnPicture_OneTopology_IsDrawnOnceForAllWhoLookAtItAlike()
    {
        var topology = Builder.Preview(Samples.Shop());
        DrawnPicture Drawn(PictureOptions options, bool isPreview = true) => DrawnPicture.Of(topology, options, isPreview, Times.Utc, Start);

        Drawn(new PictureOptions { Folded = new HashSet<string> { "a", "b" } }).ShouldBeSameAs(Drawn(new PictureOptions { Folded = new HashSet<string> { "b", "a" } }));
        Drawn(new PictureOptions()).ShouldNotBeSameAs(Drawn(new PictureOptions { Network = true }));
        Drawn(new PictureOptions()).ShouldNotBeSameAs(Drawn(new PictureOptions(), isPreview: false));
    }

    private IRenderedComponent<TopologyView> Live(params (string Name, StepState State)[] changed)
    {
        var snapshot = Samples.Snapshot(Start, changed);
        return Live(snapshot, Start.AddSeconds(snapshot.Plan.Step("cluster").Expected.Typical / snapshot.Target.Pace * 0.475));
    }

    private IRenderedComponent<TopologyView> Live(EnvironmentSnapshot snapshot, DateTimeOffset now) => _context.Render<TopologyView>(parameters => parameters
        .Add(component => component.Topology, Builder.Build(snapshot, now))
        .Add(component => component.Address, id => $"?node={id}"));

    private static (string Tone, string Word) Words(IRenderedComponent<TopologyView> view, string id)
    {
        var node = view.Find($"#node-{id}");
        return (node.ClassList[1], node.QuerySelector(".st")!.TextContent.Trim());
    }
}
