using Portal.Core;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class FormPartsTests
{
    [Fact]
    public void From_CatalogueTwice_NumbersNameAndPathSoThatNothingCollides()
    {
        var services = new List<ServiceDraft>();
        foreach (var template in Samples.Catalog.Services.Concat(Samples.Catalog.Services).Where(service => service.Id != ServiceDrafts.Blank))
            services.Add(ServiceDrafts.From(template, services));
        var draft = new RequestDraft { Environment = "shop", Target = "sandbox", Cidr = "10.40.0.0/16", Size = "small", Services = services };

        new SpecificationValidator(Samples.Catalog).Validate(DraftReader.Read(draft).Specification).ShouldBeEmpty();
        services.Select(service => service.Name).ShouldBe(["product-service", "user-service", "cart-service", "product-service-2", "user-service-2", "cart-service-2"]);
    }

    [Theory]
    [InlineData("aurora-postgresql", "$ 44 + use")]
    [InlineData("dynamodb", "by use")]
    public void StorePrice_OfStore_SaysFixedPartAndUse(string id, string price) =>
        StorePrice.Of(Samples.Catalog.FindStore(id)!, Samples.Catalog).ShouldBe(price);

    [Theory]
    [InlineData(ClusterMode.ManagedNodes, "Small, 2 × t3.medium")]
    [InlineData(ClusterMode.AutoMode, "Auto Mode, estimated as Small, 2 × t3.medium")]
    public void Words_OfCluster_CallTheSizeAnEstimateInAutoMode(ClusterMode mode, string words) =>
        Words.Of(new ClusterSpecification { Mode = mode, Size = "small" }, Samples.Catalog).ShouldBe(words);

    [Fact]
    public void Levels_SeedsExample_StandAfterWhatTheyWaitFor()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        var levels = PlanLevels.Of(plan);

        levels.SelectMany(level => level.Steps).Count().ShouldBe(plan.Steps.Count);
        levels[0].Steps.ShouldAllBe(entry => entry.Step.DependsOn.Count == 0);
        var levelOf = levels.SelectMany(level => level.Steps.Select(entry => (entry.Step.Name, level.Number))).ToDictionary(pair => pair.Name, pair => pair.Number);
        foreach (var step in plan.Steps)
            step.DependsOn.ShouldAllBe(name => levelOf[name] < levelOf[step.Name]);
    }

    [Fact]
    public void Levels_DependencyThatAnotherImplies_IsNotSaidTwice()
    {
        var plan = Samples.Plans.Build(Samples.Shop(), Samples.Target).Plan;

        var service = PlanLevels.Of(plan).SelectMany(level => level.Steps).Single(entry => entry.Step.Name == "svc-cart-service");

        service.Step.DependsOn.ShouldContain("nodes");
        service.WaitsFor.ShouldBe([plan.Step("lbc").Title, plan.Step("namespace").Title, plan.Step("autoscaler").Title, plan.Step("bind-cart-service").Title]);
    }

    [Fact]
    public void Drawable_HalfTyped_HasANameForEveryServiceAndNotAMillionPods()
    {
        var drawn = Preview.Drawable(Samples.Shop() with
        {
            Services =
            [
                new ServiceSpecification { Name = "", Image = "", Path = "", Replicas = int.MaxValue },
                new ServiceSpecification { Name = "cart", Image = "", Path = "/cart", Replicas = -3 },
                new ServiceSpecification { Name = "cart", Image = "", Path = "/cart" },
            ],
        });

        drawn.Services.Select(service => service.Name).ShouldBe(["service 1", "cart", "service 3"]);
        drawn.Services.Select(service => service.Replicas).ShouldBe([100, 0, 2]);
    }

    [Fact]
    public void Blockers_TouchedAndUntouched_AreToldApart()
    {
        var form = new RequestForm(new SpecificationValidator(Samples.Catalog));
        form.Draft.Size = "small";
        form.Draft.Environment = "Bad Name";
        form.Touch("environment");
        form.Changed();

        var blockers = Blockers.Of(form, null, isCurrent: false);

        blockers.Single(blocker => blocker.Field == "environment").Kind.ShouldBe(BlockerKind.Mend);
        blockers.Single(blocker => blocker.Field == "target").Kind.ShouldBe(BlockerKind.Missing);
    }

    [Fact]
    public void Blockers_WrongBeforeTheFieldIsLeft_SaysWhatIsWrongAndNotThatItIsEmpty()
    {
        var form = new RequestForm(new SpecificationValidator(Samples.Catalog));
        form.Draft.Stage = "v/1";
        form.Changed();

        var blockers = Blockers.Of(form, null, isCurrent: false);

        blockers.Single(blocker => blocker.Field == "edge.stage").Text.ShouldContain("cannot name a stage");
        blockers.Single(blocker => blocker.Field == "environment").Text.ShouldBe("Name: still to fill");
    }

    [Fact]
    public void Limits_EveryTextAndNumberOfTheForm_HasOne()
    {
        foreach (var field in new[] { "environment", "network.cidr", "edge.stage", "services.name", "services.image", "services.path", "services.healthPath" })
            FieldLimits.LengthOf(field).ShouldBeGreaterThan(0);
        foreach (var field in new[] { "edge.throttleRate", "edge.throttleBurst", "services.port", "services.replicas" })
            FieldLimits.RangeOf(field).Low.ShouldBe(1);
    }

    [Fact]
    public void Blockers_Refused_SaysWhy()
    {
        var form = Complete();
        var preview = new Preview(null!, null!, null, new NotAllowed("Only looking."));

        Blockers.Of(form, preview, isCurrent: true).ShouldHaveSingleItem().ShouldBe(new Blocker(BlockerKind.Mend, "Only looking."));
    }

    [Fact]
    public void Blockers_Planned_SaysWhatWasChecked()
    {
        var form = Complete();
        var preview = new Preview(null!, null!, Samples.Plans.Build(form.Specification, Samples.Target).Plan, null);

        Blockers.Of(form, preview, isCurrent: true).ShouldAllBe(blocker => blocker.Kind == BlockerKind.Fine);
        Blockers.Of(form, preview, isCurrent: false).ShouldBeEmpty();
    }

    private static RequestForm Complete()
    {
        var form = new RequestForm(new SpecificationValidator(Samples.Catalog));
        var draft = new RequestDraft { Environment = "shop", Target = "sandbox", Cidr = "10.40.0.0/16", Size = "small" };
        draft.Services.Add(ServiceDrafts.From(Samples.Catalog.Services[0], []));
        form.Restore(draft);
        form.Errors.ShouldBeEmpty();
        return form;
    }
}
