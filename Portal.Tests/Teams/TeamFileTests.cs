using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Core.Teams;

namespace Portal.Tests.Teams;

public sealed class TeamFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portal-teams-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Read_AsItComes_ShowsEverythingToEverybodyAndLimitsNobody()
    {
        var policy = TeamFile.Read(Path.Combine(TemplateSet.Locate(null), "catalog"));

        policy.Visibility.ShouldBe(Visibility.Open);
        policy.Limits.ShouldBeEmpty();
        policy.RaisedBy.ShouldBe(["Ops", "Admin"]);
    }

    [Fact]
    public void Read_Limits_AreOfTeamsAndClasses()
    {
        var policy = Read("""
            visibility: team
            raisedBy: [Admin]
            limits:
              - { id: small, title: Small things, class: [development, staging], environments: 3 }
              - { id: shop, title: The shop, team: [shop], monthly: 5000.50 }
            """);

        policy.Visibility.ShouldBe(Visibility.Team);
        policy.Limits[0].ShouldSatisfyAllConditions(
            limit => limit.Classes.ShouldBe([EnvironmentClass.Development, EnvironmentClass.Staging]),
            limit => (limit.Environments, limit.Monthly).ShouldBe((3, null)),
            limit => limit.IsFor("anybody").ShouldBeTrue(),
            limit => limit.Counts(EnvironmentClass.Production).ShouldBeFalse());
        policy.Limits[1].ShouldSatisfyAllConditions(
            limit => limit.Monthly.ShouldBe(5000.50m),
            limit => limit.IsFor("shop").ShouldBeTrue(),
            limit => limit.IsFor("").ShouldBeFalse(),
            limit => limit.Counts(EnvironmentClass.Production).ShouldBeTrue());
    }

    [Theory]
    [InlineData("visibility: closed\nraisedBy: [Ops]", "visibility")]
    [InlineData("visibility: open\nraisedBy: [Boss]", "raisedBy")]
    [InlineData("visibility: open\nraisedBy: [Ops]\nlimits:\n  - { id: none, title: Nothing }", "environments")]
    [InlineData("visibility: open\nraisedBy: [Ops]\nlimits:\n  - { id: some, title: Some, environments: 0 }", "environments")]
    [InlineData("visibility: open\nraisedBy: [Ops]\nlimits:\n  - { id: some, title: Some, environments: 1, class: [huge] }", "class")]
    [InlineData("visibility: open\nlimits:\n  - { id: some, title: Some, environments: 1 }", "raisedBy")]
    [InlineData("visibility: open\nraisedBy: [Ops]\nlimts: []", "limts")]
    public void Read_Fault_NamesItsKey(string text, string key) =>
        Should.Throw<InvalidDataException>(() => Read(text)).Message.ShouldContain(key);

    private TeamPolicy Read(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "teams.yaml"), text);
        return TeamFile.Read(_folder.FullName);
    }
}
