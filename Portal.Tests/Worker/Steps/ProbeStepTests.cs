using System.Text.Json.Nodes;
using Portal.Core.Inquiries;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Tests.Fixtures;
using Portal.Tests.Provisioning;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Steps.Probes;

namespace Portal.Tests.Worker.Steps;

public sealed class ProbeStepTests
{
    private static readonly FrontDoorProbe.Request Open = new("cart", "GET", "/cart", FrontDoorProbe.Expectation.Answer);
    private static readonly FrontDoorProbe.Request Closed = new("cart", "GET", "/cart/mine", FrontDoorProbe.Expectation.SignIn);
    private static readonly FrontDoorProbe.Request Keyed = new("cart", "GET", "/cart/all", FrontDoorProbe.Expectation.Key);

    private readonly HurryingClock _clock = new(TimeSpan.FromMinutes(1));

    [Theory]
    [InlineData(200, null, null)]
    [InlineData(404, null, "nginx")]
    [InlineData(401, null, null)]
    public void Of_AnswerOfTheService_IsAsItShouldBe(int status, string? error, string? server) =>
        DoorVerdict.Of(Open, new DoorAnswer(status, error, server)).ShouldBeNull();

    [Fact]
    public void Of_RefusalThatIsAskedFor_IsAsItShouldBe()
    {
        DoorVerdict.Of(Closed, new DoorAnswer(401, "UnauthorizedException", null)).ShouldBeNull();
        DoorVerdict.Of(Keyed, new DoorAnswer(403, "ForbiddenException", null)).ShouldBeNull();
    }

    [Theory]
    [InlineData(403, "MissingAuthenticationTokenException", null, "gateway", "The API has no route GET /cart")]
    [InlineData(403, "ForbiddenException", null, "gateway", "no such stage")]
    [InlineData(500, "AuthorizerConfigurationException", null, "gateway", "authorizer")]
    [InlineData(500, "InternalServerErrorException", null, "vpc_link", "not the VPC link")]
    [InlineData(504, "InternalServerErrorException", null, "vpc_link", "does not answer through the VPC link")]
    [InlineData(404, null, "awselb/2.0", "load_balancer", "no rule")]
    [InlineData(503, null, "awselb/2.0", "target", "knows no pod of cart")]
    [InlineData(502, null, "awselb/2.0", "target", "no pod of cart answers")]
    [InlineData(500, null, null, "pod", "answers with 500 itself")]
    public void Of_PathThatBreaks_SaysAtWhichHop(int status, string? error, string? server, string hop, string said)
    {
        var failure = DoorVerdict.Of(Open, new DoorAnswer(status, error, server)).ShouldNotBeNull();

        failure.Code.ShouldBe("front_door_" + hop);
        failure.Message.ShouldContain(said);
    }

    [Fact]
    public void Of_ClosedRouteThatAnswers_IsAFault()
    {
        DoorVerdict.Of(Closed, new DoorAnswer(200, null, null)).ShouldNotBeNull().Message.ShouldContain("open to everybody");
        DoorVerdict.Of(Keyed, new DoorAnswer(200, null, null)).ShouldNotBeNull().Message.ShouldContain("open to everybody");
    }

    [Fact]
    public async Task Execute_PathSettlesAfterAWhile_WaitsForIt()
    {
        var asked = 0;
        var step = new ProbeStep(new ToldDoor(_ => ++asked < 5 ? new DoorAnswer(503, null, "awselb/2.0") : new DoorAnswer(200, null, null)), new ToldLoadBalancer([]), _clock);

        (await step.ExecuteAsync(Context(Open), default)).ShouldBe([KeyValuePair.Create("cart: GET /cart", "200 of the service")]);
    }

    [Fact]
    public async Task Execute_PathDoesNotSettle_FailsInItsTimeWithWhatWasAsked()
    {
        var began = _clock.GetUtcNow();
        var step = new ProbeStep(new ToldDoor(request => request == "/cart" ? new DoorAnswer(503, null, "awselb/2.0") : new DoorAnswer(401, "UnauthorizedException", null)), new ToldLoadBalancer([]), _clock);

        var failure = (await Should.ThrowAsync<StepFailedException>(() => step.ExecuteAsync(Context(Open, Closed), default))).Failure;

        failure.Code.ShouldBe("front_door_target");
        failure.Evidence!.Single().Lines.ShouldBe(["cart: GET /cart → 503 of the load balancer  ✕", "cart: GET /cart/mine without sign-in → 401 UnauthorizedException of the gateway"]);
        (_clock.GetUtcNow() - began).ShouldBeLessThan(Samples.Catalog.Patience["probe"].Timeout);
    }

