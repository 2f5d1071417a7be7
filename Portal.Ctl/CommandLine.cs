using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Portal.Ctl;

/// <summary>The words of the command line, and what a pipeline is told by the exit code.</summary>
internal static class CommandLine
{
    private const string UrlVariable = "PORTAL_URL";
    private const string TokenVariable = "PORTAL_TOKEN";

    private static readonly Option<string?> s_url = new("--url") { Description = $"The portal's address; {UrlVariable} where it is not said.", Recursive = true };

    // No option takes the token itself: everybody on the machine reads a process's arguments, and shells and pipelines write them down.
    private static readonly Option<FileInfo?> s_tokenFile = new("--token-file") { Description = $"A file with the token; {TokenVariable} has it where it is not said.", Recursive = true };
    private static readonly Option<string> s_output = new("--output", "-o") { Description = "text or json.", DefaultValueFactory = _ => "text", Recursive = true };
    private static readonly Option<double> s_timeout = new("--timeout") { Description = "Minutes that are waited at most.", DefaultValueFactory = _ => 120, Recursive = true };

    private static readonly Option<string> s_file = new("--file", "-f") { Description = "The specification, YAML or JSON; - for the input.", Required = true };
    private static readonly Option<string?> s_name = new("--name") { Description = "The environment's name, instead of the file's." };
    private static readonly Option<string[]> s_images = new("--image") { Description = "SERVICE=IMAGE, instead of the file's; may be said more than once." };
    private static readonly Option<bool> s_freeCidr = new("--free-cidr") { Description = "A network that no other environment of the target has; what is there keeps its own." };
    private static readonly Option<bool> s_wait = new("--wait") { Description = "Until it is decided and carried out." };
    private static readonly Option<string?> s_key = new("--key") { Description = "Idempotency key: run again with the same, it is asked for once." };
    private static readonly Option<string?> s_confirm = new("--confirm") { Description = "The environment's name, where data would be lost." };
    private static readonly Option<string?> s_team = new("--team") { Description = "Whose a new environment is to be; the token's only team where it is not said." };
    private static readonly Option<string?> s_comment = new("--comment") { Description = "Why." };

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, Func<string, string?> variable)
    {
        var root = Root(output, errors, variable);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await errors.WriteLineAsync(error.Message);
            await errors.WriteLineAsync("See portalctl --help.");
            return ExitCodes.Usage;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = errors, EnableDefaultExceptionHandler = false });
    }

    private static RootCommand Root(TextWriter output, TextWriter errors, Func<string, string?> variable)
    {
        s_output.AcceptOnlyFromAmong("text", "json");
        var number = new Argument<long>("number") { Description = "Of the request." };
        var name = new Argument<string>("name") { Description = "Of the environment." };
        var root = new RootCommand("Asks a portal for environments, decides, watches and ends them. A token is made at the portal's page /tokens.") { s_url, s_tokenFile, s_output, s_timeout };

        Add("plan", "What the file would make, or change where there is such an environment: steps, cost, and who would have to agree. Asks for nothing.", [s_file, s_name, s_images, s_freeCidr, s_team],
            async (commands, parsed, token) => await commands.PlanAsync(await WantedAsync(commands, parsed, token), token));
        Add("request", "Asks for it to be as the file says: made, or changed where there is such an environment. Where it is so already, nothing is asked for.",
            [s_file, s_name, s_images, s_freeCidr, s_team, s_confirm, s_key, s_wait],
            async (commands, parsed, token) => await commands.RequestAsync(await WantedAsync(commands, parsed, token), parsed.GetValue(s_confirm), parsed.GetValue(s_key), parsed.GetValue(s_wait), token));
        var plan = new Option<string?>("--plan") { Description = "Hash of the plan that was read; the one that is shown now where it is not said." };
        Add("approve", "Agrees to a request.", [number, plan, s_comment], (commands, parsed, token) =>
            commands.ApproveAsync(parsed.GetValue(number), parsed.GetValue(plan), parsed.GetValue(s_comment), token));
        var reason = new Option<string>("--comment") { Description = "Why: the requester has to know what to change.", Required = true };
        Add("reject", "Turns a request down.", [number, reason], (commands, parsed, token) => commands.RejectAsync(parsed.GetValue(number), parsed.GetValue(reason)!, token));
        var why = new Option<string>("--comment") { Description = "Why: the requester has to know it to agree.", Required = true };
        Add("propose", "Sends a request back to its requester, as the file says it might be approved.", [number, s_file, why], async (commands, parsed, token) =>
            await commands.ProposeAsync(parsed.GetValue(number), await SpecificationAsync(parsed, token), parsed.GetValue(why)!, token));
        Add("accept", "Asks for what an approver proposed in place of one's own request.", [number, s_confirm], (commands, parsed, token) =>
            commands.AcceptAsync(parsed.GetValue(number), parsed.GetValue(s_confirm), token));
        var whyNot = new Option<string>("--comment") { Description = "Why not.", Required = true };
        Add("decline", "Leaves one's own request as it was asked for.", [number, whyNot], (commands, parsed, token) => commands.DeclineAsync(parsed.GetValue(number), parsed.GetValue(whyNot)!, token));
        Add("take-back", "Takes back what one has proposed oneself, while nobody has answered it.", [number], (commands, parsed, token) => commands.TakeBackAsync(parsed.GetValue(number), token));
        var stop = new Option<bool>("--cancel") { Description = "Ends the one that is under way, instead." };
        Add("rehearse", "Has a request's plan carried out on an imitation of AWS, and taken away again; with --wait, ends with 5 where that fails.", [number, stop, s_wait], (commands, parsed, token) =>
            commands.RehearseAsync(parsed.GetValue(number), parsed.GetValue(stop), parsed.GetValue(s_wait), token));
        Add("watch", "What is under way in an environment, to its end.", [name], (commands, parsed, token) => commands.WatchAsync(parsed.GetValue(name)!, token));
        var meant = new Option<string>("--confirm") { Description = "The environment's name again.", Required = true };
        Add("destroy", "Asks for the end of an environment.", [name, meant, s_wait], (commands, parsed, token) =>
            commands.DestroyAsync(parsed.GetValue(name)!, parsed.GetValue(meant)!, parsed.GetValue(s_wait), token));
        var check = new Option<bool>("--check") { Description = "Compared with its plan now, and not when it was last." };
        Add("drift", "What somebody changed in an environment behind the portal's back; ends with 5 where something counts.", [name, check], (commands, parsed, token) =>
            commands.DriftAsync(parsed.GetValue(name)!, parsed.GetValue(check), token));
        AddReading(number, name);
        AddAudit();
        return root;

        void AddAudit()
        {
            var audit = new Command("audit", "Who did what, in all environments; wants a token with the scope audit.");
            var format = new Option<string>("--format") { Description = "csv or jsonl.", DefaultValueFactory = _ => "jsonl" };
            format.AcceptOnlyFromAmong("csv", "jsonl");
            var (of, from, to) = (new Option<string?>("--environment") { Description = "Only of that one." }, new Option<string?>("--from") { Description = "The first day, UTC, as 2026-11-30." },
                new Option<string?>("--to") { Description = "The last day, UTC, as 2026-11-30." });
            var system = new Option<bool>("--system") { Description = "Also what the portal's own processes did and saw." };
            Add("export", "All of it, newest first, to the output.", [format, of, from, to, system], (commands, parsed, token) => commands.ExportAuditAsync(
                parsed.GetValue(format)!, [("environment", parsed.GetValue(of)), ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)), ("system", parsed.GetValue(system) ? "true" : null)], token), audit);
            Add("verify", "Whether every entry is as it was written; ends with 5 where one is not.", [], (commands, _, token) => commands.VerifyAuditAsync(token), audit);
            root.Add(audit);
        }

        void AddReading(Argument<long> of, Argument<string> called)
        {
            var get = new Command("get", "One of something.");
            Add("environment", "An environment.", [called], (commands, parsed, token) => commands.EnvironmentAsync(parsed.GetValue(called)!, token), get);
            Add("request", "A request with its plan.", [of], (commands, parsed, token) => commands.RequestAsync(parsed.GetValue(of), token), get);
            var id = new Argument<string>("id") { Description = "Of the operation." };
            Add("operation", "An operation.", [id], (commands, parsed, token) => commands.OperationAsync(parsed.GetValue(id)!, token), get);
            var either = new Argument<string>("name") { Description = "Of the environment, or the number of a request." };
            Add("specification", "What an environment is to be, or what a request asks for, as a file.", [either], (commands, parsed, token) => commands.SpecificationAsync(parsed.GetValue(either)!, token), get);
            root.Add(get);
            var list = new Command("list", "All of something.");
            var (state, search, mine) = (new Option<string?>("--state") { Description = "Only those." }, new Option<string?>("--search") { Description = "Part of the environment's name." },
                new Option<bool>("--mine") { Description = "Only one's own." });
            Add("environments", "Environments, by name.", [state, search, mine], (commands, parsed, token) => commands.ListAsync(
                "/environments", Query(parsed), one => $"{one["name"],-28} {one["state"],-13} {one["health"],-9} {one["owner"]}", token), list);
            Add("requests", "Requests, newest first.", [state, search, mine], (commands, parsed, token) => commands.ListAsync(
                "/requests", Query(parsed), one => $"{one["number"],5} {one["state"],-10} {one["kind"],-8} {one["environment"],-28} {one["requestedBy"]}", token), list);
            root.Add(list);
            Add("whoami", "Whom the token acts for, and what it may.", [], (commands, _, token) => commands.WhoAmIAsync(token));

            (string, string?)[] Query(ParseResult parsed) => [("state", parsed.GetValue(state)), ("search", parsed.GetValue(search)), ("mine", parsed.GetValue(mine) ? "true" : null)];
        }

        void Add(string word, string description, Symbol[] symbols, Func<Commands, ParseResult, CancellationToken, Task<int>> act, Command? parent = null)
        {
            var command = new Command(word, description);
            foreach (var symbol in symbols)
            {
                if (symbol is Argument argument)
                    command.Add(argument);
                else
                    command.Add((Option)symbol);
            }

            command.SetAction((parsed, token) => ActAsync(parsed, output, errors, variable, act, token));
            (parent ?? root).Add(command);
        }
    }

    private static async Task<string> SpecificationAsync(ParseResult parsed, CancellationToken token)
    {
        var file = parsed.GetValue(s_file)!;
        return file == "-" ? await Console.In.ReadToEndAsync(token) : File.Exists(file) ? await File.ReadAllTextAsync(file, token) : throw new CommandException(ExitCodes.Usage, $"There is no file '{file}'.");
    }

    private static async Task<Commands.Wanted> WantedAsync(Commands commands, ParseResult parsed, CancellationToken token) =>
        await commands.ReadAsync(await SpecificationAsync(parsed, token), parsed.GetValue(s_name), parsed.GetValue(s_images) ?? [], parsed.GetValue(s_freeCidr), parsed.GetValue(s_team), token);

    private static async Task<int> ActAsync(
        ParseResult parsed, TextWriter output, TextWriter errors, Func<string, string?> variable, Func<Commands, ParseResult, CancellationToken, Task<int>> act, CancellationToken stopped)
    {
        var minutes = Math.Clamp(parsed.GetValue(s_timeout), 0, TimeSpan.FromDays(7).TotalMinutes);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        ends.CancelAfter(TimeSpan.FromMinutes(minutes));
        try
        {
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
            var client = new PortalClient(http, Address(parsed, variable), Token(parsed, variable), TimeProvider.System);
            return await act(new Commands(client, output, errors, parsed.GetValue(s_output) == "json"), parsed, ends.Token);
        }
        catch (CommandException refused)
        {
            await errors.WriteLineAsync(refused.Message);
            return refused.Code;
        }
        catch (OperationCanceledException) when (!stopped.IsCancellationRequested)
        {
            await errors.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"It goes on, but is not waited for any longer than {minutes:0.##} min."));
            return ExitCodes.TimedOut;
        }
    }

    private static Uri Address(ParseResult parsed, Func<string, string?> variable)
    {
        var text = parsed.GetValue(s_url) ?? variable(UrlVariable);
        if (string.IsNullOrWhiteSpace(text))
            throw new CommandException(ExitCodes.Usage, $"Say where the portal is: --url, or {UrlVariable}.");
        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http"))
            throw new CommandException(ExitCodes.Usage, $"'{text}' is not an address; it has to be like https://portal.example.");
        // Whoever listens on the way would have it.
        return url.Scheme == "https" || url.IsLoopback ? url : throw new CommandException(ExitCodes.Usage, "A token goes over https only; http is for this machine.");
    }

    private static string Token(ParseResult parsed, Func<string, string?> variable)
    {
        var file = parsed.GetValue(s_tokenFile);
        if (file is { Exists: false })
            throw new CommandException(ExitCodes.Usage, $"There is no file '{file.FullName}' with a token.");
        var token = (file is null ? variable(TokenVariable) : File.ReadAllText(file.FullName))?.Trim();
        return string.IsNullOrEmpty(token) ? throw new CommandException(ExitCodes.NotAllowed, $"There is no token: put one into {TokenVariable}, or name a file with --token-file. They are made at the portal's page /tokens.")
            : token.All(letter => letter is > ' ' and < '\x7f') ? token
            : throw new CommandException(ExitCodes.NotAllowed, "What is given as the token is none.");
    }
}
