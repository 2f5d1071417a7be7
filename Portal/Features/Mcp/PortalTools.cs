using System.ComponentModel;
using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Features.Api;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Mcp;

/// <summary>
/// What an engineer's assistant may do in their place: the API's own calls as tools. Approving and destroying are tools only where the token has
/// the scope (<see cref="McpExtensions"/> leaves them out elsewhere, and the use case says no).
/// </summary>
[McpServerToolType]
internal sealed class PortalTools(
    IHttpContextAccessor http, RequestsApi requests, EnvironmentsApi environments, OperationsApi operations, EnvironmentFeed feed, TimeProvider clock)
{
    public const string Approve = "approve_request";
    public const string Reject = "reject_request";
    public const string Propose = "propose_change";
    public const string TakeBack = "take_back_proposal";
    public const string Destroy = "request_destruction";

    private const int MostEvents = 50;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(25);

    private const string Document = "The whole specification as YAML: apiVersion: portal/v1, kind: Environment, spec: …";

    private Actor Who => TokenHandler.HolderOf(http.HttpContext!).Actor;

    [McpServerTool(Name = "whoami", ReadOnly = true), Description("Whom you act for, and what this token may.")]
    public Me WhoAmI() => ApiExtensions.Me(TokenHandler.HolderOf(http.HttpContext!));

    [McpServerTool(Name = "get_catalogue", ReadOnly = true), Description("What can be asked for: classes, cluster sizes, Kubernetes versions, kinds of data stores with their options and the variables they give.")]
    public Catalogue GetCatalogue() => environments.Catalogue();

    [McpServerTool(Name = "list_targets", ReadOnly = true), Description("Where environments may live, each with a network (CIDR) that is free there.")]
    public Task<IReadOnlyList<Target>> ListTargetsAsync(CancellationToken cancellationToken) => environments.TargetsAsync(Who, cancellationToken);

    [McpServerTool(Name = "get_specification_schema", ReadOnly = true), Description("JSON Schema of a specification.")]
    public static string GetSchema() => SpecificationYaml.Schema();

    [McpServerTool(Name = "plan_environment", ReadOnly = true), Description("What a new environment would be: steps, cost, time, who would have to agree; or every field that needs mending. Asks for nothing.")]
    public async Task<CallToolResult> PlanAsync([Description(Document)] string specification, CancellationToken cancellationToken, [Description("Whose it would be; leave out for your only team.")] string? team = null) =>
        await WithAsync(specification, read => requests.PlanAsync(Who, read, new AskedFor(team), cancellationToken));

    [McpServerTool(Name = "plan_change", ReadOnly = true), Description("What it would do to an environment to become so, in plain words, and whether data would be lost. Asks for nothing.")]
    public async Task<CallToolResult> PlanChangeAsync([Description("Of the environment.")] string name, [Description(Document)] string specification, CancellationToken cancellationToken) =>
        await WithAsync(specification, read => environments.PlanChangeAsync(Who, name, read, cancellationToken));

    [McpServerTool(Name = "request_environment", Destructive = false), Description("Asks for a new environment. People approve it, unless a rule needs nobody.")]
    public async Task<CallToolResult> RequestAsync([Description(Document)] string specification, CancellationToken cancellationToken, [Description("Whose it is to be; leave out for your only team.")] string? team = null) =>
        await WithAsync(specification, read => requests.SubmitAsync(Who, read, new AskedFor(team), Guid.CreateVersion7(), cancellationToken));

    [McpServerTool(Name = "request_change"), Description("Asks for an environment to become so. What would lose data wants the scope destroy, and the name as confirmation, which a person has to have given you.")]
    public async Task<CallToolResult> RequestChangeAsync(
        [Description("Of the environment.")] string name, [Description(Document)] string specification, CancellationToken cancellationToken,
        [Description("The environment's name, where data would be lost; only if a person said so.")] string confirm = "") =>
        await WithAsync(specification, read => environments.ChangeAsync(Who, name, read, confirm, ofVersion: null, cancellationToken));

    [McpServerTool(Name = "list_environments", ReadOnly = true), Description("Environments by name, 25 at a time.")]
    public Task<Piece<EnvironmentLine>> ListEnvironmentsAsync(CancellationToken cancellationToken, [Description("Part of the name.")] string? search = null, [Description("Only your own.")] bool mine = false) =>
        environments.ListAsync(Who, new EnvironmentFilter { Search = Clean(search), Mine = mine }, cancellationToken);

    [McpServerTool(Name = "get_environment", ReadOnly = true), Description("One environment as it is now: state, health and why, address, what failed and why.")]
    public async Task<CallToolResult> GetEnvironmentAsync([Description("Of the environment.")] string name, CancellationToken cancellationToken) =>
        Said(await environments.FindAsync(Who, name, cancellationToken), view => view.ToAnswer());

    [McpServerTool(Name = "get_environment_specification", ReadOnly = true), Description("What an environment is to be, as YAML: what a change begins with.")]
    public async Task<CallToolResult> GetSpecificationAsync([Description("Of the environment.")] string name, CancellationToken cancellationToken) =>
        Said(await environments.FindAsync(Who, name, cancellationToken), view => new Written(SpecificationYaml.Write(view.Snapshot.Specification)));

    [McpServerTool(Name = "list_requests", ReadOnly = true), Description("Requests, newest first, 25 at a time.")]
    public Task<Piece<RequestLine>> ListRequestsAsync(CancellationToken cancellationToken, [Description("Only those in that state.")] RequestState? state = null, [Description("Only your own.")] bool mine = false) =>
        requests.ListAsync(Who, new RequestFilter { State = state, Mine = mine, PageSize = 25 }, cancellationToken);

    [McpServerTool(Name = "get_request", ReadOnly = true), Description("One request with its plan, and who has to agree yet.")]
    public async Task<CallToolResult> GetRequestAsync([Description("Of the request.")] long number, CancellationToken cancellationToken) => Said(await requests.FindAsync(Who, number, cancellationToken), value => value);

    [McpServerTool(Name = "withdraw_request", Destructive = false), Description("Takes your own request back.")]
    public async Task<CallToolResult> WithdrawAsync([Description("Of the request.")] long number, CancellationToken cancellationToken) => Said(await requests.WithdrawAsync(Who, number, cancellationToken), value => value);

    [McpServerTool(Name = "get_operation", ReadOnly = true), Description("An operation with its steps, how far it is and how long yet.")]
    public async Task<CallToolResult> GetOperationAsync([Description("Of the operation.")] Guid id, CancellationToken cancellationToken) => Said(await operations.FindAsync(Who, id, cancellationToken), value => value);

    [McpServerTool(Name = "watch_environment", ReadOnly = true), Description("Waits up to 25 seconds for something to happen, and tells what has since the event you saw last. Call it again with the number of the newest.")]
    public async Task<CallToolResult> WatchAsync(
        [Description("Of the environment.")] string name, CancellationToken cancellationToken, [Description("Number of the newest event you have seen; 0 for the newest there are, at once.")] long after = 0)
    {
        var found = await environments.IdAsync(Who, name, cancellationToken);
        if (found.IsRefused)
            return Said(found, id => id);
        var id = found.Value;
        using var changes = feed.Watch(id);
        var began = clock.GetTimestamp();
        while (true)
        {
            var events = (await environments.EventsAsync(Who, id, new EventFilter(), before: null, MostEvents, cancellationToken)).Items.Where(one => one.Number > after).Reverse().ToList();
            if (events.Count > 0 || after == 0 || !await ChangesAsync(changes, s_longest - clock.GetElapsedTime(began), cancellationToken))
                return Said(await environments.FindAsync(Who, name, cancellationToken), view => new Watched(view.ToAnswer(), events));
        }
    }

    [McpServerTool(Name = Approve), Description("Agrees to a request that is yours to decide. Read its plan before; a person has to have told you to.")]
    public async Task<CallToolResult> ApproveAsync(
        [Description("Of the request.")] long number, [Description("planHash of the request as you read it.")] string planHash, CancellationToken cancellationToken, string? comment = null) =>
        Said(await requests.DecideAsync(Who, number, Verdict.Approve, planHash, comment, cancellationToken), value => value);

    [McpServerTool(Name = Reject), Description("Turns a request down that is yours to decide. A person has to have told you to.")]
    public async Task<CallToolResult> RejectAsync(
        [Description("Of the request.")] long number, [Description("planHash of the request as you read it.")] string planHash, [Description("Why: the requester has to know what to change.")] string comment,
        CancellationToken cancellationToken) => Said(await requests.DecideAsync(Who, number, Verdict.Reject, planHash, comment, cancellationToken), value => value);

    [McpServerTool(Name = Propose), Description("Sends a request that is yours to decide back to its requester as it might be approved. A person has to have told you to; whoever proposes what is accepted does not decide on it.")]
    public async Task<CallToolResult> ProposeAsync(
        [Description("Of the request.")] long number, [Description(Document)] string specification, [Description("Why: the requester has to know it to agree.")] string reason, CancellationToken cancellationToken) =>
        Said(await requests.ProposeAsync(Who, number, new ProposalBody(reason, specification), planHash: null, Guid.CreateVersion7(), cancellationToken), value => value);

    [McpServerTool(Name = "accept_proposal"), Description("Asks for what an approver proposed in place of your own request; get_request tells of it. What would lose data wants the scope destroy, and the name as confirmation, which a person has to have given you.")]
    public async Task<CallToolResult> AcceptAsync(
        [Description("Of the request.")] long number, [Description("Of the proposal.")] long proposal, CancellationToken cancellationToken,
        [Description("The environment's name, where data would be lost; only if a person said so.")] string confirm = "") => Said(await requests.AcceptAsync(Who, number, proposal, confirm, cancellationToken), value => value);

    [McpServerTool(Name = "decline_proposal", Destructive = false), Description("Leaves your own request as you asked for it, in place of what an approver proposed.")]
    public async Task<CallToolResult> DeclineAsync(
        [Description("Of the request.")] long number, [Description("Of the proposal.")] long proposal, [Description("Why not.")] string reason, CancellationToken cancellationToken) =>
        Said(await requests.DeclineAsync(Who, number, proposal, reason, cancellationToken), value => value);

    [McpServerTool(Name = TakeBack, Destructive = false), Description("Takes back what you proposed in place of a request, while nobody has answered it.")]
    public async Task<CallToolResult> TakeBackAsync([Description("Of the request.")] long number, [Description("Of the proposal.")] long proposal, CancellationToken cancellationToken) =>
        Said(await requests.TakeBackAsync(Who, number, proposal, cancellationToken), value => value);

    [McpServerTool(Name = Destroy, Destructive = true), Description("Asks for the end of an environment and all its data. A person has to have told you its name as confirmation.")]
    public async Task<CallToolResult> DestroyAsync([Description("Of the environment.")] string name, [Description("The name again, as a person said it.")] string confirm, CancellationToken cancellationToken) =>
        Said(await environments.DestroyAsync(Who, name, confirm, cancellationToken), value => value);

    private static string? Clean(string? text) => text is null ? null : PlainText.Clean(text);

    private static async Task<CallToolResult> WithAsync<T>(string specification, Func<Specification, Task<Outcome<T>>> ask)
    {
        var read = SpecificationYaml.Read(specification);
        return read.IsRefused ? Said(read, value => value) : Said(await ask(read.Value!), value => value);
    }

    // An assistant reads the sentence and mends what it says: no fault, hence no exception.
    private static CallToolResult Said<T, TAnswer>(Outcome<T> outcome, Func<T, TAnswer> say)
    {
        if (outcome.Refusal is not { } refusal)
            return Text(JsonSerializer.Serialize(say(outcome.Value!), Bodies.Json));
        var problem = refusal.ToProblem();
        var text = problem.Errors is { Count: > 1 } errors ? $"{problem.Detail}\n{string.Join('\n', errors.Select(error => $"{error.Field}: {error.Message}"))}" : problem.Detail;
        return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = text }] };
    }

    private static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };

    private async Task<bool> ChangesAsync(Subscription<EnvironmentSnapshot?> changes, TimeSpan longest, CancellationToken cancellationToken)
    {
        if (longest <= TimeSpan.Zero)
            return false;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = clock.CreateTimer(_ => ends.Cancel(), null, longest, Timeout.InfiniteTimeSpan);
        try
        {
            await changes.Values.ReadAsync(ends.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <param name="Events">Oldest first.</param>
public sealed record Watched(EnvironmentAnswer Environment, IReadOnlyList<EventAnswer> Events);

/// <param name="Yaml">The specification.</param>
public sealed record Written(string Yaml);
