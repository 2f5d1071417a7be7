using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Api;

/// <summary>The API as a program meets it.</summary>
[Collection(ApiCollection.Name)]
public sealed class ApiTests(ApiPortal portal)
{
    [Fact]
    public async Task Care_OfAnEnvironment_IsKeptForDaysAndRepaired()
    {
        await portal.ReadyAsync("api-kept");
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);

        (await asks.PostAsync("/environments/api-kept/keep", new { days = 100_000 })).ShouldBe(422).Json["errors"]![0]!["field"]!.GetValue<string>().ShouldBe("days");
        (await asks.PostAsync("/environments/api-kept/keep", new { days = 7 })).ShouldBe(200).Json["expiresAt"]!.GetValue<DateTimeOffset>().ShouldBeGreaterThan(TimeProvider.System.GetUtcNow().AddDays(6));
        (await asks.PostAsync("/environments/api-kept/repair")).ShouldBe(202);
        (await asks.GetAsync("/environments/api-kept")).Json["operation"]!["kind"]!.GetValue<string>().ShouldBe("Repair");
    }

    [Fact]
    public async Task Request_FromFileToApproval_IsTheUseCasesWork()
    {
        var (asks, decides) = (await portal.ClientAsync(portal.Engineer, TokenScope.Request), await portal.ClientAsync(portal.Ops, TokenScope.Approve));
        var yaml = ApiPortal.Yaml("story");

        var plan = (await asks.YamlAsync("/plans", yaml)).ShouldBe(200).Json;
        plan["approval"]!["stages"]![0]!["group"]!.GetValue<string>().ShouldBe("Operations");
        plan["steps"]!.AsArray().Select(step => step!["name"]!.GetValue<string>()).ShouldContain(StepNames.Service("web"));
        var filed = (await asks.YamlAsync("/requests", yaml)).ShouldBe(201);
        var address = filed.Header("Location")!;
        var request = (await decides.GetAsync(address)).ShouldBe(200);
        request.Json["planHash"]!.GetValue<string>().ShouldBe(plan["hash"]!.GetValue<string>());
        request.Json["waits"]!.GetValue<string>().ShouldBe("one of Operations has to agree yet");
        (await asks.GetAsync($"{address}/specification")).ShouldBe(200).Text.ShouldContain("environment: story");

        (await decides.PostAsync($"{address}/comments", new { text = "why?", kind = "Question" })).ShouldBe(201);
        (await asks.PostAsync($"{address}/comments", new { text = "because", kind = "Answer", seen = 1_000_000 })).ShouldBe(201);
        (await asks.GetAsync($"{address}/comments")).Json["items"]!.AsArray().Select(one => one!["text"]!.GetValue<string>()).ShouldBe(["why?", "because"]);
        (await decides.PostAsync($"{address}/approve")).ShouldBe(400).Json["errors"]![0]!["field"]!.GetValue<string>().ShouldBe("planHash");
        (await decides.PostAsync($"{address}/approve", null, ("If-Match", "\"another\""))).ShouldBe(412).Code.ShouldBe("plan_changed");
        var decided = (await decides.PostAsync($"{address}/approve", new { comment = "fine" }, ("If-Match", request.Header("ETag")!))).ShouldBe(200).Json;
        (await decides.PostAsync($"{address}/reject", new { comment = "no", planHash = "x" })).ShouldBe(409).Code.ShouldBe("already_decided");

        var operation = (await asks.GetAsync($"/operations/{decided["operationId"]}")).ShouldBe(200).Json;
        (operation["environment"]!.GetValue<string>(), operation["state"]!.GetValue<string>()).ShouldBe(("story", "Queued"));
        var said = (await asks.GetAsync("/environments/story/events")).Json["items"]!.AsArray().First(one => one!["kind"]!.GetValue<string>() == "request.approved")!;
        said["by"]!["kind"]!.GetValue<string>().ShouldBe("Token");
        said["by"]!["name"]!.GetValue<string>().ShouldMatch("^token [0-9a-f]{32} of Ops$");
    }

    [Fact]
    public async Task Specification_WithFaults_NamesEachField()
    {
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);

        var unreadable = (await asks.PostAsync("/plans", new { apiVersion = "portal/v1", kind = "Environment", spec = new { environment = "a", target = "sandbox", colour = "red" } })).ShouldBe(422);
        Fields(unreadable).ShouldBe(["colour"]);
        unreadable.Code.ShouldBe("unreadable_specification");
        var invalid = (await asks.PostAsync(
            "/requests", new { apiVersion = "portal/v1", kind = "Environment", spec = new { environment = "A b", target = "nowhere", network = new { cidr = "1.2.3.4/99" } } })).ShouldBe(422);
        new[] { "environment", "target", "network.cidr" }.ShouldBeSubsetOf(Fields(invalid));
    }

    [Fact]
    public async Task Key_SentAgain_IsAnsweredTheSameAndDoneOnce()
    {
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        var other = await portal.ClientAsync(portal.Ops, TokenScope.Request);
        var (yaml, key) = (ApiPortal.Yaml("once"), ("Idempotency-Key", Guid.NewGuid().ToString()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => asks.YamlAsync("/requests", yaml, key)));
        answers.ShouldAllBe(answer => answer.Status == 201 || answer.Code == "key_in_use");
        var (again, first) = ((await asks.YamlAsync("/requests", yaml, key)).ShouldBe(201), answers.First(answer => answer.Status == 201));
        again.Header("Idempotency-Replayed").ShouldBe("true");
        (again.Text, again.Header("Location")).ShouldBe((first.Text, first.Header("Location")));
        (await asks.GetAsync("/requests?search=once")).Json["items"]!.AsArray().Count.ShouldBe(1);

        (await asks.YamlAsync("/requests", ApiPortal.Yaml("twice"), key)).ShouldBe(422).Code.ShouldBe("key_used");
        // A refusal is an answer, too; another's key is another key.
        Fields((await other.YamlAsync("/requests", yaml, key)).ShouldBe(422)).ShouldContain("environment");
        (await asks.YamlAsync("/requests", yaml, ("Idempotency-Key", "two words"))).ShouldBe(400);
    }

    [Fact]
    public async Task Change_OfAnotherVersion_IsRefused()
    {
        await portal.ReadyAsync("versions");
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        var found = (await asks.GetAsync("/environments/versions")).ShouldBe(200);
        (await asks.GetAsync("/environments/versions", ("If-None-Match", found.Header("ETag")!))).Status.ShouldBe(304);
        var wanted = (await asks.GetAsync("/environments/versions/specification")).Text.Replace("nginx:1.27", "nginx:1.28", StringComparison.Ordinal);

        (await asks.YamlAsync("/environments/versions/changes", wanted, ("If-Match", "\"7\""))).ShouldBe(412).Code.ShouldBe("version_changed");
        (await asks.YamlAsync("/environments/versions/plans", wanted)).ShouldBe(200).Json["losesData"]!.GetValue<bool>().ShouldBeFalse();
        (await asks.YamlAsync("/environments/versions/changes", wanted, ("If-Match", found.Header("ETag")!))).ShouldBe(201);
        (await asks.YamlAsync("/environments/versions/changes", wanted)).ShouldBe(409).Code.ShouldBe("request_open");
    }

    [Fact]
    public async Task Environment_AsksForItsEnd_OnlyWithTheScopeAndItsName()
    {
        await portal.ReadyAsync("ending");
        var (asks, destroys) = (await portal.ClientAsync(portal.Engineer, TokenScope.Request), await portal.ClientAsync(portal.Engineer, TokenScope.Destroy));

        (await asks.PostAsync("/environments/ending/destruction-plan")).ShouldBe(200);
        (await asks.PostAsync("/environments/ending/destroy", new { confirm = "ending" })).ShouldBe(403).Json["detail"]!.GetValue<string>().ShouldContain("lacks the scope destroy");
        (await destroys.PostAsync("/environments/ending/destroy", new { confirm = "other" })).ShouldBe(422).Code.ShouldBe("confirmation_missing");
        var number = (await destroys.PostAsync("/environments/ending/destroy", new { confirm = "ending" })).ShouldBe(201).Json["number"];
        (await destroys.PostAsync($"/requests/{number}/withdraw")).ShouldBe(200).Json["state"]!.GetValue<string>().ShouldBe("Withdrawn");
    }

    [Fact]
    public async Task Environment_IsOperatedAndWatched()
    {
        var snapshot = await portal.ReadyAsync("days");
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);

        (await asks.GetAsync("/environments/days/topology")).ShouldBe(200).Json["services"]!.AsArray().Count.ShouldBe(1);
        (await asks.GetAsync("/environments/days/health")).ShouldBe(200);
        (await asks.GetAsync("/environments/days/outputs")).ShouldBe(200);
        (await asks.PostAsync("/environments/days/wake")).ShouldBe(409).Code.ShouldBe("environment_busy");
        (await asks.PostAsync("/environments/days/services/none/restart")).ShouldBe(404);
        (await asks.PostAsync("/environments/days/services/web/scale", new { replicas = 3 })).ShouldBe(202);
        await portal.Stored.FinishAsync(snapshot.Environment.Id, OperationState.Failed);
        var operation = (await asks.GetAsync("/environments/days/operations")).Json["items"]![0]!["id"]!.GetValue<string>();
        (await asks.PostAsync($"/operations/{operation}/cancel")).ShouldBe(409);
        (await asks.PostAsync($"/operations/{operation}/retry")).ShouldBe(200).Json["state"]!.GetValue<string>().ShouldBe("Queued");
        (await asks.PostAsync($"/operations/{operation}/cancel", new { seen = 1 })).ShouldBe(409);
        (await asks.PostAsync($"/operations/{operation}/cancel")).ShouldBe(200).Json["state"]!.GetValue<string>().ShouldBe("Cancelled");
        (await asks.GetAsync($"/operations/{operation}/steps")).ShouldBe(200).Json.AsArray().Count.ShouldBeGreaterThan(0);
        (await asks.GetAsync($"/operations/{Guid.NewGuid()}")).ShouldBe(404);
    }

    [Fact]
    public async Task Lists_PieceByPiece_HaveEverythingOnce()
    {
        foreach (var name in new[] { "paged-a", "paged-b", "paged-c" })
            await portal.Stored.Get<SubmitRequest>().ExecuteAsync(portal.Engineer, ApiPortal.Small(name), default);
        var reads = await portal.ClientAsync(portal.Viewer);

        (await AllAsync(reads, "/environments?search=paged&limit=2", "name")).ShouldBe(["paged-a", "paged-b", "paged-c"]);
        (await AllAsync(reads, "/requests?search=paged&limit=1", "environment")).ShouldBe(["paged-c", "paged-b", "paged-a"]);
        (await reads.GetAsync("/requests?limit=101")).ShouldBe(400);
        (await reads.GetAsync("/requests?cursor=!!")).ShouldBe(400);
        Fields((await reads.GetAsync("/environments?state=x&mine=perhaps&limt=3")).ShouldBe(400)).ShouldBe(["limt", "state", "mine"]);

        var snapshot = await portal.ReadyAsync("paged-d");
        var numbers = await AllAsync(reads, "/environments/paged-d/events?limit=7", "number");
        numbers.ShouldBe(Enumerable.Range(1, (int)snapshot.Environment.LastEvent).Reverse().Select(number => number.ToString(CultureInfo.InvariantCulture)));
        (await AllAsync(reads, "/environments/paged-d/operations?limit=1", "kind")).ShouldBe(["Create"]);
        var operation = (await reads.GetAsync("/environments/paged-d/operations")).Json["items"]![0]!["id"];
        (await AllAsync(reads, $"/operations/{operation}/events?limit=5", "number")).ShouldBe(numbers.Where(number => number != "1"));
    }

    [Fact]
    public async Task Stream_OfAnEnvironment_GoesOnWhereItWasCutOff()
    {
        var snapshot = await portal.ReadyAsync("streamed");
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        var last = snapshot.Environment.LastEvent;
        await using var lines = asks.LinesAsync($"/environments/streamed/events/stream?after={last - 1}").GetAsyncEnumerator();

        (await NextIdAsync(lines)).ShouldBe(last);
        (await asks.PostAsync("/environments/streamed/sleep")).ShouldBe(202);
        (await NextIdAsync(lines)).ShouldBe(last + 1);
    }

    [Fact]
    public async Task Stream_OfAnOperation_EndsWithIt()
    {
        var (_, environment) = await portal.Stored.ApproveAsync(ApiPortal.Small("ended"));
        var asks = await portal.ClientAsync(portal.Engineer);
        var operation = (await portal.Stored.SnapshotAsync(environment)).Operation!.Id;
        await using var lines = asks.LinesAsync($"/operations/{operation}/events/stream").GetAsyncEnumerator();
        await NextIdAsync(lines);

        await portal.Stored.FinishAsync(environment);

        var kinds = new List<string>();
        while (await lines.MoveNextAsync())
        {
            if (lines.Current.StartsWith("event: ", StringComparison.Ordinal))
                kinds.Add(lines.Current["event: ".Length..]);
        }

        kinds.ShouldContain("step.started");
        kinds[^2..].ShouldBe(["operation.succeeded", "end"]);
    }

    [Fact]
    public async Task Body_TooLongOrOfAnotherKind_IsRefusedAsAProblem()
    {
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        var long_ = Encoding.UTF8.GetBytes(new string(' ', 1024 * 1024 + 1));

        (await asks.SendAsync(HttpMethod.Post, "/plans", long_, "application/yaml")).ShouldBe(413);
        (await asks.SendAsync(HttpMethod.Post, "/requests", long_, "application/yaml", ("Idempotency-Key", "long"))).ShouldBe(413);
        (await asks.SendAsync(HttpMethod.Post, "/plans", "x"u8.ToArray(), "text/plain")).ShouldBe(415);
        (await asks.SendAsync(HttpMethod.Post, "/plans", [0xff, 0xfe], "application/yaml")).ShouldBe(400);
        (await asks.SendAsync(HttpMethod.Put, "/me", null, null)).ShouldBe(405);
        (await asks.GetAsync("/nothing")).ShouldBe(404);
        (await asks.GetAsync("/environments/%7f")).ShouldBe(404);
    }

    [Fact]
    public async Task Team_AsksWithItsToken_AndNobodyOfItDecides()
    {
        var inside = ApiPortal.Person("inside", Roles.Ops, "payments");
        await portal.KnowAsync(inside);
        var team = new ApiClient(portal.Address, await portal.TokenAsync(inside, "payments", TokenScope.Request));
        var decides = await portal.ClientAsync(inside, TokenScope.Approve);

        var filed = (await team.YamlAsync("/requests", ApiPortal.Yaml("of-team"))).ShouldBe(201);
        var request = await decides.GetAsync(filed.Header("Location")!);
        request.Json["requestedBy"]!.GetValue<string>().ShouldBe("payments");
        (await decides.PostAsync($"{filed.Header("Location")}/approve", null, ("If-Match", request.Header("ETag")!))).ShouldBe(403).Json["detail"]!.GetValue<string>().ShouldContain("outside of the team");
        (await team.PostAsync($"{filed.Header("Location")}/withdraw")).ShouldBe(200);
    }

    [Fact]
    public async Task Draft_OfAProgram_IsTheOneThatTheFormGoesOnWith()
    {
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        var path = $"/drafts/{Guid.NewGuid()}";

        var kept = (await asks.PutAsync(path, new { specification = ApiPortal.Yaml("drafted"), team = "" })).ShouldBe(200);
        (await asks.PutAsync(path, new { specification = ApiPortal.Yaml("elsewhere") })).ShouldBe(412).Code.ShouldBe("draft_changed");
        (await asks.PutAsync(path, new { specification = ApiPortal.Yaml("redrafted") }, ("If-Match", kept.Header("ETag")!))).ShouldBe(200).Json["version"]!.GetValue<int>().ShouldBe(2);
        Fields((await asks.PutAsync(path, new { specification = "apiVersion: portal/v1\nkind: Environment\nspec: { colour: red }" })).ShouldBe(422)).ShouldContain("colour");

        var found = (await asks.GetAsync(path)).ShouldBe(200);
        found.Json["specification"]!.GetValue<string>().ShouldContain("environment: redrafted");
        (await asks.YamlAsync("/plans", found.Json["specification"]!.GetValue<string>())).ShouldBe(200);
        (await asks.GetAsync("/drafts")).Json["items"]!.AsArray().Select(one => one!["name"]!.GetValue<string>()).ShouldContain("redrafted");
        // Whose it is alone.
        (await (await portal.ClientAsync(portal.Ops, TokenScope.Request)).GetAsync(path)).ShouldBe(404);
        (await asks.SendAsync(HttpMethod.Delete, path, null, null)).Status.ShouldBe(204);
        (await asks.PutAsync(path, new { specification = ApiPortal.Yaml("late") }, ("If-Match", "\"2\""))).ShouldBe(412).Code.ShouldBe("draft_gone");
    }

    [Fact]
    public async Task Drift_OfAnEnvironment_IsListedLeftAndPutRight()
    {
        var id = (await portal.ReadyAsync("drifted")).Environment.Id;
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        (await asks.GetAsync("/environments/drifted/drift/check")).ShouldBe(200).Json["checkedAt"].ShouldBeNull();
        (await asks.PostAsync("/environments/drifted/drift/check")).ShouldBe(202).Json["askedAt"].ShouldNotBeNull();
        (await asks.PostAsync("/environments/drifted/drift/check")).ShouldBe(409).Code.ShouldBe("already_decided");
        await portal.WriteAsync(
            """
            insert into drifts (environment_id, step, resource, type, property, expected, found, found_at)
            select environment_id, step, 'r-' || n, 'AWS::X', '/Size', '1', '2', now() from deployments, generate_series(1, 2) n where environment_id = @id and step = @step;
            update drift_checks set finished_at = now() + interval '1 minute' where environment_id = @id
            """, new { id, step = StepNames.NetworkCore });

        (await AllAsync(asks, "/environments/drifted/drift?limit=1", "resource")).ShouldBe(["r-1", "r-2"]);
        (await asks.GetAsync("/environments/drifted/drift/check")).Json["resources"]!.GetValue<int>().ShouldBe(2);
        var left = new { step = StepNames.NetworkCore, resource = "r-1", until = TimeProvider.System.GetUtcNow().AddDays(7) };
        (await asks.PostAsync("/environments/drifted/drift/ignore", left)).ShouldBe(200);
        Fields((await asks.PostAsync("/environments/drifted/drift/ignore", left with { until = TimeProvider.System.GetUtcNow().AddDays(1000) })).ShouldBe(422)).ShouldBe(["until"]);
        (await asks.GetAsync("/environments/drifted/drift/check")).Json["resources"]!.GetValue<int>().ShouldBe(1);
        (await AllAsync(asks, "/environments/drifted/drift?limit=5", "resource")).ShouldBe(["r-2", "r-1"]);
        (await asks.PostAsync("/environments/drifted/drift/revert", new { step = "nothing" })).ShouldBe(404);
        (await asks.PostAsync("/environments/drifted/drift/revert", new { step = StepNames.NetworkCore })).ShouldBe(202);
        (await asks.GetAsync("/environments/drifted")).Json["operation"]!["kind"]!.GetValue<string>().ShouldBe("RevertDrift");
    }

    [Fact]
    public async Task Operation_ThatFailed_IsRolledBack_AndWhatWaitsIsWithdrawn()
    {
        var snapshot = await portal.ReadyAsync("undone");
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        var first = (await asks.PostAsync("/environments/undone/services/web/scale", new { replicas = 3 })).ShouldBe(202).Json["id"]!.GetValue<string>();
        (await asks.PostAsync("/environments/undone/services/web/restart")).ShouldBe(202);
        var waits = (await asks.GetAsync("/environments/undone")).Json["waiting"]![0]!["id"]!.GetValue<string>();
        (await asks.PostAsync($"/operations/{waits}/withdraw")).ShouldBe(200);
        (await asks.PostAsync($"/operations/{waits}/withdraw")).ShouldBe(409);
        (await asks.PostAsync($"/operations/{first}/undo-plan")).ShouldBe(409).Code.ShouldBe("already_decided");

        await portal.Stored.FinishAsync(snapshot.Environment.Id, OperationState.Failed);

        // It failed before its first step: nothing of it is half made that could go.
        (await asks.PostAsync($"/operations/{first}/undo", new { leaveOut = new { step = "x", resources = new[] { "x" } } })).ShouldBe(409).Code.ShouldBe("nothing_to_undo");
        (await asks.PostAsync($"/operations/{first}/undo")).ShouldBe(409).Code.ShouldBe("nothing_to_undo");
    }

    [Fact]
    public async Task Resources_OfAnEnvironment_AreListedInPiecesAndNarrowed()
    {
        var id = (await portal.ReadyAsync("made-of")).Environment.Id;
        await portal.WriteAsync(
            """
            insert into resources (environment_id, step, type, name, physical_id, state, ready, changed_at)
            select @id, @step, 'AWS::X::Y', 'r-' || n, 'id-' || n, 'CREATE_COMPLETE', n <> 2, now() from generate_series(1, 3) n
            """, new { id, step = StepNames.NetworkCore });
        var reads = await portal.ClientAsync(portal.Viewer);

        (await AllAsync(reads, "/environments/made-of/resources?limit=1&type=AWS::X::Y", "name")).ShouldBe(["r-1", "r-2", "r-3"]);
        (await AllAsync(reads, "/environments/made-of/resources?limit=5&waiting=true", "physicalId")).ShouldBe(["id-2"]);
        (await reads.GetAsync("/environments/made-of/resources?step=none")).ShouldBe(200).Json["items"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Notices_OfAPerson_AreListedAndReadByWhoMayMoreThanRead()
    {
        var environment = (await portal.ReadyAsync("told-of")).Environment.Id;
        var told = ApiPortal.Person("told", Roles.Engineer);
        await portal.KnowAsync(told);
        await portal.WriteAsync(
            """
            insert into notices (id, subject, environment_id, event_number, kind, severity, title, body, path, at)
            select gen_random_uuid(), @subject, @environment, n, 'operation.failed', 'Error', 'Title ' || n, 'Text', '/environments/x', now() from generate_series(1, 3) n
            """, new { subject = told.Subject, environment });
        var (reads, asks) = (await portal.ClientAsync(told), await portal.ClientAsync(told, TokenScope.Request));

        (await AllAsync(reads, "/notices?limit=2", "title")).ShouldBe(["Title 3", "Title 2", "Title 1"]);
        var second = (await reads.GetAsync("/notices")).Json["items"]![1]!["number"]!.GetValue<long>();
        (await reads.PostAsync("/notices/read", new { number = second })).ShouldBe(403);
        (await asks.PostAsync("/notices/read", new { number = second, andBefore = true })).ShouldBe(200).Json["notices"]!.GetValue<int>().ShouldBe(2);
        (await AllAsync(reads, "/notices?unread=true&limit=5", "title")).ShouldBe(["Title 3"]);
    }

    [Fact]
    public async Task NeedsAndTeams_SayWhoDecidesAndHowMuchThereIs()
    {
        var builder = ApiPortal.Person("builder", Roles.Engineer, "builders");
        await portal.KnowAsync(builder);
        var asks = await portal.ClientAsync(builder, TokenScope.Request);
        var number = (await asks.YamlAsync("/requests", ApiPortal.Yaml("needs-some"))).ShouldBe(201).Json["number"]!.ToString();

        var needs = (await asks.GetAsync($"/requests/{number}/needs")).ShouldBe(200).Json;
        needs["rules"]!.AsArray().ShouldAllBe(rule => rule!["fits"]!.GetValue<bool>() == rule["conditions"]!.AsArray().All(condition => condition!["holds"]!.GetValue<bool>()));
        (needs["automatic"] is null).ShouldBe(needs["stages"]!.AsArray().Count > 0);
        (await asks.GetAsync("/requests/999999/needs")).ShouldBe(404);
        var team = (await asks.GetAsync("/teams?search=builders")).ShouldBe(200).Json["items"]!.AsArray().ShouldHaveSingleItem();
        (team!["name"]!.GetValue<string>(), team["environments"]!.GetValue<int>()).ShouldBe(("builders", 1));
    }

    [Fact]
    public async Task Care_OfAnEnvironment_IsSetAtOnceAndHandedOver()
    {
        await portal.ReadyAsync("cared-for");
        var asks = await portal.ClientAsync(portal.Engineer, TokenScope.Request);
        var timetable = new { timeZone = "Europe/Berlin", days = new[] { "Monday", "Monday" }, from = "07:00:00", to = "19:00:00" };

        (await asks.PutAsync("/environments/cared-for/care", new { expiresAt = (string?)null, timetable, isProtected = true })).ShouldBe(200).Json["timetable"]!["days"]!.AsArray().Count.ShouldBe(1);
        Fields((await asks.PutAsync("/environments/cared-for/care", new { expiresAt = (string?)null, timetable = timetable with { timeZone = "../../etc/passwd" }, isProtected = true })).ShouldBe(422))
            .ShouldBe(["timetable.timeZone"]);
        (await asks.PutAsync("/environments/cared-for/care", new { expiresAt = (string?)null, timetable = (object?)null })).ShouldBe(400);
        (await asks.GetAsync("/environments/cared-for/care")).ShouldBe(200).Json["isProtected"]!.GetValue<bool>().ShouldBeTrue();
        (await asks.PostAsync("/environments/cared-for/hand-over", new { team = "nobodys" })).ShouldBe(422);
        (await asks.PostAsync("/environments/cared-for/services/web/run")).ShouldBe(409).Code.ShouldBe("not_operable");
        (await asks.PostAsync("/environments/cared-for/services/web/roll-back")).ShouldBe(404);
    }

    [Fact]
    public async Task Delegation_IsMadeAndEnded_WithATokenThatDecides()
    {
        var (away, there) = (ApiPortal.Person("away", Roles.Ops), ApiPortal.Person("there", Roles.Viewer));
        await portal.KnowAsync(away);
        await portal.KnowAsync(there);
        var (reads, decides, standsIn) = (await portal.ClientAsync(away), await portal.ClientAsync(away, TokenScope.Approve), await portal.ClientAsync(there));
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        var wanted = new { to = (await decides.GetAsync("/delegations/people?search=ther")).ShouldBe(200).Json[0]!["id"]!.GetValue<string>(), first = today, last = today.AddDays(7) };

        (await reads.PostAsync("/delegations", wanted)).ShouldBe(403);
        Fields((await decides.PostAsync("/delegations", wanted with { last = today.AddDays(-1) })).ShouldBe(422)).ShouldBe(["last"]);
        var made = (await decides.PostAsync("/delegations", wanted)).ShouldBe(201).Json["id"]!.GetValue<string>();
        (await decides.GetAsync("/delegations")).Json["mine"]![0]!["to"]!["name"]!.GetValue<string>().ShouldBe("There");
        (await standsIn.GetAsync("/delegations")).Json["others"]![0]!["id"]!.GetValue<string>().ShouldBe(made);
        (await decides.PostAsync($"/delegations/{made}/end")).ShouldBe(200);
        (await decides.PostAsync($"/delegations/{made}/end")).ShouldBe(404);
        (await decides.GetAsync("/delegations")).Json["mine"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Audit_WithItsScope_IsPagedExportedAndVerified()
    {
        var snapshot = await portal.ReadyAsync("audited");
        var auditor = ApiPortal.Person("auditor", Roles.Ops);
        await portal.KnowAsync(auditor);
        var audits = await portal.ClientAsync(auditor, TokenScope.Audit);

        (await AllAsync(audits, "/audit?environment=audited&system=true&limit=3", "number")).ShouldBe(
            Enumerable.Range(1, (int)snapshot.Environment.LastEvent).Reverse().Select(number => number.ToString(CultureInfo.InvariantCulture)));
        // Those of the portal itself among those of environments, none of them twice.
        var all = await AllAsync(audits, $"/audit?from={TimeProvider.System.GetUtcNow():yyyy-MM-dd}&limit=7", "hash");
        all.ShouldBeUnique();
        ((await audits.GetAsync("/audit?kind=token.&limit=1")).ShouldBe(200).Json["items"]![0]!["environment"]).ShouldBeNull();
        Fields((await audits.GetAsync("/audit?from=yesterday&cursor=!!")).ShouldBe(400)).ShouldBe(["from", "cursor"], ignoreOrder: true);
        var export = await audits.GetAsync("/audit/export.jsonl?environment=audited&system=true");
        (export.ContentType, export.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length).ShouldBe(("application/jsonl", (int)snapshot.Environment.LastEvent));
        (await audits.GetAsync("/audit/export.csv?environment=audited")).Text.ShouldStartWith("at,environment,number,");
        (await audits.GetAsync("/audit/export.csv?to=never")).ShouldBe(400);
        var verdict = (await audits.GetAsync("/audit/verification")).ShouldBe(200).Json;
        (verdict["isWhole"]!.GetValue<bool>(), verdict["weakness"]).ShouldBe((true, null));

        await portal.KnowAsync(auditor with { Roles = new HashSet<string> { Roles.Engineer } });
        foreach (var path in (string[])["/audit", "/audit/export.csv", "/audit/verification"])
            (await audits.GetAsync(path)).ShouldBe(403);
    }

    private static IEnumerable<string> Fields(ApiAnswer answer) => answer.Json["errors"]!.AsArray().Select(error => error!["field"]!.GetValue<string>());

    private static async Task<List<string>> AllAsync(ApiClient client, string path, string field)
    {
        var all = new List<string>();
        string? cursor = null;
        do
        {
            var piece = (await client.GetAsync(cursor is null ? path : $"{path}&cursor={cursor}")).ShouldBe(200).Json;
            all.AddRange(piece["items"]!.AsArray().Select(item => item![field]!.ToString()));
            cursor = (string?)piece["next"];
        }
        while (cursor is not null && all.Count < 1000);
        return all;
    }

    private static async Task<long> NextIdAsync(IAsyncEnumerator<string> lines)
    {
        while (await lines.MoveNextAsync())
        {
            if (lines.Current.StartsWith("id: ", StringComparison.Ordinal))
                return long.Parse(lines.Current["id: ".Length..], CultureInfo.InvariantCulture);
        }

        throw new InvalidOperationException("The stream ended.");
    }
}
