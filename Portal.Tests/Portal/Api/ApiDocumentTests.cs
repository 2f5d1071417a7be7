using System.Text.Json.Nodes;
using Portal.Core.Security;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Api;

/// <summary>The document, and that every address in it asks for what it says it does.</summary>
[Collection(ApiCollection.Name)]
public sealed class ApiDocumentTests(ApiPortal portal)
{
    private static readonly string s_path = Path.Combine(ProgramUnderTest.RepositoryRoot, "docs", "openapi.json");

    // Everything that is no reading, and the scope that it wants; what is not here is for every token.
    private static readonly Dictionary<string, TokenScope> s_scopes = new(StringComparer.Ordinal)
    {
        ["planEnvironment"] = TokenScope.Request,
        ["createRequest"] = TokenScope.Request,
        ["withdrawRequest"] = TokenScope.Request,
        ["approveRequest"] = TokenScope.Approve,
        ["rejectRequest"] = TokenScope.Approve,
        ["proposeChange"] = TokenScope.Approve,
        ["acceptProposal"] = TokenScope.Request,
        ["declineProposal"] = TokenScope.Request,
        ["takeBackProposal"] = TokenScope.Approve,
        // Or approve: the use case asks for one of the two.
        ["commentOnRequest"] = TokenScope.Request,
        ["rehearseRequest"] = TokenScope.Request,
        ["cancelRehearsal"] = TokenScope.Request,
        ["markNoticesRead"] = TokenScope.Request,
        ["planChange"] = TokenScope.Request,
        ["planDestruction"] = TokenScope.Request,
        ["changeEnvironment"] = TokenScope.Request,
        ["destroyEnvironment"] = TokenScope.Destroy,
        ["sleepEnvironment"] = TokenScope.Request,
        ["wakeEnvironment"] = TokenScope.Request,
        ["repairEnvironment"] = TokenScope.Request,
        ["keepEnvironment"] = TokenScope.Request,
        ["restartService"] = TokenScope.Request,
        ["scaleService"] = TokenScope.Request,
        ["cancelOperation"] = TokenScope.Request,
        ["retryOperation"] = TokenScope.Request,
        ["planUndo"] = TokenScope.Request,
        ["undoOperation"] = TokenScope.Request,
        ["withdrawOperation"] = TokenScope.Request,
        ["setCare"] = TokenScope.Request,
        ["handOverEnvironment"] = TokenScope.Request,
        ["runService"] = TokenScope.Request,
        ["rollBackService"] = TokenScope.Request,
        ["checkDrift"] = TokenScope.Request,
        ["revertDrift"] = TokenScope.Request,
        ["ignoreDrift"] = TokenScope.Request,
        ["saveDraft"] = TokenScope.Request,
        ["removeDraft"] = TokenScope.Request,
        ["createDelegation"] = TokenScope.Approve,
        ["endDelegation"] = TokenScope.Approve,
        ["listAudit"] = TokenScope.Audit,
        ["exportAuditCsv"] = TokenScope.Audit,
        ["exportAuditJsonl"] = TokenScope.Audit,
        ["verifyAudit"] = TokenScope.Audit,
    };

    // Where the scope is all that it takes: it is one's own, or there is none.
    private static readonly HashSet<string> s_withoutRole = new(StringComparer.Ordinal) { "commentOnRequest", "cancelRehearsal", "markNoticesRead", "removeDraft", "endDelegation" };

