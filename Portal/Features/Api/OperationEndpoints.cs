using System.Globalization;
using Microsoft.OpenApi;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Security;

namespace Portal.Features.Api;

/// <summary>/operations.</summary>
internal static class OperationEndpoints
{
    private const string One = "/operations/{id:guid}";

    public static QueryParameter After { get; } = new("after", "Number of the last event that was read; 0 for all. Last-Event-ID says the same.", JsonSchemaType.Integer);

    public static void MapOperations(this RouteGroupBuilder api)
    {
        api.MapGet(One, async (Guid id, HttpContext http, OperationsApi operations, CancellationToken token) => (await operations.FindAsync(ApiEndpoints.Who(http), id, token)).ToResult())
            .Says<OperationAnswer>("getOperation", "One operation with its steps, how far it is and how long yet.");
        api.MapGet($"{One}/steps", async (Guid id, HttpContext http, OperationsApi operations, CancellationToken token) =>
                (await operations.FindAsync(ApiEndpoints.Who(http), id, token)).ToResult(operation => TypedResults.Ok(operation.Steps)))
            .Says<IReadOnlyList<StepAnswer>>("listSteps", "Its steps, in plan order.");
        api.MapPost($"{One}/cancel", CancelAsync).TakesJson<CancelBody>(optional: true).Does(TokenScope.Request)
            .Says<OperationAnswer>("cancelOperation", "Starts nothing new; what runs comes to its end first.");
        api.MapPost($"{One}/retry", RetryAsync).TakesJson<GoOnBody>(optional: true).Does(TokenScope.Request).Says<OperationAnswer>("retryOperation", "Goes on from the steps that did not succeed.");
        api.MapPost($"{One}/undo-plan", async (Guid id, HttpContext http, OperationsApi operations, CancellationToken token) => (await operations.PlanUndoAsync(ApiEndpoints.Who(http), id, token)).ToResult())
            .Wants(TokenScope.Request).Says<UndoAnswer>("planUndo", "What rolling back what failed would do. Begins nothing.");
        api.MapPost($"{One}/undo", UndoAsync).TakesJson<GoOnBody>(optional: true).Does(TokenScope.Request)
            .Says<Begun>("undoOperation", "Rolls back what failed: what it half made goes, what it half changed becomes what it was.", StatusCodes.Status202Accepted);
        api.MapPost($"{One}/withdraw", async (Guid id, HttpContext http, OperationsApi operations, CancellationToken token) => (await operations.WithdrawAsync(ApiEndpoints.Who(http), id, token)).ToResult())
            .Does(TokenScope.Request).Says<Begun>("withdrawOperation", "Takes what waits for its turn out of the environment's line; the id is that of its place there.");
        api.MapGet($"{One}/events", EventsAsync).Takes(TakesQuery.Cursor, TakesQuery.Limit).Says<Piece<EventAnswer>>("listOperationEvents", "What happened in it, newest first.");
        api.MapGet($"{One}/events/stream", StreamAsync).Takes(After)
            .Says("watchOperation", "What happens in it, as it does, and an event 'end' with which the stream ends: Server-Sent Events.", "text/event-stream");
    }

    public static string UrlOf(Guid id) => FormattableString.Invariant($"{ApiEndpoints.Prefix}/operations/{id}");

    public static long ReadAfter(HttpContext http, QueryValues query)
    {
        var after = query.Number("after", 0, long.MaxValue / 2);
        return after ?? (long.TryParse(http.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && last < long.MaxValue / 2 ? last : 0);
    }

    private static async Task<IResult> CancelAsync(Guid id, HttpContext http, OperationsApi operations, CancellationToken token)
    {
        var read = await Bodies.ReadAsync(http, new CancelBody());
        return read.Refusal is { } refusal ? refusal.ToResult() : (await operations.CancelAsync(ApiEndpoints.Who(http), id, read.Value!.Seen, token)).ToResult();
    }

    private static async Task<IResult> RetryAsync(Guid id, HttpContext http, OperationsApi operations, CancellationToken token)
    {
        var read = await Bodies.ReadAsync(http, new GoOnBody());
        return read.Refusal is { } refusal ? refusal.ToResult() : (await operations.RetryAsync(ApiEndpoints.Who(http), id, read.Value!, token)).ToResult();
    }

    private static async Task<IResult> UndoAsync(Guid id, HttpContext http, OperationsApi operations, CancellationToken token)
    {
        var read = await Bodies.ReadAsync(http, new GoOnBody());
        return read.Refusal is { } refusal ? refusal.ToResult() : (await operations.UndoAsync(ApiEndpoints.Who(http), id, read.Value!, token)).ToResult(begun => TypedResults.Accepted(UrlOf(begun.Id), begun));
    }

    private static async Task<IResult> EventsAsync(Guid id, HttpContext http, OperationsApi operations, EnvironmentsApi environments, CancellationToken token)
    {
        var query = new QueryValues(http);
        var (before, limit) = (query.CursorNumber(), query.Limit);
        return await OfAsync(id, http, operations, query, async environment =>
            TypedResults.Ok(await environments.EventsAsync(ApiEndpoints.Who(http), environment, new EventFilter { Operation = id }, before, limit, token)), token);
    }

    private static async Task<IResult> StreamAsync(Guid id, HttpContext http, OperationsApi operations, EventStream stream, CancellationToken token)
    {
        var query = new QueryValues(http);
        var after = ReadAfter(http, query);
        return await OfAsync(id, http, operations, query, environment => Task.FromResult<IResult>(new Streamed(context => stream.WriteAsync(context, environment, after, id))), token);
    }

    private static async Task<IResult> OfAsync(Guid id, HttpContext http, OperationsApi operations, QueryValues query, Func<Guid, Task<IResult>> show, CancellationToken token)
    {
        if (query.Refusal is { } refusal)
            return refusal.ToResult();
        var environment = await operations.EnvironmentAsync(ApiEndpoints.Who(http), id, token);
        return environment.Refusal is { } missing ? missing.ToResult() : await show(environment.Value);
    }
}
