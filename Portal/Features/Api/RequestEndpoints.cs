using Portal.Core;
using Portal.Core.Approvals;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;

namespace Portal.Features.Api;

/// <summary>/plans and /requests.</summary>
internal static class RequestEndpoints
{
    private const string ThePlan = "The request's ETag, the hash of the plan that was read. Another plan than that is not decided on.";

    private static readonly QueryParameter s_team = new("team", "Whose the environment is to be; the only one of whom the token acts for where it is not said.");
    private static readonly QueryParameter s_goldenPath = new("goldenPath", "Id of the golden path that it keeps to.");

    public static void MapRequests(this RouteGroupBuilder api)
    {
        api.MapPost("/plans", PlanAsync).TakesSpecification().Takes(s_team, s_goldenPath).Wants(TokenScope.Request)
            .Says<PlanAnswer>("planEnvironment", "What a new environment would be: steps, cost, time, and who would have to agree; or every field that needs mending. Files nothing.");
        api.MapPost("/requests", SubmitAsync).TakesSpecification().Takes(s_team, s_goldenPath).Does(TokenScope.Request)
            .Says<Filed>("createRequest", "Asks for a new environment.", StatusCodes.Status201Created);
        api.MapGet("/requests", ListAsync)
            .Takes(
                TakesQuery.Cursor, TakesQuery.Limit, QueryParameter.Of<RequestState>("state", "Only those in that state."), new QueryParameter("target", "Only those for that target."),
                new QueryParameter("search", "Part of the environment's name."), new QueryParameter("mine", "Only those of whom the token acts for.", Microsoft.OpenApi.JsonSchemaType.Boolean))
            .Says<Piece<RequestLine>>("listRequests", "Requests, newest first.");
        api.MapGet("/requests/{number:long}", FindAsync).Says<RequestAnswer>("getRequest", "One request, with its plan. Its ETag is the plan's hash.");
        api.MapGet("/requests/{number:long}/specification", SpecificationAsync).Says("getRequestedSpecification", "What it asks for, as a file.", Bodies.Yaml[0]);
        api.MapPost("/requests/{number:long}/withdraw", WithdrawAsync).Does(TokenScope.Request).Says<RequestAnswer>("withdrawRequest", "Takes one's own request back.");
        api.MapPost("/requests/{number:long}/approve", (long number, HttpContext http, RequestsApi requests, CancellationToken token) => DecideAsync(number, Verdict.Approve, http, requests, token))
            .TakesJson<DecisionBody>(optional: true).TakesIfMatch(ThePlan).Does(TokenScope.Approve)
            .Says<Decided>("approveRequest", "Agrees to the plan that was read, named by If-Match or planHash.");
        api.MapPost("/requests/{number:long}/reject", (long number, HttpContext http, RequestsApi requests, CancellationToken token) => DecideAsync(number, Verdict.Reject, http, requests, token))
            .TakesJson<DecisionBody>().TakesIfMatch(ThePlan).Does(TokenScope.Approve)
            .Says<Decided>("rejectRequest", "Turns the request down, with a reason.");
        api.MapPost("/requests/{number:long}/proposals", ProposeAsync).TakesJson<ProposalBody>().TakesIfMatch("The request's ETag: what is proposed in place of another plan than that is refused.").Does(TokenScope.Approve)
            .Says<Proposed>("proposeChange", "Sends it back to its requester as it might be approved. It waits as it is meanwhile, and whoever proposes what is accepted does not decide on it.", StatusCodes.Status201Created);
        api.MapPost("/requests/{number:long}/proposals/{proposal:long}/accept", AcceptAsync).TakesJson<AcceptanceBody>(optional: true).Does(TokenScope.Request)
            .Says<Filed>("acceptProposal", "Asks for what is proposed in place of what was asked for: it is planned, and has to be approved, anew. What loses data wants the scope destroy.");
        api.MapPost("/requests/{number:long}/proposals/{proposal:long}/decline", DeclineAsync).TakesJson<DeclineBody>().Does(TokenScope.Request)
            .Says<RequestAnswer>("declineProposal", "Leaves it as it was asked for, with a reason.");
        api.MapPost("/requests/{number:long}/proposals/{proposal:long}/take-back", TakeBackAsync).Does(TokenScope.Approve)
            .Says<RequestAnswer>("takeBackProposal", "Takes one's own proposal back while nobody has answered it: the request waits as it was.");
        api.MapGet("/requests/{number:long}/comments", CommentsAsync).Takes(TakesQuery.Cursor, TakesQuery.Limit)
            .Says<Piece<CommentAnswer>>("listComments", "What was said about it: the newest piece first, each from its oldest entry on.");
        api.MapPost("/requests/{number:long}/comments", CommentAsync).TakesJson<CommentBody>().Does(TokenScope.Read)
            .Says<Said>("commentOnRequest", "Says something about it, asks its requester, or answers. Wants the scope request or approve.", StatusCodes.Status201Created);
        api.MapGet("/requests/{number:long}/rehearsals", RehearsalsAsync)
            .Says<IReadOnlyList<RehearsalAnswer>>("listRehearsals", "The newest rehearsals of its plan, newest first: not on AWS, but on an imitation of it.");
        api.MapPost("/requests/{number:long}/rehearsals", RehearseAsync).Does(TokenScope.Read)
            .Says<RehearsalStarted>("rehearseRequest", "Has its plan carried out on an imitation of AWS, and what came of it destroyed again. Wants the scope request or approve.", StatusCodes.Status201Created);
        api.MapPost("/rehearsals/{id:guid}/cancel", async (Guid id, HttpContext http, RehearsalsApi rehearsals, CancellationToken token) => (await rehearsals.CancelAsync(ApiEndpoints.Who(http), id, token)).ToResult())
            .Does(TokenScope.Read).Says<RehearsalStopped>("cancelRehearsal", "Ends a rehearsal that waits or runs; what it made is taken away. Wants the scope request or approve.");
        api.MapGet("/requests/{number:long}/needs", async (long number, HttpContext http, ApprovalsApi approvals, CancellationToken token) => (await approvals.OfRequestAsync(ApiEndpoints.Who(http), number, token)).ToResult())
            .Says<NeedsAnswer>("getNeeds", "Who has to agree to it, by which rules, and why each of them fits or does not.");
    }