    /// <summary>Written anew with PORTAL_UPDATE_DOCS=1.</summary>
    [Fact]
    public async Task Document_IsTheOneThatIsCheckedIn()
    {
        var now = (await new ApiClient(portal.Address, token: null).GetAsync("/openapi.json")).ShouldBe(200).Text.ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("PORTAL_UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(s_path, now);
        else
            now.ShouldBe(await File.ReadAllTextAsync(s_path), "Run PORTAL_UPDATE_DOCS=1 dotnet test Portal.Tests --filter FullyQualifiedName~ApiDocumentTests");
    }

    [Fact]
    public async Task Addresses_EachForWhomItIsFor_AndForNobodyElse()
    {
        var operations = await OperationsAsync();
        operations.Where(one => one.Method != HttpMethod.Get || one.Path.Contains("/audit", StringComparison.Ordinal)).Select(one => one.Id).ShouldBe(s_scopes.Keys, ignoreOrder: true);
        // All of them exist, so that nothing is refused for another reason before.
        var environment = await portal.ReadyAsync("access");
        var asked = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        var filed = (await asked.YamlAsync("/requests", ApiPortal.Yaml("access-asked"))).ShouldBe(201).Json["number"]!.ToString();
        var cookie = PortalUnderTest.CookieOf(await portal.Portal.SignInAsync("admin"), portal.Address);
        // Somebody whose token once was an engineer's.
        var former = ApiPortal.Person("former", Roles.Engineer);
        await portal.KnowAsync(former);
        var demoted = await portal.ClientAsync(former, TokenScope.Destroy, TokenScope.Approve);
        await portal.KnowAsync(former with { Roles = new HashSet<string> { Roles.Viewer } });
        var revoked = await portal.ClientAsync(portal.Engineer);
        await portal.RevokeAsync(revoked.Token!);
        var (nobody, reads) = (new ApiClient(portal.Address, token: null), await portal.ClientAsync(portal.Viewer));
        var root = ApiPortal.Person("root", Roles.Admin);
        await portal.KnowAsync(root);
        var all = await portal.ClientAsync(root, TokenScope.Request, TokenScope.Approve, TokenScope.Destroy, TokenScope.Audit);

        var found = new List<string>();
        foreach (var one in operations)
        {
            var path = one.Path.Replace("{name}", "access", StringComparison.Ordinal).Replace("{number}", filed, StringComparison.Ordinal)
                .Replace("{id}", environment.Operation!.Id.ToString(), StringComparison.Ordinal).Replace("{service}", "web", StringComparison.Ordinal).Replace("{proposal}", "1", StringComparison.Ordinal);
            await ExpectAsync("nobody", nobody, 401);
            await ExpectAsync("a cookie", nobody, 401, ("Cookie", cookie));
            await ExpectAsync("a revoked token", revoked, 401);
            if (one.IsStream)
                continue;
            if (s_scopes.TryGetValue(one.Id, out _))
            {
                await ExpectAsync("a token that reads", reads, 403);
                if (!s_withoutRole.Contains(one.Id))
                    await ExpectAsync("whose role is gone", demoted, 403, body: true);
            }
            else
            {
                await ExpectAsync("a token that reads", reads, one.Id == "getDraft" ? 404 : 200);
            }

            var full = await SendAsync(one.Id is "withdrawRequest" or "acceptProposal" or "declineProposal" ? asked : all, one, path, body: false);
            if (full.Status is 401 or 403 || full.Status >= 500)
                found.Add($"{one.Id} refused an administrator's token with everything: {full.Status} {full.Text}");

            async Task ExpectAsync(string who, ApiClient client, int status, (string, string)? header = null, bool body = false)
            {
                var answer = await SendAsync(client, one, path, body, header is { } sent ? [sent] : []);
                if (answer.Status != status)
                    found.Add($"{one.Id} for {who}: {answer.Status} instead of {status}: {answer.Text}");
                else if (status >= 400 && answer.ContentType != "application/problem+json")
                    found.Add($"{one.Id} for {who}: {answer.ContentType}");
            }
        }

        found.ShouldBeEmpty();
    }

    // With a body that would do it, where the use case is to say no; with none where somebody else does before.
    private static Task<ApiAnswer> SendAsync(ApiClient client, ApiOperation one, string path, bool body, params (string, string)[] headers)
    {
        if (one.Method == HttpMethod.Get)
            return client.GetAsync(path, headers);
        if (one.Method == HttpMethod.Delete)
            return client.SendAsync(HttpMethod.Delete, path, null, null, headers);
        return one.Id switch
        {
            "planEnvironment" or "createRequest" => client.YamlAsync(path, ApiPortal.Yaml("access-new"), headers),
            "planChange" or "changeEnvironment" => client.YamlAsync(path, ApiPortal.Yaml("access", "other"), headers),
            "destroyEnvironment" => client.PostAsync(path, new { confirm = body ? "access" : "" }, headers),
            "keepEnvironment" => client.PostAsync(path, new { days = 7 }, headers),
            "setCare" => client.PutAsync(path, new { expiresAt = (string?)null, timetable = (object?)null, isProtected = false }, headers),
            "saveDraft" => client.PutAsync(path, new { specification = ApiPortal.Yaml("access-draft") }, headers),
            "handOverEnvironment" => client.PostAsync(path, new { team = "" }, headers),
            "rollBackService" => client.PostAsync(path, new { image = "nginx:1.26" }, headers),
            "revertDrift" => client.PostAsync(path, new { step = "x" }, headers),
            "ignoreDrift" => client.PostAsync(path, new { step = "x", resource = "x" }, headers),
            "createDelegation" => client.PostAsync(path, new { to = "x", first = "2126-11-30", last = "2126-11-30" }, headers),
            "markNoticesRead" => client.PostAsync(path, new { number = 1 }, headers),
            "scaleService" => client.PostAsync(path, new { replicas = 2 }, headers),
            "proposeChange" => client.PostAsync(path, new { reason = "x", specification = ApiPortal.Yaml("access-other") }, headers),
            "acceptProposal" => client.PostAsync(path, new { confirm = "" }, headers),
            "declineProposal" => client.PostAsync(path, new { reason = "x" }, headers),
            "commentOnRequest" => client.PostAsync(path, new { text = "x" }, headers),
            "approveRequest" or "rejectRequest" => client.PostAsync(path, new { planHash = "x", comment = "x" }, headers),
            // What would be withdrawn or begun for the others.
            "withdrawRequest" or "retryOperation" or "cancelOperation" or "sleepEnvironment" or "wakeEnvironment" or "repairEnvironment" or "restartService" or "planDestruction" or "runService"
                or "planUndo" or "undoOperation" or "withdrawOperation" or "checkDrift" or "endDelegation" or "rehearseRequest" or "cancelRehearsal" or "takeBackProposal" => client.PostAsync(path, null, headers),
            _ => throw new InvalidOperationException($"{one.Id} is new: say what is sent to it."),
        };
    }

    private static async Task<IReadOnlyList<ApiOperation>> OperationsAsync()
    {
        var document = JsonNode.Parse(await File.ReadAllTextAsync(s_path))!;
        return
        [
            .. document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(method => new ApiOperation(
                new HttpMethod(method.Key.ToUpperInvariant()), path.Key, method.Value!["operationId"]!.GetValue<string>()))),
        ];
    }

    private sealed record ApiOperation(HttpMethod Method, string Path, string Id)
    {
        // Only refused ones end.
        public bool IsStream => Path.EndsWith("/stream", StringComparison.Ordinal);
    }
}
