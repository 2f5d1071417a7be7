using System.Net;
using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Expected answers: kubernetes.io/docs/reference/using-api/api-concepts, and apimachinery's ValidateListOptions.</summary>
public sealed class SemanticsTests
{
    private const string Secrets = "api/v1/namespaces/default/secrets";
    private const string Deployments = "apis/apps/v1/namespaces/default/deployments";

    [Theory]
    [InlineData("resourceVersion=x", 400, "resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax")]
    [InlineData("resourceVersionMatch=Exact", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersion=0&resourceVersionMatch=Exact", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("resourceVersion=1&resourceVersionMatch=Near", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Unsupported value: \"Near\": supported values: \"Exact\", \"NotOlderThan\", \"\"")]
    [InlineData("sendInitialEvents=true", 422, "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list")]
    [InlineData("watch=true&sendInitialEvents=true", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    [InlineData("watch=true&resourceVersion=1&resourceVersionMatch=NotOlderThan", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    [InlineData("continue=nonsense", 400, "continue key is not valid")]
    public async Task List_WithOptionsThatDoNotFit_IsRefused(string query, int expected, string message)
    {
        await using var host = await ClusterHost.StartAsync();
        var (status, answer) = await host.SendAsync("GET", $"{Secrets}?{query}");
        (status, answer["message"]!.GetValue<string>()).ShouldBe((expected, message));
    }

    [Fact]
    public async Task List_AtAVersion_ShowsThatState()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.OkAsync("POST", Secrets, """{"metadata":{"name":"kept"},"stringData":{"a":"1"}}""");
        await host.OkAsync("POST", Secrets, """{"metadata":{"name":"gone"}}""");
        var then = (await host.OkAsync("GET", Secrets))["metadata"]!["resourceVersion"]!.GetValue<string>();
        await host.OkAsync("PATCH", Secrets + "/kept", """{"stringData":{"a":"2"}}""", "application/merge-patch+json");
        await host.OkAsync("DELETE", Secrets + "/gone");
        await host.OkAsync("POST", Secrets, """{"metadata":{"name":"later"}}""");

        var old = await host.OkAsync("GET", $"{Secrets}?resourceVersion={then}&resourceVersionMatch=Exact");
        Names(old).ShouldBe("gone,kept");
        old["metadata"]!["resourceVersion"]!.GetValue<string>().ShouldBe(then);
        old["items"]![1]!["data"]!["a"]!.GetValue<string>().ShouldBe("MQ==");
        Names(await host.OkAsync("GET", $"{Secrets}?resourceVersion={then}&resourceVersionMatch=NotOlderThan")).ShouldBe("kept,later");

        var (status, ahead) = await host.SendAsync("GET", $"{Secrets}?resourceVersion=999999999");
        (status, ahead["reason"]!.GetValue<string>()).ShouldBe((504, "Timeout"));
    }

    [Fact]
    public async Task List_InPages_IsOfOneState_AndCountsWhatIsLeftUnlessSelected()
    {
        await using var host = await ClusterHost.StartAsync();
        foreach (var name in new[] { "a", "b", "d" })
            await host.OkAsync("POST", Secrets, $$"""{"metadata":{"name":"{{name}}","labels":{"x":"y"} } }""");
        var first = await host.OkAsync("GET", Secrets + "?limit=1");
        first["metadata"]!["remainingItemCount"]!.GetValue<int>().ShouldBe(2);
        (await host.OkAsync("GET", Secrets + "?limit=1&labelSelector=x%3Dy"))["metadata"]!["remainingItemCount"].ShouldBeNull();

        await host.OkAsync("POST", Secrets, """{"metadata":{"name":"c"}}""");
        var rest = await host.OkAsync("GET", $"{Secrets}?continue={Uri.EscapeDataString(first["metadata"]!["continue"]!.GetValue<string>())}");
        Names(rest).ShouldBe("b,d", "the state is that of the first page");
    }

    [Theory]
    [InlineData("Strict", 400, "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replicsa\", duplicate field \"spec.paused\"", "")]
    [InlineData("Warn", 201, null, "299 - \"unknown field \\\"spec.replicsa\\\"\"|299 - \"duplicate field \\\"spec.paused\\\"\"")]
    [InlineData("Ignore", 201, null, "")]
    [InlineData("Maybe", 422, "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value: \"Maybe\": supported values: \"Ignore\", \"Strict\", \"Warn\"", "")]
    public async Task Create_WithUnknownFields_IsJudgedByFieldValidation(string validation, int expected, string? message, string warnings)
    {
        await using var host = await ClusterHost.StartAsync();
        var body = Manifests.Deployment("web", 0).Replace("\"replicas\":0", "\"replicas\":0,\"replicsa\":1,\"paused\":false,\"paused\":false", StringComparison.Ordinal);
        using var response = await host.Http.PostAsync($"{Deployments}?fieldValidation={validation}", new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        ((int)response.StatusCode).ShouldBe(expected);
        if (message is not null)
            answer["message"]!.GetValue<string>().ShouldBe(message);
        else
            answer["spec"]!["replicsa"].ShouldBeNull();
        string.Join('|', response.Headers.TryGetValues("Warning", out var said) ? said : []).ShouldBe(warnings);
    }

    [Fact]
    public async Task Discovery_Aggregated_TellsTheSameAsTheOldOne()
    {
        await using var host = await ClusterHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "apis");
        request.Headers.TryAddWithoutValidation("Accept", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json");
        using var response = await host.Http.SendAsync(request);
        response.Content.Headers.ContentType!.ToString().Replace(" ", "", StringComparison.Ordinal).ShouldBe("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
        var groups = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["items"]!.AsArray();
        var old = await host.OkAsync("GET", "apis");
        groups.Select(group => group!["metadata"]!["name"]!.GetValue<string>()).ShouldBe(old["groups"]!.AsArray().Select(group => group!["name"]!.GetValue<string>()));

        var deployments = groups.First(group => group!["metadata"]!["name"]!.GetValue<string>() == "apps")!["versions"]![0]!["resources"]![0]!;
        (deployments["resource"]!.GetValue<string>(), deployments["scope"]!.GetValue<string>()).ShouldBe(("deployments", "Namespaced"));
        deployments["subresources"]!.AsArray().Select(item => item!["subresource"]!.GetValue<string>()).ShouldBe(["status", "scale"]);
    }

    [Fact]
    public async Task OpenApi_OfAGroup_DescribesFieldsWithTheirMergeKeys()
    {
        await using var host = await ClusterHost.StartAsync();
        var schemas = (await host.OkAsync("GET", "openapi/v3/apis/apps/v1"))["components"]!["schemas"]!;
        schemas["io.k8s.api.apps.v1.Deployment"]!["x-kubernetes-group-version-kind"]![0]!.ToJsonString().ShouldBe("""{"group":"apps","kind":"Deployment","version":"v1"}""");
        var containers = schemas["io.k8s.api.core.v1.PodSpec"]!["properties"]!["containers"]!;
        containers["x-kubernetes-patch-merge-key"]!.GetValue<string>().ShouldBe("name");
        containers["x-kubernetes-list-map-keys"]!.ToJsonString().ShouldBe("""["name"]""");
        schemas["io.k8s.api.core.v1.Container"]!["required"]!.ToJsonString().ShouldBe("""["name"]""");
        foreach (var reference in References(schemas))
            schemas[reference["#/components/schemas/".Length..]].ShouldNotBeNull($"{reference} is referred to");
    }

    [Theory]
    [InlineData(1, "Success", 201)]
    [InlineData(2, "TooManyRequests", 429)]
    public async Task Eviction_UnderABudget_IsRefusedWhereItWouldViolateIt(int minAvailable, string expected, int code)
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Deployments, Manifests.Deployment("web", 2));
        await host.OkAsync("POST", "apis/policy/v1/namespaces/default/poddisruptionbudgets", $$"""{"metadata":{"name":"web"},"spec":{"minAvailable":{{minAvailable}},"selector":{"matchLabels":{"app":"web"} } } }""");
        await host.WaitAsync("apis/policy/v1/namespaces/default/poddisruptionbudgets", "web", item => item["status"]?["currentHealthy"]?.GetValue<int>() == 2);
        var pod = (await host.OkAsync("GET", "api/v1/namespaces/default/pods?labelSelector=app%3Dweb"))["items"]![0]!["metadata"]!["name"]!.GetValue<string>();
        var (status, answer) = await host.SendAsync("POST", $"api/v1/namespaces/default/pods/{pod}/eviction", $$"""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"{{pod}}"} }""");
        (status, (answer["reason"] ?? answer["status"])!.GetValue<string>()).ShouldBe((code, expected));
        if (code == 429)
            answer["details"]!["causes"]![0]!["message"]!.GetValue<string>().ShouldBe("The disruption budget web needs 2 healthy pods and has 2 currently");
    }

    [Theory]
    [InlineData("k8s-aws-v1.with.AmazonEKSViewPolicy", "GET", "api/v1/namespaces/default/pods", 200)]
    [InlineData("k8s-aws-v1.with.AmazonEKSViewPolicy", "GET", Secrets, 403)]
    [InlineData("k8s-aws-v1.with.AmazonEKSViewPolicy", "POST", Deployments, 403)]
    [InlineData("k8s-aws-v1.with.AmazonEKSViewPolicy", "GET", "api/v1/nodes", 403)]
    [InlineData("k8s-aws-v1.with.AmazonEKSAdminViewPolicy", "GET", Secrets, 200)]
    [InlineData("k8s-aws-v1.with.AmazonEKSEditPolicy", "POST", Deployments, 201)]
    [InlineData("k8s-aws-v1.with.AmazonEKSEditPolicy", "GET", "apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", 403)]
    [InlineData("k8s-aws-v1.with.AmazonEKSAdminPolicy", "GET", "apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", 200)]
    [InlineData("k8s-aws-v1.with.AmazonEKSAdminPolicy", "GET", "apis/rbac.authorization.k8s.io/v1/clusterroles", 403)]
    [InlineData("k8s-aws-v1.with.AmazonEKSClusterAdminPolicy", "GET", "apis/rbac.authorization.k8s.io/v1/clusterroles", 200)]
    [InlineData("k8s-aws-v1.with.AmazonEKSViewPolicy@shop", "GET", "api/v1/namespaces/default/pods", 403)]
    [InlineData("k8s-aws-v1.with.AmazonEKSViewPolicy@def*", "GET", "api/v1/namespaces/default/pods", 200)]
    [InlineData("k8s-aws-v1.with.AmazonEKSViewPolicy@default", "GET", "api/v1/pods", 403)]
    [InlineData("k8s-aws-v1.with.group:readers", "GET", "api/v1/namespaces/default/pods", 200)]
    [InlineData("k8s-aws-v1.with.group:readers", "GET", Secrets, 403)]
    [InlineData("k8s-aws-v1.with.group:readers", "GET", "api/v1/namespaces/kube-system/pods", 403)]
    [InlineData("k8s-aws-v1.with.group:nobody", "GET", "version", 200)]
    [InlineData("k8s-aws-v1.with.group:system:masters", "GET", Secrets, 200)]
    public async Task Request_OfAPrincipal_IsAllowedByPolicyOrRole(string token, string method, string path, int expected)
    {
        await using var host = await ClusterHost.StartAsync();
        await host.OkAsync("POST", "apis/rbac.authorization.k8s.io/v1/namespaces/default/roles", """{"metadata":{"name":"reader"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]}""");
        await host.OkAsync("POST", "apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", """{"metadata":{"name":"readers"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"reader"},"subjects":[{"kind":"Group","name":"readers"}]}""");
        using var client = host.Client(token);
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        if (method == "POST")
            request.Content = new StringContent(Manifests.Deployment("web", 0), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        using var response = await client.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(expected, await response.Content.ReadAsStringAsync());
    }

    /// <summary>"Aggregated ClusterRoles" of the RBAC page; nothing forbids two that select each other.</summary>
    [Theory]
    [InlineData("api/v1/namespaces/default/pods", 200)]
    [InlineData(Secrets, 403)]
    public async Task Request_OfRolesThatAggregateEachOther_IsAllowedByWhatTheyGather(string path, int expected)
    {
        const string roles = "apis/rbac.authorization.k8s.io/v1/clusterroles";
        await using var host = await ClusterHost.StartAsync();
        foreach (var name in new[] { "one", "two" })
            await host.OkAsync("POST", roles, $$$"""{"metadata":{"name":"{{{name}}}","labels":{"gather":"yes"}},"aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"gather":"yes"}}]}}""");
        await host.OkAsync("POST", roles, """{"metadata":{"name":"pods","labels":{"gather":"yes"}},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]}""");
        await host.OkAsync("POST", "apis/rbac.authorization.k8s.io/v1/clusterrolebindings", """{"metadata":{"name":"readers"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"one"},"subjects":[{"kind":"Group","name":"readers"}]}""");
        using var client = host.Client("k8s-aws-v1.with.group:readers");

        using var response = await client.GetAsync(path);

        ((int)response.StatusCode).ShouldBe(expected, await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Request_ThatIsForbidden_IsToldInRbacsWords()
    {
        await using var host = await ClusterHost.StartAsync();
        using var client = host.Client("k8s-aws-v1.with.group:nobody");
        using var response = await client.GetAsync(Deployments + "/web");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        (response.StatusCode, body["reason"]!.GetValue<string>()).ShouldBe((HttpStatusCode.Forbidden, "Forbidden"));
        body["message"]!.GetValue<string>().ShouldBe("deployments.apps \"web\" is forbidden: User \"dev\" cannot get resource \"deployments\" in API group \"apps\" in the namespace \"default\"");
    }

    [Fact]
    public async Task Token_OfAServiceAccount_IsItsIdentity()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.WaitAsync("api/v1/namespaces/default/serviceaccounts", "default", _ => true);
        var issued = await host.OkAsync("POST", "api/v1/namespaces/default/serviceaccounts/default/token", """{"spec":{"expirationSeconds":3600}}""");
        using var client = host.Client(issued["status"]!["token"]!.GetValue<string>());
        using var who = await client.PostAsync("apis/authentication.k8s.io/v1/selfsubjectreviews", new StringContent("{}", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")));
        JsonNode.Parse(await who.Content.ReadAsStringAsync())!["status"]!["userInfo"]!["username"]!.GetValue<string>().ShouldBe("system:serviceaccount:default:default");
        using var refused = await client.GetAsync(Secrets);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await host.SendAsync("POST", "api/v1/namespaces/default/serviceaccounts/default/token", """{"spec":{"expirationSeconds":60}}""")).Status.ShouldBe(422);
    }

    private static string Names(JsonNode list) => string.Join(',', list["items"]!.AsArray().Select(item => item!["metadata"]!["name"]!.GetValue<string>()));

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject parent => parent.SelectMany(pair => pair.Key == "$ref" ? [pair.Value!.GetValue<string>()] : References(pair.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
