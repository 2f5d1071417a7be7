using Portal.Core;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Features.Requests.Form;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Features.Requests;

public sealed class RequestFormTests
{
    private readonly RequestForm _form = new(new SpecificationValidator(Samples.Catalog));

    public RequestFormTests()
    {
        _form.Begin(DraftDefaults.Blank(Samples.Catalog));
    }

    [Fact]
    public void Shown_NothingTouched_IsEmptyThoughMuchIsMissing()
    {
        _form.Errors.ShouldNotBeEmpty();
        _form.Shown.ShouldBeEmpty();
    }

    [Fact]
    public void ErrorAt_FieldTouched_ShowsItsErrorAndNoOther()
    {
        _form.Touch("environment");

        _form.ErrorAt("environment").ShouldNotBeNull();
        _form.Shown.ShouldHaveSingleItem().Field.ShouldBe("environment");
    }

    [Fact]
    public void Leave_Step_ShowsWhatIsMissingOnItOnly()
    {
        _form.Leave(FormStep.Network);

        _form.Shown.ShouldAllBe(error => FormSteps.Of(error.Field) == FormStep.Network);
        _form.CountOn(FormStep.Network).ShouldBe(1);
        _form.CountOn(FormStep.Environment).ShouldBe(0);
    }

    [Fact]
    public void Leave_Review_ShowsEverything()
    {
        _form.Add(new ServiceDraft());
        _form.Leave(FormStep.Review);

        _form.Shown.ShouldBe(_form.Errors);
    }

    [Fact]
    public void Add_AfterTheStepWasLeft_StartsWithACleanSheet()
    {
        _form.Leave(FormStep.Services);

        _form.Add(new ServiceDraft());

        _form.Errors.ShouldContain(error => error.Field == "services[0].name");
        _form.ErrorAt("services[0].name").ShouldBeNull();
    }

    [Fact]
    public void Remove_ServiceBefore_ErrorsFollowTheirService()
    {
        var first = _form.Add(new ServiceDraft { Name = "one", Image = "nginx", Path = "/one" });
        _form.Add(new ServiceDraft { Name = "two", Image = "nginx", Path = "two" });
        var id = _form.IdOf("services[1].path");

        _form.Remove(first);

        _form.ErrorAt("services[0].path").ShouldNotBeNull().Value.ShouldBe("two");
        _form.IdOf("services[0].path").ShouldBe(id);
    }

    [Fact]
    public void Changed_NumberIsNone_KeepsItAndSaysSo()
    {
        _form.Draft.ThrottleRate = "many";
        _form.Touch("edge.throttleRate");
        _form.Changed();

        _form.Draft.ThrottleRate.ShouldBe("many");
        _form.HasOnlyNumbers.ShouldBeFalse();
        _form.ErrorAt("edge.throttleRate").ShouldNotBeNull().Value.ShouldBe("many");
    }

    [Fact]
    public void Found_AnswerToAnOlderVersion_IsNotTaken()
    {
        var asked = _form.Version;
        _form.Draft.Environment = "other";
        _form.Changed();

        _form.Found(asked, [new FieldError("environment", "shop", "taken")]);

        _form.Errors.ShouldNotContain(error => error.Field == "environment");
    }

    [Fact]
    public void Changed_AnotherField_KeepsWhatTheDatabaseFound()
    {
        _form.Draft.Environment = "shop";
        _form.Changed();
        _form.Found(_form.Version, [new FieldError("environment", "shop", "taken")]);

        _form.Draft.Stage = "v2";
        _form.Changed();
        _form.Errors.ShouldContain(error => error.Message == "taken");

        _form.Draft.Environment = "shop2";
        _form.Changed();
        _form.Errors.ShouldNotContain(error => error.Message == "taken");
    }

    [Fact]
    public void Found_Nothing_TakesBackWhatTheDatabaseFoundBefore()
    {
        _form.Draft.Environment = "shop";
        _form.Changed();
        _form.Found(_form.Version, [new FieldError("environment", "shop", "taken")]);

        _form.Found(_form.Version, []);

        _form.Errors.ShouldNotContain(error => error.Field == "environment");
    }

    [Fact]
    public void Restore_Draft_CountsWhatItHoldsAsTyped()
    {
        _form.Restore(new RequestDraft { Environment = "Not A Name", Services = { new ServiceDraft { Path = "cart" }, new ServiceDraft() } });

        _form.ErrorAt("environment").ShouldNotBeNull();
        _form.ErrorAt("services[0].path").ShouldNotBeNull();
        _form.ErrorAt("services[0].name").ShouldBeNull();
        _form.Draft.Services.Select(service => service.Key).ShouldBe([1, 2]);
    }

    [Fact]
    public void Calls_CalleeGetsAnotherNameOrGoes_FollowIt()
    {
        var (caller, callee) = (_form.Add(new ServiceDraft { Name = "shop" }), _form.Add(new ServiceDraft { Name = "stock", IsInternal = true, Path = "/left-over", Access = { Authentication = RouteAuthentication.Cognito } }));
        caller.Calls.Add(callee.Key);

        callee.Name = "store";
        _form.Changed();
        _form.Specification.Services[0].Calls.ShouldBe(["store"]);
        // What an internal service does not show, it does not ask for.
        (_form.Specification.Services[1].Path, _form.Specification.Services[1].Authentication, _form.Specification.Services[1].IsPublic).ShouldBe(("", RouteAuthentication.None, false));

        _form.Remove(callee);
        _form.Specification.Services[0].Calls.ShouldBeEmpty();
    }

