using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Expected answers: kubernetes.io/docs/reference/using-api/server-side-apply.</summary>
public sealed class ServerSideApplyTests
{
    private const string Path = "apis/apps/v1/namespaces/default/deployments/web";
    private const string Apply = "application/apply-patch+yaml";
    private const string Merge = "application/merge-patch+json";

    private const string Identity = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";
    private const string Frame = "selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: 'a:1'";

    [Fact]
    public async Task Apply_OfNewObject_CreatesItAndOwnsExactlyItsFields()
    {
        await using var host = await ClusterHost.StartAsync();
        var (status, created) = await host.SendAsync("PATCH", Path + "?fieldManager=portal", Manifest("replicas: 2, "), Apply);
        status.ShouldBe(201);
        var entry = created["metadata"]!["managedFields"]!.AsArray().ShouldHaveSingleItem()!;
        (Text(entry, "manager"), Text(entry, "operation"), Text(entry, "apiVersion"), Text(entry, "fieldsType")).ShouldBe(("portal", "Apply", "apps/v1", "FieldsV1"));
        entry["fieldsV1"]!.ToJsonString().ShouldBe(
            """{"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{"f:app":{}}},"f:spec":{"f:containers":{"k:{\u0022name\u0022:\u0022main\u0022}":{".":{},"f:name":{},"f:image":{}}}}}}}""");
    }

    [Fact]
    public async Task Update_ThroughAnotherVerb_OwnsWhatItChanges()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.SendAsync("PATCH", Path + "?fieldManager=portal", Manifest("replicas: 2, "), Apply);
        var scaled = await host.OkAsync("PATCH", Path + "?fieldManager=kubectl-edit", """{"metadata":{"labels":{"team":"a"}},"spec":{"replicas":5}}""", Merge);
        Owned(scaled, "kubectl-edit", "Update").ShouldBe("""{"f:metadata":{"f:labels":{".":{},"f:team":{}}},"f:spec":{"f:replicas":{}}}""");
        Owned(scaled, "portal", "Apply")!.ShouldNotContain("f:replicas", Case.Sensitive, "an update takes what it changes");
    }

    [Fact]
    public async Task Apply_OfAFieldOfSomebodyElse_IsAConflictUnlessForced()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.OkAsync("POST", "apis/apps/v1/namespaces/default/deployments?fieldManager=kubectl-client-side-apply", Manifests.Deployment("web", 2));
        var (status, answer) = await host.SendAsync("PATCH", Path + "?fieldManager=portal", Manifest("replicas: 3, "), Apply);
        (status, Text(answer, "reason")).ShouldBe((409, "Conflict"));
        Text(answer, "message").ShouldBe(
            "Apply failed with 2 conflicts: conflicts with \"kubectl-client-side-apply\" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name=\"main\"].image");
        answer["details"]!["causes"]![0]!.ToJsonString().ShouldBe(
            """{"reason":"FieldManagerConflict","message":"conflict with \u0022kubectl-client-side-apply\u0022 using apps/v1","field":".spec.replicas"}""");

        var forced = await host.OkAsync("PATCH", Path + "?fieldManager=portal&force=true", Manifest("replicas: 3, "), Apply);
        forced["spec"]!["replicas"]!.GetValue<int>().ShouldBe(3);
        Owned(forced, "kubectl-client-side-apply", "Update")!.ShouldNotContain("f:replicas");
    }

    [Fact]
    public async Task Apply_OfTheSameValue_IsNoConflict_AndSharesTheField()
    {
        await using var host = await ClusterHost.StartAsync();
        await host.SendAsync("PATCH", Path + "?fieldManager=one", Manifest("replicas: 2, "), Apply);
        var shared = await host.OkAsync("PATCH", Path + "?fieldManager=two", Manifest("replicas: 2, "), Apply);
        Owned(shared, "one", "Apply")!.ShouldContain("f:replicas");
        Owned(shared, "two", "Apply")!.ShouldContain("f:replicas");

        // Of two owners, one gives it up: it stays. The other gives it up too: it goes, here back to its default.
        var left = await host.OkAsync("PATCH", Path + "?fieldManager=one", Manifest(""), Apply);
        left["spec"]!["replicas"]!.GetValue<int>().ShouldBe(2);
        var gone = await host.OkAsync("PATCH", Path + "?fieldManager=two", Manifest(""), Apply);
        gone["spec"]!["replicas"]!.GetValue<int>().ShouldBe(1);
    }

    [Theory]
    [InlineData("ports: [{containerPort: 80}, {containerPort: 81}]", "ports: [{containerPort: 81}]", "ports", """[{"containerPort":81,"protocol":"TCP"}]""")]
    [InlineData("env: [{name: A, value: a}, {name: B, value: b}]", "env: [{name: B, value: c}]", "env", """[{"name":"B","value":"c"}]""")]
    [InlineData("args: [a, b]", "args: [c]", "args", """["c"]""")]
    [InlineData("env: [{name: A, value: a}]", "tty: true", "env", null)]
    public async Task Apply_OfLess_RemovesWhatItsManagerAppliedBefore(string before, string after, string field, string? expected)
    {
        await using var host = await ClusterHost.StartAsync();
        await host.SendAsync("PATCH", Path + "?fieldManager=portal", Manifest("", before), Apply);
        var changed = await host.OkAsync("PATCH", Path + "?fieldManager=portal", Manifest("", after), Apply);
        changed["spec"]!["template"]!["spec"]!["containers"]![0]![field]?.ToJsonString().ShouldBe(expected);
    }

    [Theory]
    [InlineData("", "replicas: 1, ", 422, "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")]
    [InlineData("?fieldManager=x", "replicsa: 1, ", 500, "failed to create typed patch object (default/web; apps/v1, Kind=Deployment): .spec.replicsa: field not declared in schema")]
    [InlineData("?fieldManager=x", "replicas: many, ", 400, "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    public async Task Apply_ThatCannotBeOwned_IsRefused(string query, string spec, int expected, string message)
    {
        await using var host = await ClusterHost.StartAsync();
        var (status, answer) = await host.SendAsync("PATCH", Path + query, Manifest(spec), Apply);
        (status, Text(answer, "message")).ShouldBe((expected, message));
    }

    [Fact]
    public async Task Apply_OfTheSameAgain_ChangesNothing()
    {
        await using var host = await ClusterHost.StartAsync();
        const string Map = "api/v1/namespaces/default/configmaps/settings?fieldManager=portal";
        const string Yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, labels: {a: b}}\ndata: {x: '1'}";
        var (_, first) = await host.SendAsync("PATCH", Map, Yaml, Apply);
        var second = await host.OkAsync("PATCH", Map, Yaml, Apply);
        second.ToJsonString().ShouldBe(first.ToJsonString());
    }

    private static string Manifest(string spec, string container = "") => $"{Identity}spec: {{{spec}{Frame}{(container.Length > 0 ? ", " : "")}{container}}}]}}}}}}";

    private static string? Owned(JsonNode document, string manager, string operation) => document["metadata"]!["managedFields"]!.AsArray()
        .FirstOrDefault(entry => Text(entry!, "manager") == manager && Text(entry!, "operation") == operation)?["fieldsV1"]!.ToJsonString();

    private static string? Text(JsonNode node, string field) => node[field]?.GetValue<string>();
}
