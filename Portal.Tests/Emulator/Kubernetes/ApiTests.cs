using System.Net;
using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Expected answers: Kubernetes API concepts and API conventions (kubernetes.io/docs/reference/using-api).</summary>
public sealed class ApiTests
{
    [Theory]
    [InlineData(null, 401)]
    [InlineData("k8s-aws-v1.nonsense", 401)]
    [InlineData(TokenAuthenticator.WithoutEntry, 401)]
    [InlineData(TokenAuthenticator.Good, 200)]
    public async Task Request_WithToken_IsAdmittedOnlyByAccessEntry(string? token, int expected)
    {
        await using var host = await ClusterHost.StartAsync();
        using var client = host.Client(token);
        using var response = await client.GetAsync("api/v1/namespaces");
        ((int)response.StatusCode).ShouldBe(expected);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        body["kind"]!.GetValue<string>().ShouldBe(expected == 200 ? "NamespaceList" : "Status");
    }

    [Fact]
    public async Task Request_OnPlainPort_IsNotServed()
    {
        await using var host = await ClusterHost.StartAsync();
        using var response = await host.Plain.GetAsync(new Uri(host.Api.Endpoint).AbsolutePath + "/version");
        response.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("GET", "api/v1/namespaces/default/configmaps/none", null, 404, "NotFound")]
    [InlineData("GET", "apis/batch/v1/crontabs", null, 404, "NotFound")]
    [InlineData("POST", "api/v1/namespaces", """{"metadata":{"name":"default"}}""", 409, "AlreadyExists")]
    [InlineData("POST", "api/v1/namespaces", """{"metadata":{"name":"Shop_1"}}""", 422, "Invalid")]
    [InlineData("POST", "api/v1/namespaces", """{"metadata":{}}""", 422, "Invalid")]
    [InlineData("POST", "api/v1/namespaces", "{", 400, "BadRequest")]
    [InlineData("POST", "api/v1/namespaces?fieldValidation=Strict", """{"metadata":{"name":"a","name":"b"}}""", 400, "BadRequest")]
    [InlineData("POST", "api/v1/namespaces/none/configmaps", """{"metadata":{"name":"a"}}""", 404, "NotFound")]
    [InlineData("POST", "api/v1/namespaces/default/configmaps", """{"metadata":{"name":"a","namespace":"other"}}""", 400, "BadRequest")]
    [InlineData("POST", "api/v1/namespaces/default/configmaps", """{"kind":"Secret","metadata":{"name":"a"}}""", 400, "BadRequest")]
    [InlineData("PUT", "api/v1/namespaces/default/configmaps/kube-root-ca.crt", """{"metadata":{"name":"kube-root-ca.crt","resourceVersion":"1"}}""", 409, "Conflict")]
    [InlineData("POST", "apis/apps/v1/namespaces/default/deployments", """{"metadata":{"name":"a"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"a","image":"b"}]}}}}""", 422, "Invalid")]
    [InlineData("POST", "api/v1/namespaces/default/pods", """{"metadata":{"name":"a"},"spec":{"containers":[]}}""", 422, "Invalid")]
    [InlineData("GET", "api/v1/pods?labelSelector=a%3D%3D%3Db", null, 400, "BadRequest")]
    [InlineData("GET", "api/v1/pods?fieldSelector=spec.nope%3Db", null, 400, "BadRequest")]
    [InlineData("DELETE", "api/v1/namespaces/default/configmaps/kube-root-ca.crt", """{"preconditions":{"uid":"other"}}""", 409, "Conflict")]
    [InlineData("PATCH", "api/v1/namespaces/default", "{}", 415, "UnsupportedMediaType")]
    public async Task Request_ThatCannotBeServed_IsRefusedAsKubernetesDoes(string method, string path, string? body, int status, string reason)
    {
        await using var host = await ClusterHost.StartAsync();
        await host.WaitAsync("api/v1/namespaces/default/configmaps", "kube-root-ca.crt", _ => true);
        var (actual, answer) = await host.SendAsync(method, path, body);
        actual.ShouldBe(status, answer.ToJsonString());
        answer["kind"]!.GetValue<string>().ShouldBe("Status");
        answer["reason"]!.GetValue<string>().ShouldBe(reason);
        answer["code"]!.GetValue<int>().ShouldBe(status);
    }

    [Theory]
    [InlineData("application/vnd.kubernetes.protobuf", 406)]
    [InlineData("application/vnd.kubernetes.protobuf, application/json", 200)]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", 200)]
    [InlineData("application/json;as=Unknown;v=v1", 406)]
    public async Task List_ByAcceptHeader_AnswersJsonOrRefuses(string accept, int expected)
    {
        await using var host = await ClusterHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/namespaces");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await host.Http.SendAsync(request);
        ((int)response.StatusCode).ShouldBe(expected);
    }

