using System.Globalization;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Features.Environments;

namespace Portal.Features.Api;

/// <summary>/environments.</summary>
internal static class EnvironmentEndpoints
{
    private const string One = "/environments/{name}";

    private const string TheVersion = "The environment's ETag, the version of its specification that the change was made from.";

    public static void MapEnvironments(this RouteGroupBuilder api)
    {
        api.MapGet("/environments", ListAsync)
            .Takes(
                TakesQuery.Cursor, TakesQuery.Limit, QueryParameter.Of<EnvironmentGroup>("state", "Only those; all that exist where it is not said."), new QueryParameter("target", "Only those in that target."),
                new QueryParameter("search", "Part of the name."), new QueryParameter("mine", "Only those of whom the token acts for.", Microsoft.OpenApi.JsonSchemaType.Boolean))
            .Says<Piece<EnvironmentLine>>("listEnvironments", "Environments, by name.");
        api.MapGet(One, FindAsync).Says<EnvironmentAnswer>("getEnvironment", "One environment, the newest that bears the name. Its ETag is its specification's version.");
        api.MapGet($"{One}/specification", SpecificationAsync).Says("getSpecification", "What it is to be, as a file.", Bodies.Yaml[0]);
        api.MapGet($"{One}/topology", (string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) => ShowAsync(name, http, environments, view => view.Topology.ToAnswer(), token))
            .Says<TopologyAnswer>("getTopology", "The live picture: boxes with their states, and what calls what.");
        api.MapGet($"{One}/outputs", (string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) => ShowAsync(name, http, environments, view => view.ToOutputs(), token))
            .Says<Outputs>("getOutputs", "Where it is reached, and what its stacks gave out.");
        api.MapGet($"{One}/health", (string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) => ShowAsync(name, http, environments, view => view.ToHealth(), token))
            .Says<HealthAnswer>("getHealth", "What is observed of it, and why it is degraded.");
        api.MapGet($"{One}/events", EventsAsync)
            .Takes(
                TakesQuery.Cursor, TakesQuery.Limit, QueryParameter.Of<EventSeverity>("severity", "Only those."), new QueryParameter("step", "Only those of that step."),
                new QueryParameter("search", "Part of the sentence or the step's name."))
            .Says<Piece<EventAnswer>>("listEvents", "What happened, newest first.");
        api.MapGet($"{One}/events/stream", StreamAsync).Takes(OperationEndpoints.After)
            .Says("watchEnvironment", "What happens, as it does: Server-Sent Events whose id is the event's number; Last-Event-ID goes on.", "text/event-stream");
        api.MapGet($"{One}/resources", ResourcesAsync)
            .Takes(
                TakesQuery.Cursor, TakesQuery.Limit, new QueryParameter("step", "Only what that step made."), new QueryParameter("type", "Only those of that type, for example AWS::EC2::VPC or Kubernetes::Pod."),
                new QueryParameter("waiting", "Only those that cannot do their work yet, or any more.", Microsoft.OpenApi.JsonSchemaType.Boolean), new QueryParameter("search", "Part of name, type, id, state, reason or step."))
            .Says<Piece<ResourceAnswer>>("listResources", "Everything that was made for it, in stacks, in the cluster and at the load balancer, in the order of the steps.");
        api.MapGet($"{One}/operations", OperationsAsync).Takes(TakesQuery.Cursor, TakesQuery.Limit).Says<Piece<OperationLine>>("listOperations", "Its operations, newest first.");
        api.MapPost($"{One}/plans", PlanAsync).TakesSpecification().Wants(TokenScope.Request).Says<PlanAnswer>("planChange", "What a change to that specification would do. Files nothing.");
        api.MapPost($"{One}/destruction-plan", PlanDestructionAsync).Wants(TokenScope.Request).Says<PlanAnswer>("planDestruction", "What would go, in which order. Files nothing.");
        api.MapPost($"{One}/changes", ChangeAsync).TakesSpecification().Takes(new QueryParameter("confirm", "The environment's name, where data would be lost."))
            .TakesIfMatch(TheVersion).Does(TokenScope.Request)
            .Says<Filed>("changeEnvironment", "Asks for the environment to be as the specification says. What loses data wants the scope destroy.", StatusCodes.Status201Created);
        api.MapPost($"{One}/destroy", DestroyAsync).TakesJson<DestroyBody>().Does(TokenScope.Destroy)
            .Says<Filed>("destroyEnvironment", "Asks for its end.", StatusCodes.Status201Created);
        api.MapPost($"{One}/sleep", (string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) => BeginAsync(environments.SleepAsync(ApiEndpoints.Who(http), name, token)))
            .Does(TokenScope.Request).Says<Begun>("sleepEnvironment", "Has it rest; nothing of it is lost.", StatusCodes.Status202Accepted);
        api.MapPost($"{One}/wake", (string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) => BeginAsync(environments.WakeAsync(ApiEndpoints.Who(http), name, token)))
            .Does(TokenScope.Request).Says<Begun>("wakeEnvironment", "Has it run again.", StatusCodes.Status202Accepted);
        api.MapPost($"{One}/repair", (string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) => BeginAsync(environments.RepairAsync(ApiEndpoints.Who(http), name, token)))
            .Does(TokenScope.Request).Says<Begun>("repairEnvironment", "Makes it be as it was planned again; data that went with a store does not come back.", StatusCodes.Status202Accepted);
        api.MapPost($"{One}/keep", KeepAsync).TakesJson<KeepBody>().Does(TokenScope.Request).Says<Kept>("keepEnvironment", "Gives an environment that expires, or has expired, more days.");
        api.MapGet($"{One}/care", (string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) => ShowAsync(name, http, environments, view => view.ToCare(), token))
            .Says<Care>("getCare", "How long it lives, when it sleeps, and whether it is protected from its end.");
        api.MapPut($"{One}/care", CareAsync).TakesJson<Care>().Wants(TokenScope.Request).Says<Care>("setCare", "Sets all of that at once. Protection is lifted by people only.");
        api.MapPost($"{One}/hand-over", HandOverAsync).TakesJson<HandOver>().Does(TokenScope.Request).Says<HandOver>("handOverEnvironment", "Gives it to another team; nothing of it changes by that.");
        api.MapPost(One + "/services/{service}/run", (string name, string service, HttpContext http, EnvironmentsApi environments, CancellationToken token) =>
                BeginAsync(environments.RunAsync(ApiEndpoints.Who(http), name, service, token)))
            .Does(TokenScope.Request).Says<Begun>("runService", "One run of a scheduled job, now.", StatusCodes.Status202Accepted);
        api.MapPost(One + "/services/{service}/roll-back", RollBackAsync).TakesJson<RollBackBody>(optional: true)
            .Does(TokenScope.Request).Says<Begun>("rollBackService", "The image that it ran before.", StatusCodes.Status202Accepted);
        api.MapPost(One + "/services/{service}/restart", (string name, string service, HttpContext http, EnvironmentsApi environments, CancellationToken token) =>
                BeginAsync(environments.RestartAsync(ApiEndpoints.Who(http), name, service, token)))
            .Does(TokenScope.Request).Says<Begun>("restartService", "New pods of the same kind, a few at a time.", StatusCodes.Status202Accepted);
        api.MapPost(One + "/services/{service}/scale", ScaleAsync).TakesJson<ScaleBody>()
            .Does(TokenScope.Request).Says<Begun>("scaleService", "More or fewer pods.", StatusCodes.Status202Accepted);
    }

