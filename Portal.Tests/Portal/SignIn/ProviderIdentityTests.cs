using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Portal.Infrastructure.SignIn;
using Portal.Tests.Worker;

namespace Portal.Tests.SignIn;

/// <summary>What Entra ID says of a person, and what it leaves for Graph to say.</summary>
public sealed class ProviderIdentityTests
{
    private const string Tenant = "11111111-1111-1111-1111-111111111111";

    [Theory]
    [InlineData("hasgroups", "true")]
    [InlineData("_claim_names", """{"groups":"src1"}""")]
    public async Task Actor_MoreGroupsThanTheTokenHolds_AreReadFromGraphPageByPage(string claim, string value)
    {
        StubServer graph = null!;
        graph = await StubServer.StartAsync((request, response) => response.WriteAsync(request.PathAndQuery.Contains("page=2", StringComparison.Ordinal)
            ? """{"value":[{"id":"ops-group"}]}"""
            : $$"""{"value":[{"id":"another"}],"@odata.nextLink":"{{graph.Url}}v1.0/me/transitiveMemberOf/microsoft.graph.group?page=2"}"""));
        await using var _ = graph;
        using var http = new HttpClient();
        var options = Options.Create(Entra(graph.Url + "v1.0/"));
        var identity = new ProviderIdentity(options, new GraphGroups(http, options));

        var actor = await identity.ActorAsync(User(("tid", Tenant), ("oid", "person"), ("name", "Pat"), (claim, value)), "the-token", default);

        actor.Subject.ShouldBe($"{Tenant}/person");
        actor.Roles.ShouldBe(["Ops"]);
        graph.Requests.Count.ShouldBe(2);
        graph.Requests.ShouldAllBe(request => request.Headers["Authorization"] == "Bearer the-token");
    }

    [Fact]
    public async Task Actor_NextPageAtAnotherHost_DoesNotGetTheToken()
    {
        await using var foreign = await StubServer.StartAsync((_, response) => response.WriteAsync("""{"value":[{"id":"ops-group"}]}"""));
        await using var graph = await StubServer.StartAsync((_, response) => response.WriteAsync($$"""{"value":[],"@odata.nextLink":"{{foreign.Url}}"}"""));
        using var http = new HttpClient();

        (await new GraphGroups(http, Options.Create(Entra(graph.Url + "v1.0/"))).GroupsAsync("the-token", default)).ShouldBeEmpty();

        foreign.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("22222222-2222-2222-2222-222222222222")]
    [InlineData(null)]
    public async Task Actor_OfATenantThatIsNotAllowed_IsRefused(string? tenant)
    {
        var options = Options.Create(Entra("https://graph.example/"));
        using var http = new HttpClient();
        var user = User(tenant is null ? [("oid", "person")] : [("tid", tenant), ("oid", "person"), ("groups", "ops-group")]);

        await Should.ThrowAsync<SignInRefusedException>(new ProviderIdentity(options, new GraphGroups(http, options)).ActorAsync(user, "t", default));
    }

    private static SignInOptions Entra(string graph)
    {
        var options = new SignInOptions
        {
            Method = "EntraId",
            EntraId = new EntraIdSettings { TenantId = "organizations", ClientId = "c", ClientSecret = "s", AllowedTenants = { Tenant }, GraphUrl = graph },
        };
        options.Roles["Ops"] = ["ops-group"];
        return options;
    }

    private static ClaimsPrincipal User(params (string Type, string Value)[] claims) => new(new ClaimsIdentity(claims.Select(claim => new Claim(claim.Type, claim.Value)), "test"));
}