    [Fact]
    public void Variable_ThatIsWrong_IsNamedAtItsOwnField()
    {
        var service = _form.Add(new ServiceDraft { Name = "shop" });
        service.Variables.AddRange([new VariableDraft { Name = "LOG_LEVEL", Value = "info" }, new VariableDraft { Name = "log level", Value = "${nobody.knows}" }]);
        _form.Changed();
        _form.Leave(FormStep.Services);

        var (name, value) = (_form.ErrorAt("services[0].variables[1].name")!, _form.ErrorAt("services[0].variables[1].value")!);

        (name.Value, value.Value).ShouldBe(("log level", "${nobody.knows}"));
        _form.IdOf(name.Field).ShouldBe("field-service-1-variables-1-name");
        Blockers.Place(name.Field, _form).ShouldBe("shop, name of a variable");
        _form.ErrorAt("services[0].variables[0].name").ShouldBeNull();
    }

    [Fact]
    public void ClientAndRoute_ThatAreWrong_AreNamedAtTheirOwnFields()
    {
        _form.Draft.Edge.Clients.AddRange([new ClientDraft { Name = "web-shop" }, new ClientDraft { Name = "Mobile App", MonthlyQuota = "all" }]);
        var service = _form.Add(new ServiceDraft { Name = "shop" });
        service.Access.Routes.AddRange([new RouteDraft { Path = "/{id}" }, new RouteDraft { Path = "id", ThrottleRate = "0" }]);
        _form.Changed();
        _form.Leave(FormStep.Network);
        _form.Leave(FormStep.Services);

        var (name, quota, path, rate) = (_form.ErrorAt("edge.clients[1].name")!, _form.ErrorAt("edge.clients[1].monthlyQuota")!, _form.ErrorAt("services[0].routes[1].path")!, _form.ErrorAt("services[0].routes[1].throttleRate")!);

        (name.Value, quota.Value, path.Value, rate.Value).ShouldBe(("Mobile App", "all", "id", "0"));
        (_form.IdOf(name.Field), _form.IdOf(path.Field)).ShouldBe(("field-edge-clients-1-name", "field-service-1-routes-1-path"));
        (Blockers.Place(name.Field, _form), Blockers.Place(path.Field, _form)).ShouldBe(("Name of a client", "shop, path of a route"));
        (FormSteps.Of(name.Field), _form.ErrorAt("edge.clients[0].name"), _form.ErrorAt("services[0].routes[0].path")).ShouldBe((FormStep.Network, null, null));
    }

    [Theory]
    [InlineData(EnvironmentClass.Development)]
    [InlineData(EnvironmentClass.Staging)]
    [InlineData(EnvironmentClass.Production)]
    public void Choose_AnotherClassAndBack_GivesTheSameForm(EnvironmentClass chosen)
    {
        var draft = DraftDefaults.Blank(Samples.Catalog);
        DraftDefaults.Choose(draft, chosen, Samples.Catalog);
        var first = draft.ToJson();

        foreach (var other in Enum.GetValues<EnvironmentClass>())
            DraftDefaults.Choose(draft, other, Samples.Catalog);
        DraftDefaults.Choose(draft, chosen, Samples.Catalog);

        draft.ToJson().ShouldBe(first);
    }

    [Fact]
    public void Blank_BeforeAClassIsChosen_IsWhatItsClassGives()
    {
        var blank = DraftDefaults.Blank(Samples.Catalog);
        var before = blank.ToJson();

        DraftDefaults.Choose(blank, blank.Class, Samples.Catalog);

        blank.ToJson().ShouldBe(before);
        blank.Size.ShouldBe(Samples.Catalog.ClassOf(blank.Class).ClusterSize);
    }

    [Fact]
    public void Add_OneServiceTooMany_IsSaidAtOnceWithTheLimit()
    {
        for (var number = 0; number <= SpecificationValidator.MaxServices; number++)
            _form.Add(new ServiceDraft { Name = $"service-{number}", Image = "nginx", Path = $"/path-{number}" });

        _form.ErrorAt("services").ShouldNotBeNull().Message.ShouldContain("50 at most");
        Blockers.Of(_form, null, isCurrent: false).Single(blocker => blocker.Field == "services").Text.ShouldBe($"Services: {_form.ErrorAt("services")!.Message}");
    }

    [Fact]
    public void Errors_AreInTheOrderOfTheForm()
    {
        _form.Draft.KubernetesVersion = "x";
        _form.Draft.Stage = "?";
        _form.Add(new ServiceDraft());

        _form.Errors.Select(error => FormSteps.Of(error.Field)).ShouldBeInOrder();
    }

    [Theory]
    [InlineData("environment", FormStep.Environment)]
    [InlineData("target", FormStep.Environment)]
    [InlineData("network.cidr", FormStep.Network)]
    [InlineData("edge.throttleRate", FormStep.Network)]
    [InlineData("cluster.kubernetesVersion", FormStep.Cluster)]
    [InlineData("services", FormStep.Services)]
    [InlineData("services[12].stores[0].options.MinCapacity", FormStep.Services)]
    public void Of_Field_NamesItsStep(string field, FormStep step) => FormSteps.Of(field).ShouldBe(step);

    [Theory]
    [InlineData("services", FormStep.Services)]
    [InlineData(null, FormStep.Environment)]
    [InlineData("nonsense", FormStep.Environment)]
    public void Parse_Slug_FallsBackToTheFirstStep(string? slug, FormStep step) => FormSteps.Parse(slug).ShouldBe(step);
}