    public static string UrlOf(string name) => $"{ApiEndpoints.Prefix}/environments/{name}";

    private static async Task<IResult> ListAsync(HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var query = new QueryValues(http);
        var cursor = query.Cursor(parts: 2);
        var filter = new EnvironmentFilter
        {
            Group = query.Choice<EnvironmentGroup>("state"),
            Target = query.Text("target"),
            Search = query.Text("search"),
            Mine = query.Flag("mine"),
            After = cursor is [var name, var id] && Guid.TryParseExact(id, "D", out var after) ? (name, after) : null,
            PageSize = query.Limit,
        };
        return query.Refusal is { } refusal ? refusal.ToResult() : TypedResults.Ok(await environments.ListAsync(ApiEndpoints.Who(http), filter, token));
    }

    private static async Task<IResult> FindAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) =>
        (await environments.FindAsync(ApiEndpoints.Who(http), name, token)).ToResult(view => ApiEndpoints.Tagged(http, view.ToAnswer(), TagOf(view)));

    private static async Task<IResult> SpecificationAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) =>
        (await environments.FindAsync(ApiEndpoints.Who(http), name, token)).ToResult(view =>
        {
            http.Response.Headers.ETag = $"\"{TagOf(view)}\"";
            return TypedResults.Text(SpecificationYaml.Write(view.Snapshot.Specification), Bodies.Yaml[0]);
        });

    private static string TagOf(EnvironmentView view) => view.Snapshot.Version.ToString(CultureInfo.InvariantCulture);

    private static async Task<IResult> ShowAsync<T>(string name, HttpContext http, EnvironmentsApi environments, Func<EnvironmentView, T> show, CancellationToken token) =>
        (await environments.FindAsync(ApiEndpoints.Who(http), name, token)).ToResult(view => TypedResults.Ok(show(view)));

    private static async Task<IResult> EventsAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var query = new QueryValues(http);
        var filter = new EventFilter { Severity = query.Choice<EventSeverity>("severity"), Step = query.Text("step"), Search = query.Text("search") };
        var (before, limit) = (query.CursorNumber(), query.Limit);
        return await OfAsync(name, http, environments, query, async id => TypedResults.Ok(await environments.EventsAsync(ApiEndpoints.Who(http), id, filter, before, limit, token)), token);
    }

    private static async Task<IResult> ResourcesAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var query = new QueryValues(http);
        var list = new ResourceList(name) { Step = query.Text("step"), Type = query.Text("type"), Search = query.Text("search"), Ready = query.Flag("waiting") ? false : null };
        var (page, limit) = (query.CursorPage(), query.Limit);
        return query.Refusal is { } refusal ? refusal.ToResult() : (await environments.ResourcesAsync(ApiEndpoints.Who(http), list, page, limit, token)).ToResult();
    }

    private static async Task<IResult> OperationsAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var query = new QueryValues(http);
        var (ticks, limit) = (query.CursorNumber(), query.Limit);
        DateTimeOffset? before = ticks is { } at && at <= DateTimeOffset.MaxValue.Ticks ? new DateTimeOffset(at, TimeSpan.Zero) : null;
        return await OfAsync(name, http, environments, query, async id => TypedResults.Ok(await environments.OperationsAsync(ApiEndpoints.Who(http), id, before, limit, token)), token);
    }

    private static async Task<IResult> StreamAsync(string name, HttpContext http, EnvironmentsApi environments, EventStream stream, CancellationToken token)
    {
        var query = new QueryValues(http);
        var after = OperationEndpoints.ReadAfter(http, query);
        return await OfAsync(name, http, environments, query, id => Task.FromResult<IResult>(new Streamed(context => stream.WriteAsync(context, id, after, operation: null))), token);
    }

    private static async Task<IResult> OfAsync(string name, HttpContext http, EnvironmentsApi environments, QueryValues query, Func<Guid, Task<IResult>> show, CancellationToken token)
    {
        if (query.Refusal is { } refusal)
            return refusal.ToResult();
        var found = await environments.IdAsync(ApiEndpoints.Who(http), name, token);
        return found.Refusal is { } missing ? missing.ToResult() : await show(found.Value);
    }

    private static async Task<IResult> PlanAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var read = await Bodies.SpecificationAsync(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : (await environments.PlanChangeAsync(ApiEndpoints.Who(http), name, read.Value!, token)).ToResult();
    }

    private static async Task<IResult> PlanDestructionAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token) =>
        (await environments.PlanDestructionAsync(ApiEndpoints.Who(http), name, token)).ToResult();

    private static async Task<IResult> ChangeAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var query = new QueryValues(http);
        var confirm = query.Text("confirm") ?? "";
        var read = await Bodies.SpecificationAsync(http);
        var tag = ApiEndpoints.IfMatch(http);
        if ((query.Refusal ?? read.Refusal ?? tag.Refusal) is { } refusal)
            return refusal.ToResult();
        // A tag that no version has is of no version.
        int? version = tag.Value is null ? null : int.TryParse(tag.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 0;
        return Filed(await environments.ChangeAsync(ApiEndpoints.Who(http), name, read.Value!, confirm, version, token));
    }

    private static async Task<IResult> KeepAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<KeepBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : (await environments.KeepAsync(ApiEndpoints.Who(http), name, read.Value!.Days, token)).ToResult();
    }

    private static async Task<IResult> CareAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<Care>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : (await environments.CareAsync(ApiEndpoints.Who(http), name, read.Value!, token)).ToResult();
    }

    private static async Task<IResult> HandOverAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<HandOver>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : (await environments.HandOverAsync(ApiEndpoints.Who(http), name, read.Value!.Team, token)).ToResult();
    }

    private static async Task<IResult> RollBackAsync(string name, string service, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var read = await Bodies.ReadAsync(http, new RollBackBody());
        return read.Refusal is { } refusal ? refusal.ToResult() : await BeginAsync(environments.RollBackAsync(ApiEndpoints.Who(http), name, service, read.Value!.Image, token));
    }

    private static async Task<IResult> DestroyAsync(string name, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<DestroyBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : Filed(await environments.DestroyAsync(ApiEndpoints.Who(http), name, read.Value!.Confirm, token));
    }

    private static async Task<IResult> ScaleAsync(string name, string service, HttpContext http, EnvironmentsApi environments, CancellationToken token)
    {
        var read = await Bodies.ReadAsync<ScaleBody>(http);
        return read.Refusal is { } refusal ? refusal.ToResult() : await BeginAsync(environments.ScaleAsync(ApiEndpoints.Who(http), name, service, read.Value!.Replicas, token));
    }

    private static IResult Filed(Outcome<Filed> outcome) => outcome.ToResult(filed => TypedResults.Created(RequestEndpoints.UrlOf(filed.Number), filed));

    private static async Task<IResult> BeginAsync(Task<Outcome<Begun>> begin) => (await begin).ToResult(begun => TypedResults.Accepted(OperationEndpoints.UrlOf(begun.Id), begun));
}

/// <summary>An answer that is written as it comes about.</summary>
internal sealed class Streamed(Func<HttpContext, Task> write) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => write(httpContext);
}