    private static async Task<IResult> PlanAsync(HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var query = new QueryValues(http);
        var asked = new AskedFor(query.Text("team"), query.Text("goldenPath") ?? "");
        var read = await Bodies.SpecificationAsync(http);
        return (query.Refusal ?? read.Refusal) is { } refusal ? refusal.ToResult() : (await requests.PlanAsync(ApiEndpoints.Who(http), read.Value!, asked, token)).ToResult();
    }

    private static async Task<IResult> SubmitAsync(HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var query = new QueryValues(http);
        var asked = new AskedFor(query.Text("team"), query.Text("goldenPath") ?? "");
        var read = await Bodies.SpecificationAsync(http);
        return (query.Refusal ?? read.Refusal) is { } refusal ? refusal.ToResult()
            : (await requests.SubmitAsync(ApiEndpoints.Who(http), read.Value!, asked, IdempotencyFilter.IdOf(http), token)).ToResult(filed => TypedResults.Created(UrlOf(filed.Number), filed));
    }

    public static string UrlOf(long number) => FormattableString.Invariant($"{ApiEndpoints.Prefix}/requests/{number}");

    private static async Task<IResult> ListAsync(HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var query = new QueryValues(http);
        var filter = new RequestFilter
        {
            State = query.Choice<RequestState>("state"),
            Target = query.Text("target"),
            Search = query.Text("search"),
            Mine = query.Flag("mine"),
            Before = query.CursorNumber(),
            PageSize = query.Limit,
        };
        return query.Refusal is { } refusal ? refusal.ToResult() : TypedResults.Ok(await requests.ListAsync(ApiEndpoints.Who(http), filter, token));
    }

