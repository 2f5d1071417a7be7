using Bunit;
using Portal.Components.Topology;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Topology;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Components;

public sealed class TopologyViewTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
    private static readonly TopologyBuilder Builder = new(Samples.Catalog);

    private readonly BunitContext _context = new();

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
            "EKS 1.35", "Control plane", "Nodes", "Ingress", "Load balancer controller", "Secrets in pods",
            "/products", "product-service", "Aurora PostgreSQL", "/users", "user-service", "Cognito and SSM", "/cart", "cart-service", "DynamoDB",
        ]);
        view.FindAll(".pods").Select(pods => pods.Children.Length).ShouldBe([3, 2, 3]);
        view.FindAll(".st").ShouldBeEmpty();
        view.FindAll("button").ShouldBeEmpty();
        view.FindAll(".fan path").Count.ShouldBe(3);
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
        half.FindAll(".wire.on").ShouldBeEmpty();

        var whole = Live([.. Samples.Snapshot(Start).Steps.Select(step => (step.Name, StepState.Succeeded))]);

        whole.FindAll(".wire:not(.on)").ShouldBeEmpty();
        whole.FindAll(".fan path.on").Count.ShouldBe(3);
    }

    [Fact]
    public void Click_Node_TellsWhich()
    {
        string? chosen = null;
        var view = _context.Render<TopologyView>(parameters => parameters
            .Add(component => component.Topology, Builder.Preview(Samples.Shop()))
            .Add(component => component.SelectedId, "link")
            .Add(component => component.OnSelect, id => chosen = id));

        view.Find("#node-gateway").Click();

        chosen.ShouldBe("gateway");
        view.Find("#node-link").GetAttribute("aria-pressed").ShouldBe("true");
        view.Find("#node-gateway").GetAttribute("aria-pressed").ShouldBe("false");
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(8, true)]
    public void Render_ManyServices_ScrollInsideThePicture(int count, bool scrolls)
    {
        var service = Samples.Shop().Services[2];
        var specification = Samples.Shop() with { Services = [.. Enumerable.Range(1, count).Select(index => service with { Name = $"service-{index}", Path = $"/path-{index}" })] };

        var view = _context.Render<TopologyView>(parameters => parameters.Add(component => component.Topology, Builder.Preview(specification)));

        view.FindAll(".column").Count.ShouldBe(count);
        view.Find(".scroller").HasAttribute("tabindex").ShouldBe(scrolls);
    }

    private IRenderedComponent<TopologyView> Live(params (string Name, StepState State)[] changed)
    {
        var snapshot = Samples.Snapshot(Start, changed);
        var now = Start.AddSeconds(snapshot.Plan.Step("cluster").Expected.Typical / snapshot.Target.Pace * 0.475);
        return _context.Render<TopologyView>(parameters => parameters
            .Add(component => component.Topology, Builder.Build(snapshot, now))
            .Add(component => component.OnSelect, _ => { }));
    }

    private static (string Tone, string Word) Words(IRenderedComponent<TopologyView> view, string id)
    {
        var node = view.Find($"#node-{id}");
        return (node.ClassList[1], node.QuerySelector(".st")!.TextContent.Trim());
    }
}