    [Theory]
    [InlineData("healthy", null)]
    [InlineData("unhealthy", "front_door_target")]
    public async Task Execute_ServiceThatNobodyMayAsk_TakesTheLoadBalancersWord(string state, string? code)
    {
        var step = new ProbeStep(new ToldDoor(_ => new DoorAnswer(401, "UnauthorizedException", null)), new ToldLoadBalancer([new TargetState("10.0.0.1", state, null)]), _clock);

        if (code is null)
            (await step.ExecuteAsync(Context(Closed), default))["cart: pods at the load balancer"].ShouldBe("1 of 1 healthy");
        else
            (await Should.ThrowAsync<StepFailedException>(() => step.ExecuteAsync(Context(Closed), default))).Failure.Code.ShouldBe(code);
    }

    [Fact]
    public async Task Execute_ApiWithADomain_AsksAtItsTarget()
    {
        var door = new ToldDoor(_ => new DoorAnswer(200, null, null));
        var context = Context(Open);
        var values = context.Step.Values!;
        (values["domain"], values["domainTarget"]) = (JsonValue.Create("api.example.com"), JsonValue.Create("d-1.execute-api.us-east-1.amazonaws.com"));

        await new ProbeStep(door, new ToldLoadBalancer([]), _clock).ExecuteAsync(context, default);

        door.Doorway.ShouldBe(new Doorway("a1", "v1", "api.example.com", "d-1.execute-api.us-east-1.amazonaws.com"));
    }

    private static StepContext Context(params FrontDoorProbe.Request[] requests)
    {
        var values = FrontDoorProbe.ToValues(requests);
        (values["api"], values["stage"], values["loadBalancer"]) = (JsonValue.Create("a1"), JsonValue.Create("v1"), JsonValue.Create("shop-alb"));
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;
        var work = new OperationWork(
            new Fence(Guid.NewGuid(), 1), Guid.NewGuid(), "shop", OperationKind.Create, plan, new AwsTarget("t", "1", "us-east-1", null, null), 1,
            new Dictionary<string, StepProgress>(), new Dictionary<string, Deployment>());
        return new StepContext(work, plan.Step(StepNames.FrontDoor) with { Values = values }, 1, new OutputResolver(work, _ => Task.FromResult("")));
    }

    private sealed class ToldDoor(Func<string, DoorAnswer> answer) : IFrontDoor
    {
        /// <summary>By which it was asked last.</summary>
        public Doorway? Doorway { get; private set; }

        public Task<DoorAnswer> AskAsync(AwsTarget target, Doorway doorway, DoorRequest request, int mostBody, CancellationToken cancellationToken)
        {
            Doorway = doorway;
            return Task.FromResult(answer(request.Path));
        }
    }

    private sealed class ToldLoadBalancer(IReadOnlyList<TargetState> targets) : ILoadBalancers
    {
        public async IAsyncEnumerable<LoadBalancer> ListAsync(AwsTarget target, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield break;
        }

        public Task<LoadBalancer?> FindAsync(AwsTarget target, string name, CancellationToken cancellationToken) =>
            Task.FromResult<LoadBalancer?>(new LoadBalancer(name, "arn", "dns", "internal", "active", null, "vpc-1", default));

        public Task<bool> IsProtectedAsync(AwsTarget target, string name, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<ListenerRule>> RulesAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<ListenerRule>>([]);

        public Task<IReadOnlyList<TargetGroup>> TargetGroupsAsync(AwsTarget target, string loadBalancerArn, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<TargetGroup>>(
            [new TargetGroup("group", "k8s-cart", new Dictionary<string, string> { ["ingress.k8s.aws/resource"] = "shop/cart-cart:8080" })]);

        public Task<IReadOnlyList<TargetState>> TargetsAsync(AwsTarget target, string targetGroupArn, CancellationToken cancellationToken) => Task.FromResult(targets);
    }
}