    private static async Task<IResult> FindAsync(long number, HttpContext http, RequestsApi requests, CancellationToken token) =>
        (await requests.FindAsync(ApiEndpoints.Who(http), number, token)).ToResult(request => ApiEndpoints.Tagged(http, request, request.PlanHash));

    private static async Task<IResult> SpecificationAsync(long number, HttpContext http, RequestsApi requests, CancellationToken token) =>
        (await requests.SpecificationAsync(ApiEndpoints.Who(http), number, token)).ToResult(specification => TypedResults.Text(SpecificationYaml.Write(specification), Bodies.Yaml[0]));

    private static async Task<IResult> WithdrawAsync(long number, HttpContext http, RequestsApi requests, CancellationToken token) =>
        (await requests.WithdrawAsync(ApiEndpoints.Who(http), number, token)).ToResult();

    private static async Task<IResult> DecideAsync(long number, Verdict verdict, HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var read = await Bodies.ReadAsync(http, new DecisionBody());
        var tag = ApiEndpoints.IfMatch(http);
        if ((read.Refusal ?? tag.Refusal) is { } refusal)
            return refusal.ToResult();
        return (tag.Value ?? read.Value!.PlanHash) is not { } hash
            ? new Unreadable("planHash", null, "Say which plan you read: If-Match with the request's ETag, or planHash.").ToResult()
            : (await requests.DecideAsync(ApiEndpoints.Who(http), number, verdict, hash, read.Value!.Comment, token)).ToResult();
    }

    private static async Task<IResult> ProposeAsync(long number, HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<ProposalBody>(http);
        var tag = ApiEndpoints.IfMatch(http);
        return (read.Refusal ?? tag.Refusal) is { } refusal ? refusal.ToResult()
            : (await requests.ProposeAsync(ApiEndpoints.Who(http), number, read.Value!, tag.Value, IdempotencyFilter.IdOf(http), token)).ToResult(made => TypedResults.Created(UrlOf(number), made));
    }

    private static async Task<IResult> AcceptAsync(long number, long proposal, HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var read = await Bodies.ReadAsync(http, new AcceptanceBody());
        return read.Refusal is { } refusal ? refusal.ToResult() : (await requests.AcceptAsync(ApiEndpoints.Who(http), number, proposal, read.Value!.Confirm, token)).ToResult();
    }

    private static async Task<IResult> DeclineAsync(long number, long proposal, HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<DeclineBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : (await requests.DeclineAsync(ApiEndpoints.Who(http), number, proposal, read.Value!.Reason, token)).ToResult();
    }

    private static async Task<IResult> TakeBackAsync(long number, long proposal, HttpContext http, RequestsApi requests, CancellationToken token) =>
        (await requests.TakeBackAsync(ApiEndpoints.Who(http), number, proposal, token)).ToResult();

    private static async Task<IResult> CommentsAsync(long number, HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var query = new QueryValues(http);
        var (page, limit) = (query.CursorPage(), query.Limit);
        return query.Refusal is { } refusal ? refusal.ToResult() : (await requests.CommentsAsync(ApiEndpoints.Who(http), number, page, limit, token)).ToResult();
    }

    private static async Task<IResult> CommentAsync(long number, HttpContext http, RequestsApi requests, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<CommentBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult()
            : (await requests.CommentAsync(ApiEndpoints.Who(http), number, read.Value!, IdempotencyFilter.IdOf(http), token)).ToResult(entry => TypedResults.Created($"{UrlOf(number)}/comments", new Said(entry)));
    }

    private static async Task<IResult> RehearsalsAsync(long number, HttpContext http, RehearsalsApi rehearsals, CancellationToken token) =>
        (await rehearsals.ListAsync(ApiEndpoints.Who(http), number, token)).ToResult();

    private static async Task<IResult> RehearseAsync(long number, HttpContext http, RehearsalsApi rehearsals, CancellationToken token) =>
        (await rehearsals.StartAsync(ApiEndpoints.Who(http), number, token)).ToResult(started => TypedResults.Created($"{UrlOf(number)}/rehearsals", started));
}
