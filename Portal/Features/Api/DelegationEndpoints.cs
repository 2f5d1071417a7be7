using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>/delegations: who decides in whose place while they are away.</summary>
internal static class DelegationEndpoints
{
    public static void MapDelegations(this RouteGroupBuilder api)
    {
        api.MapGet("/delegations", async (HttpContext http, DelegationsApi delegations, CancellationToken token) => TypedResults.Ok(await delegations.ListAsync(ApiEndpoints.Who(http), token)))
            .Says<DelegationsAnswer>("listDelegations", "Who decides in the place of whom the token acts for, and in whose place they decide, now or later.");
        api.MapGet("/delegations/people", PeopleAsync).Takes(new QueryParameter("search", "Part of the name."))
            .Says<IReadOnlyList<PersonAnswer>>("listStandIns", $"Who could decide in their place, by name; the first {DelegationQueries.MostPeople}.");
        api.MapPost("/delegations", CreateAsync).TakesJson<DelegationBody>().Does(TokenScope.Approve)
            .Says<Delegated>("createDelegation", "Has somebody else decide from one day to another, both included, in UTC.", StatusCodes.Status201Created);
        api.MapPost("/delegations/{id:guid}/end", async (Guid id, HttpContext http, DelegationsApi delegations, CancellationToken token) => (await delegations.EndAsync(ApiEndpoints.Who(http), id, token)).ToResult())
            .Does(TokenScope.Approve).Says<Delegated>("endDelegation", "Decides for oneself again.");
    }

    private static async Task<IResult> PeopleAsync(HttpContext http, DelegationsApi delegations, CancellationToken token)
    {
        var query = new QueryValues(http);
        var search = query.Text("search");
        return query.Refusal is { } refusal ? refusal.ToResult() : TypedResults.Ok(await delegations.PeopleAsync(ApiEndpoints.Who(http), search ?? "", token));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, DelegationsApi delegations, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<DelegationBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult()
            : (await delegations.CreateAsync(ApiEndpoints.Who(http), read.Value!, token)).ToResult(made => TypedResults.Created($"{ApiEndpoints.Prefix}/delegations", made));
    }
}