    [Theory]
    [InlineData("a%3D1", "one,two")]
    [InlineData("a%3D1,b!%3Dx", "two")]
    [InlineData("a%20in%20(1,2)", "one,three,two")]
    [InlineData("!b", "three,two")]
    [InlineData("b", "one")]
    [InlineData("a%20notin%20(1)", "three")]
    public async Task List_WithLabelSelector_SelectsAsKubernetesDoes(string selector, string expected)
    {
        await using var host = await ClusterHost.StartAsync();
        await host.CreateNamespaceAsync("labels");
        foreach (var (name, labels) in new[] { ("one", """{"a":"1","b":"x"}"""), ("two", """{"a":"1"}"""), ("three", """{"a":"2"}""") })
            await host.OkAsync("POST", "api/v1/namespaces/labels/secrets", $$"""{"metadata":{"name":"{{name}}","labels":{{labels}}} }""");

        var list = await host.OkAsync("GET", $"api/v1/namespaces/labels/secrets?labelSelector={selector}");
        string.Join(',', list["items"]!.AsArray().Select(item => item!["metadata"]!["name"]!.GetValue<string>())).ShouldBe(expected);
    }

    [Fact]
    public async Task List_InPages_ReturnsEverythingOnce()
    {
        await using var host = await ClusterHost.StartAsync();
        for (var number = 0; number < 7; number++)
            await host.OkAsync("POST", "api/v1/namespaces/default/secrets", $$"""{"metadata":{"name":"s{{number}}"} }""");

        var (names, token) = (new List<string>(), "");
        do
        {
            var page = await host.OkAsync("GET", $"api/v1/namespaces/default/secrets?limit=3&continue={Uri.EscapeDataString(token)}");
            names.AddRange(page["items"]!.AsArray().Select(item => item!["metadata"]!["name"]!.GetValue<string>()));
            token = page["metadata"]!["continue"]?.GetValue<string>() ?? "";
        }
        while (token.Length > 0);
        names.ShouldBe(["s0", "s1", "s2", "s3", "s4", "s5", "s6"]);
    }

    [Fact]
    public async Task Status_PutToTheObject_IsIgnored_AndSpecPutToStatusToo()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.OkAsync("POST", "apis/apps/v1/namespaces/default/deployments", Manifests.Deployment("web", 0));
        await host.OkAsync("PATCH", "apis/apps/v1/namespaces/default/deployments/web", """{"status":{"readyReplicas":9}}""", "application/merge-patch+json");
        var answer = await host.OkAsync("PATCH", "apis/apps/v1/namespaces/default/deployments/web/status", """{"spec":{"replicas":9}}""", "application/merge-patch+json");
        answer["spec"]!["replicas"]!.GetValue<int>().ShouldBe(0);
        answer["status"]?["readyReplicas"].ShouldBeNull();
        answer["metadata"]!["generation"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task DryRun_OfAnyWrite_ChangesNothing()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.OkAsync("POST", "api/v1/namespaces/default/secrets?dryRun=All", """{"metadata":{"name":"ghost"}}""");
        (await host.SendAsync("GET", "api/v1/namespaces/default/secrets/ghost")).Status.ShouldBe(404);
        await host.OkAsync("DELETE", "api/v1/namespaces/default?dryRun=All");
        (await host.OkAsync("GET", "api/v1/namespaces/default"))["metadata"]!["deletionTimestamp"].ShouldBeNull();
    }

    [Fact]
    public async Task CustomResource_OfNewDefinition_IsServed()
    {
        await using var host = await ClusterHost.StartAsync();
        var definition = await host.OkAsync("POST", "apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"metadata":{"name":"ingressclassparams.elbv2.k8s.aws"},"spec":{"group":"elbv2.k8s.aws","scope":"Cluster",
             "names":{"kind":"IngressClassParams","plural":"ingressclassparams"},"versions":[{"name":"v1beta1","served":true,"storage":true}]}}
            """);
        definition["status"]!["conditions"]!.AsArray().ShouldContain(item => item!["type"]!.GetValue<string>() == "Established");
        await host.OkAsync("POST", "apis/elbv2.k8s.aws/v1beta1/ingressclassparams", """{"metadata":{"name":"alb"},"spec":{"scheme":"internal"}}""");
        var list = await host.OkAsync("GET", "apis/elbv2.k8s.aws/v1beta1/ingressclassparams");
        list["kind"]!.GetValue<string>().ShouldBe("IngressClassParamsList");
        (await host.OkAsync("GET", "apis"))["groups"]!.AsArray().ShouldContain(group => group!["name"]!.GetValue<string>() == "elbv2.k8s.aws");
        (await host.SendAsync("PATCH", "apis/elbv2.k8s.aws/v1beta1/ingressclassparams/alb", "{}", "application/strategic-merge-patch+json")).Status.ShouldBe(415);
    }
}
