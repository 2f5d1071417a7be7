using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Ctl;

/// <summary>What each command does. One JSON document, or words for people, to the output; how it goes to the other stream.</summary>
internal sealed class Commands(PortalClient portal, TextWriter output, TextWriter progress, bool json)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <param name="SpecificationText">As it is sent.</param>
    /// <param name="Name">Of the environment.</param>
    /// <param name="Team">Whose a new one is to be; null for the token's only one.</param>
    /// <param name="IsThere">Whether it is to be changed, and not made.</param>
    public sealed record Wanted(string SpecificationText, string Name, bool IsThere, string? ETag, string? Team);

    /// <summary>The file with what was said on the command line, and whether there is an environment of that name.</summary>
    public async Task<Wanted> ReadAsync(string text, string? name, IEnumerable<string> images, bool freeCidr, string? team, CancellationToken token)
    {
        var file = SpecificationFile.Read(text);
        if (name is not null)
            file.Name(name);
        foreach (var image in images)
        {
            if (image.Split('=', 2) is not [{ Length: > 0 } service, { Length: > 0 } of])
                throw new CommandException(ExitCodes.Usage, $"--image is '{image}'; it has to be SERVICE=IMAGE.");
            file.Image(service, of);
        }

        var found = file.Environment.Length == 0 ? null : await portal.GetAsync($"/environments/{Escape(file.Environment)}", token);
        // What was turned down or is gone leaves its name free.
        var isThere = found is { Problem: null } && found.Value["state"]!.ToString() is not ("Rejected" or "Destroyed");
        if (found?.Problem is { Status: not 404 } problem)
            throw problem.ToException();
        if (freeCidr)
            file.Cidr(isThere ? found!.Value["cidr"]!.ToString() : await FreeCidrAsync(file.Target, token));
        return new Wanted(file.ToString(), file.Environment, isThere, isThere ? found!.ETag : null, team);
    }

    public async Task<int> PlanAsync(Wanted wanted, CancellationToken token)
    {
        var plan = (await portal.PostYamlAsync(wanted.IsThere ? $"/environments/{Escape(wanted.Name)}/plans" : $"/plans{OfTeam(wanted)}", wanted.SpecificationText, null, token)).Value;
        await SayAsync(plan, () => PlanText(plan, wanted.IsThere ? $"Changes {wanted.Name}" : $"Makes {wanted.Name}"));
        return ExitCodes.Done;
    }

    /// <param name="confirm">The environment's name, where data would be lost.</param>
    public async Task<int> RequestAsync(Wanted wanted, string? confirm, string? key, bool wait, CancellationToken token)
    {
        var answer = wanted.IsThere
            ? await portal.PostYamlAsync($"/environments/{Escape(wanted.Name)}/changes{(confirm is null ? "" : $"?confirm={Escape(confirm)}")}", wanted.SpecificationText, key, token, wanted.ETag)
            : await portal.PostYamlAsync($"/requests{OfTeam(wanted)}", wanted.SpecificationText, key, token);
        if (answer.Problem is { Code: "nothing_to_change", Detail: var already })
        {
            await progress.WriteLineAsync(already);
            return await EnvironmentAsync(wanted.Name, token);
        }

        return await FiledAsync(answer.Value, wait, token);
    }

    public async Task<int> DestroyAsync(string name, string confirm, bool wait, CancellationToken token) =>
        await FiledAsync((await portal.PostAsync($"/environments/{Escape(name)}/destroy", new JsonObject { ["confirm"] = confirm }, token)).Value, wait, token);

    /// <param name="plan">Hash of the plan that was read; null for the one that is shown now.</param>
    public async Task<int> ApproveAsync(long number, string? plan, string? comment, CancellationToken token)
    {
        if (plan is null)
        {
            var request = (await portal.GetAsync(RequestPath(number), token)).Value;
            plan = request["planHash"]!.ToString();
            await progress.WriteLineAsync(PlanText(request["plan"]!, $"Request {number}: {request["kind"]} of {request["environment"]}, asked for by {request["requestedBy"]}"));
        }

        var decided = (await portal.PostAsync($"{RequestPath(number)}/approve", new JsonObject { ["planHash"] = plan, ["comment"] = comment }, token)).Value;
        await SayAsync(decided, () => decided["waits"] is { } waits ? $"Approved; {waits} to agree yet." : $"Approved; operation {decided["operationId"]} carries it out.");
        return ExitCodes.Done;
    }

    public async Task<int> RejectAsync(long number, string comment, CancellationToken token)
    {
        var request = (await portal.GetAsync(RequestPath(number), token)).Value;
        var decided = (await portal.PostAsync($"{RequestPath(number)}/reject", new JsonObject { ["planHash"] = request["planHash"]!.ToString(), ["comment"] = comment }, token)).Value;
        await SayAsync(decided, () => $"Rejected request {number}.");
        return ExitCodes.Done;
    }

    public async Task<int> ProposeAsync(long number, string specification, string reason, CancellationToken token)
    {
        var made = (await portal.PostAsync($"{RequestPath(number)}/proposals", new JsonObject { ["reason"] = reason, ["specification"] = specification }, token)).Value;
        await SayAsync(made, () => $"Proposed; request {number} waits for its requester to accept or decline it.");
        return ExitCodes.Done;
    }

    /// <param name="confirm">The environment's name, where data would be lost.</param>
    public async Task<int> AcceptAsync(long number, string? confirm, CancellationToken token)
    {
        var proposal = await ProposalAsync(number, token);
        var filed = (await portal.PostAsync($"{RequestPath(number)}/proposals/{proposal["number"]}/accept", new JsonObject { ["confirm"] = confirm ?? "" }, token)).Value;
        await SayAsync(filed, () => filed["isApproved"]!.GetValue<bool>() ? $"Accepted; request {number} needs nobody's approval and is being carried out." : $"Accepted; request {number} asks for it now, and waits for a decision.");
        return ExitCodes.Done;
    }

    public async Task<int> DeclineAsync(long number, string reason, CancellationToken token)
    {
        var proposal = await ProposalAsync(number, token);
        var request = (await portal.PostAsync($"{RequestPath(number)}/proposals/{proposal["number"]}/decline", new JsonObject { ["reason"] = reason }, token)).Value;
        await SayAsync(request, () => $"Declined; request {number} waits as it was asked for.");
        return ExitCodes.Done;
    }

    public async Task<int> TakeBackAsync(long number, CancellationToken token)
    {
        var proposal = await ProposalAsync(number, token);
        var request = (await portal.PostAsync($"{RequestPath(number)}/proposals/{proposal["number"]}/take-back", null, token)).Value;
        await SayAsync(request, () => $"Taken back; request {number} waits as it was asked for.");
        return ExitCodes.Done;
    }

    /// <param name="cancel">Ends the one that is open instead of asking for another.</param>
    /// <param name="wait">Until it is over: it says then whether what is asked for would come about, and all of it go again.</param>
    public async Task<int> RehearseAsync(long number, bool cancel, bool wait, CancellationToken token)
    {
        var path = $"{RequestPath(number)}/rehearsals";
        if (cancel)
        {
            var open = (await portal.GetAsync(path, token)).Value.AsArray().FirstOrDefault(one => one!["finishedAt"] is null) ?? throw new CommandException(ExitCodes.Refused, $"No rehearsal of request {number} is under way.");
            var stopped = (await portal.PostAsync($"/rehearsals/{open["id"]}/cancel", null, token)).Value;
            await SayAsync(stopped, () => $"The rehearsal of request {number} ends here.");
            return ExitCodes.Done;
        }

        var id = (await portal.PostAsync(path, null, token)).Value["id"]!.ToString();
        JsonNode one;
        while ((one = (await portal.GetAsync(path, token)).Value.AsArray().Single(each => each!["id"]!.ToString() == id)!)["finishedAt"] is null && wait)
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, token);
        await SayAsync(one, () => RehearsalText(one, number));
        return one["state"]!.ToString() is "Failed" or "Cancelled" ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static string RehearsalText(JsonNode one, long number)
    {
        var lines = new List<string> { $"Rehearsal of request {number}: {one["state"]}{(one["seconds"] is { } seconds ? $"; on AWS it would take {Math.Ceiling(seconds.GetValue<double>() / 60)} min" : "")}" };
        if (one["failure"] is { } failure)
            lines.Add($"  {failure["step"]}: {failure["message"]}{(failure["rootCause"] is { } cause ? $" {cause}" : "")}");
        if (one["trouble"] is { } trouble)
            lines.Add($"  {trouble}");
        lines.AddRange(one["notGone"]!.AsArray().Select(left => $"  still there afterwards: {left}"));
        return string.Join('\n', lines);
    }

    // What is answered is what is shown.
    private async Task<JsonNode> ProposalAsync(long number, CancellationToken token)
    {
        var request = (await portal.GetAsync(RequestPath(number), token)).Value;
        if (request["proposal"] is not { } proposal)
            throw new CommandException(ExitCodes.Refused, $"Nothing is proposed in place of request {number}.");
        await progress.WriteLineAsync(ProposalText(proposal));
        return proposal;
    }

    private static string ProposalText(JsonNode proposal)
    {
        var lines = new List<string> { $"{proposal["by"]} proposes: {proposal["reason"]}" };
        lines.AddRange(proposal["changes"]!.AsArray().Select(field => $"  {field!["field"]}: {field["before"] ?? "not said"} -> {field["after"] ?? "not said"}"));
        lines.Add(PlanText(proposal["plan"]!, "  What it would do"));
        return string.Join('\n', lines);
    }

    /// <summary>Watches what is under way in an environment to its end.</summary>
    public async Task<int> WatchAsync(string name, CancellationToken token)
    {
        var environment = (await portal.GetAsync($"/environments/{Escape(name)}", token)).Value;
        if (environment["operation"] is not { } operation)
            throw new CommandException(ExitCodes.Refused, $"Nothing is under way in {name}: request {environment["request"]} waits for a decision.");
        return await WatchOperationAsync(operation["id"]!.ToString(), token);
    }

    public async Task<int> EnvironmentAsync(string name, CancellationToken token)
    {
        var one = (await portal.GetAsync($"/environments/{Escape(name)}", token)).Value;
        await SayAsync(one, () => $"{one["name"]}  {one["state"]}  {one["health"]!["health"]}  version {one["version"]}  {one["url"]}".TrimEnd());
        return ExitCodes.Done;
    }

    public async Task<int> RequestAsync(long number, CancellationToken token)
    {
        var one = (await portal.GetAsync(RequestPath(number), token)).Value;
        await SayAsync(one, () => PlanText(one["plan"]!, $"Request {number}: {one["kind"]} of {one["environment"]}, {one["state"]}{(one["waits"] is { } waits ? $", {waits}" : "")}") + (one["proposal"] is { } proposal ? $"\n{ProposalText(proposal)}" : ""));
        return ExitCodes.Done;
    }

    public async Task<int> OperationAsync(string id, CancellationToken token)
    {
        var one = (await portal.GetAsync($"/operations/{Escape(id)}", token)).Value;
        await SayAsync(one, () => $"{one["kind"]} of {one["environment"]}: {one["state"]}, {Percent(one)}");
        return ExitCodes.Done;
    }

    /// <param name="of">An environment's name, or the number of a request: no name begins with a digit.</param>
    public async Task<int> SpecificationAsync(string of, CancellationToken token)
    {
        var answer = await portal.GetAsync($"{(char.IsAsciiDigit(of.FirstOrDefault()) ? "/requests" : "/environments")}/{Escape(of)}/specification", token);
        if (answer.Problem is { } problem)
            throw problem.ToException();
        await output.WriteAsync(answer.Text);
        return ExitCodes.Done;
    }

    /// <param name="check">Compares it with its plan first.</param>
    public async Task<int> DriftAsync(string name, bool check, CancellationToken token)
    {
        var path = $"/environments/{Escape(name)}/drift";
        // Who asks while a check is under way waits for that one.
        if (check && (await portal.PostAsync($"{path}/check", null, token)).Problem is { Code: not "already_decided" } problem)
            throw problem.ToException();
        JsonNode standing;
        while ((standing = (await portal.GetAsync($"{path}/check", token)).Value)["askedAt"] is not null && check)
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, token);
        if (standing["trouble"] is { } trouble)
            await progress.WriteLineAsync(trouble.ToString());
        await progress.WriteLineAsync(standing["checkedAt"] is { } at ? $"Compared with its plan at {at.GetValue<DateTimeOffset>().UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC." : "Never compared with its plan: say --check.");
        await ListAsync(path, [], one => $"{(one["ignoredUntil"] is null ? " " : "-")} {one["step"],-24} {one["resource"]} {one["property"]}: {one["expected"] ?? "nothing"} -> {one["found"] ?? "nothing"}", token);
        return standing["resources"]!.GetValue<int>() == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    public async Task<int> ExportAuditAsync(string format, IReadOnlyList<(string Name, string? Value)> query, CancellationToken token)
    {
        await portal.CopyAsync(WithQuery($"/audit/export.{format}", query), output, token);
        return ExitCodes.Done;
    }

    public async Task<int> VerifyAuditAsync(CancellationToken token)
    {
        var verdict = (await portal.GetAsync("/audit/verification", token)).Value;
        var isWhole = verdict["isWhole"]!.GetValue<bool>();
        await SayAsync(verdict, () => string.Join('\n', verdict["faults"]!.AsArray().Select(fault => fault!["says"]!.ToString())
            .Prepend(isWhole ? $"All {verdict["entries"]} entries are as they were written." : $"Of {verdict["entries"]} entries some are not as they were written:")));
        if (verdict["weakness"] is { } weakness)
            await progress.WriteLineAsync(weakness.ToString());
        return isWhole ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>All pieces of a list.</summary>
    public async Task<int> ListAsync(string path, IReadOnlyList<(string Name, string? Value)> query, Func<JsonNode, string> line, CancellationToken token)
    {
        var (all, cursor) = (new JsonArray(), (string?)null);
        do
        {
            var piece = (await portal.GetAsync(WithQuery(path, [.. query, ("limit", "100"), ("cursor", cursor)]), token)).Value;
            foreach (var item in piece["items"]!.AsArray().ToList())
                all.Add(item!.DeepClone());
            cursor = piece["next"]?.ToString();
        }
        while (cursor is not null);
        await SayAsync(all, () => string.Join('\n', all.Select(item => line(item!))));
        return ExitCodes.Done;
    }

    public async Task<int> WhoAmIAsync(CancellationToken token)
    {
        var me = (await portal.GetAsync("/me", token)).Value;
        await SayAsync(me, () => $"token {me["token"]} of {me["name"]}: {string.Join(", ", me["scopes"]!.AsArray().Select(scope => scope!.ToString().ToLowerInvariant()))}");
        return ExitCodes.Done;
    }

    private async Task<string> FreeCidrAsync(string target, CancellationToken token)
    {
        var targets = (await portal.GetAsync("/targets", token)).Value.AsArray();
        return targets.FirstOrDefault(one => one!["name"]!.ToString() == target)?["freeCidr"]!.ToString()
            ?? throw new CommandException(ExitCodes.Refused, $"There is no target '{target}'. There {(targets.Count == 1 ? "is" : "are")} {string.Join(", ", targets.Select(one => one!["name"]))}.");
    }

    private async Task<int> FiledAsync(JsonNode filed, bool wait, CancellationToken token)
    {
        var number = filed["number"]!.GetValue<long>();
        if (!wait)
        {
            await SayAsync(filed, () => filed["isApproved"]!.GetValue<bool>() ? $"Request {number} needs nobody's approval and is being carried out." : $"Request {number} of {filed["environment"]} waits for a decision.");
            return ExitCodes.Done;
        }

        return await WaitAsync(number, filed["environment"]!.ToString(), token);
    }

    private async Task<int> WaitAsync(long number, string name, CancellationToken token)
    {
        var environment = $"/environments/{Escape(name)}";
        var before = (await portal.GetAsync(environment, token)).Value["lastEvent"]!.GetValue<long>();
        var request = (await portal.GetAsync(RequestPath(number), token)).Value;
        if (Waits(request))
        {
            await progress.WriteLineAsync($"Request {number}: {request["waits"]}.");
            await foreach (var (_, kind, data) in portal.WatchAsync($"{environment}/events/stream", before, token))
            {
                if (!kind.StartsWith("request.", StringComparison.Ordinal))
                    continue;
                await progress.WriteLineAsync(data["message"]!.ToString());
                request = (await portal.GetAsync(RequestPath(number), token)).Value;
                if (!Waits(request))
                    break;
            }
        }

        if (request["state"]!.ToString() != "Approved")
            throw new CommandException(ExitCodes.Refused, $"Request {number} was not approved: {request["state"]}{(request["comment"] is { } comment ? $", {comment}" : "")}.");
        var operations = (await portal.GetAsync($"{environment}/operations", token)).Value["items"]!.AsArray();
        foreach (var operation in operations)
        {
            var id = operation!["id"]!.ToString();
            if ((await portal.GetAsync($"/operations/{id}", token)).Value["request"]?.GetValue<long>() == number)
                return await WatchOperationAsync(id, token);
        }

        throw new CommandException(ExitCodes.Failed, $"Request {number} is approved, but nothing carries it out.");
    }

    private async Task<int> WatchOperationAsync(string id, CancellationToken token)
    {
        await foreach (var (_, kind, data) in portal.WatchAsync($"/operations/{id}/events/stream", 0, token))
        {
            if (kind.StartsWith("step.", StringComparison.Ordinal) || kind.StartsWith("operation.", StringComparison.Ordinal))
                await progress.WriteLineAsync($"{data["at"]!.GetValue<DateTimeOffset>().UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture)}  {data["message"]}");
        }

        var one = (await portal.GetAsync($"/operations/{id}", token)).Value;
        var isDone = one["state"]!.ToString() == "Succeeded";
        if (!isDone)
        {
            var step = one["steps"]!.AsArray().FirstOrDefault(step => step!["failure"] is not null);
            await SayAsync(one, () => $"{one["kind"]} of {one["environment"]}: {one["state"]}");
            throw new CommandException(ExitCodes.Failed, step is null ? $"It ended as {one["state"]}." : $"{step["title"]} failed: {step["failure"]!["rootCause"] ?? step["failure"]!["message"]}");
        }

        return one["kind"]!.ToString() == "Destroy" ? await SaidAsync(one) : await EnvironmentAsync(one["environment"]!.ToString(), token);
    }

    private async Task<int> SaidAsync(JsonNode operation)
    {
        await SayAsync(operation, () => $"{operation["environment"]} is gone.");
        return ExitCodes.Done;
    }

    private Task SayAsync(JsonNode value, Func<string> words) => output.WriteLineAsync(json ? value.ToJsonString(s_indented) : words());

    private static string WithQuery(string path, IReadOnlyList<(string Name, string? Value)> query) =>
        $"{path}?{string.Join('&', query.Where(one => one.Value is not null).Select(one => $"{one.Name}={Escape(one.Value!)}"))}";

    private static bool Waits(JsonNode request) => request["state"]!.ToString() == "Submitted";

    private static string PlanText(JsonNode plan, string title)
    {
        var lines = new List<string> { title };
        lines.AddRange(plan["sentences"]!.AsArray().Select(sentence => $"  {sentence}"));
        lines.AddRange(plan["steps"]!.AsArray().Select(step => $"  {step!["action"]!.ToString().ToLowerInvariant(),-7} {step["title"]}"));
        lines.Add(string.Create(CultureInfo.InvariantCulture, $"  $ {plan["cost"]!["monthly"]!.GetValue<decimal>():N0} a month; about {TimeSpan.FromSeconds(plan["expected"]!["typical"]!.GetValue<double>()).TotalMinutes:0.#} min"));
        if (plan["losesData"]?.GetValue<bool>() == true)
            lines.Add("  Data would be lost.");
        if (plan["approval"] is { } approval)
        {
            lines.Add(approval["automatic"] is { } rule ? $"  Nobody has to agree: {rule}" : $"  To agree: {string.Join(", then ", approval["stages"]!.AsArray().Select(stage => $"{stage!["needed"]} of {stage["group"]}"))}");
        }

        lines.Add($"  plan {plan["hash"]}");
        return string.Join('\n', lines);
    }

    private static string Percent(JsonNode operation) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(operation["progress"]!.GetValue<double>() * 100)} %");

    private static string OfTeam(Wanted wanted) => wanted.Team is null ? "" : $"?team={Escape(wanted.Team)}";

    private static string RequestPath(long number) => string.Create(CultureInfo.InvariantCulture, $"/requests/{number}");

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
