using System.Text;
using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Expected answers: kubernetes-sigs/secrets-store-csi-driver (nodeserver.go, the pod status controller) and AWS's provider (secret_value.go).</summary>
public sealed class SecretsStoreTests
{
    private const string Pods = "api/v1/namespaces/default/pods";
    private const string Statuses = "apis/secrets-store.csi.x-k8s.io/v1/namespaces/default/secretproviderclasspodstatuses";

    [Fact]
    public async Task Pod_WithSecrets_StartsWhenTheyCanBeMountedAndFollowsTheirRotation()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        await host.OkAsync("POST", Pods, """{"metadata":{"name":"web"},"spec":{"containers":[{"name":"m","image":"web"}],"volumes":[{"name":"secrets","csi":{"driver":"secrets-store.csi.k8s.io","readOnly":true,"volumeAttributes":{"secretProviderClass":"web"}}}]}}""");
        await SaidAsync("driver name secrets-store.csi.k8s.io not found in the list of registered CSI drivers");
        (await host.OkAsync("GET", Pods + "/web"))["status"]!["containerStatuses"]![0]!["state"]!["waiting"]!["reason"]!.GetValue<string>().ShouldBe("ContainerCreating");

        host.Fleet.SetAddon("shop", "aws-secrets-store-csi-driver-provider", isInstalled: true);
        await SaidAsync("failed to get secretproviderclass default/web");
        var wanted = new JsonObject
        {
            ["apiVersion"] = "secrets-store.csi.x-k8s.io/v1",
            ["kind"] = "SecretProviderClass",
            ["metadata"] = new JsonObject { ["name"] = "web" },
            ["spec"] = new JsonObject
            {
                ["provider"] = "aws",
                ["parameters"] = new JsonObject
                {
                    ["objects"] = """
                        - objectName: "shop/payment"
                          objectType: secretsmanager
                          objectAlias: secret-0
                          jmesPath:
                            - path: '"apiKey"'
                              objectAlias: secret-0-0
                        """,
                },
                ["secretObjects"] = new JsonArray(new JsonObject { ["secretName"] = "web-secrets", ["type"] = "Opaque", ["data"] = new JsonArray(new JsonObject { ["objectName"] = "secret-0-0", ["key"] = "secret-0-0" }) }),
            },
        };
        await host.OkAsync("POST", "apis/secrets-store.csi.x-k8s.io/v1/namespaces/default/secretproviderclasses", wanted.ToJsonString());
        await SaidAsync("err: rpc error: code = Unknown desc = no secretsmanager shop/payment for default/default of shop");
        host.Secrets.Values["shop/payment"] = ("hunter2", "v0");
        await SaidAsync("Invalid JSON used with jmesPath in secret: shop/payment.");
        host.Secrets.Values["shop/payment"] = ("""{"user":"x"}""", "v1");
        await SaidAsync("JMES Path - \"apiKey\" for object alias - secret-0-0 does not point to a valid object.");

        host.Secrets.Values["shop/payment"] = ("""{"apiKey":"one"}""", "v2");
        await host.WaitAsync(Pods, "web", pod => pod["status"]!["phase"]!.GetValue<string>() == "Running");
        await MountedAsync("v2", "one");

        host.Secrets.Values["shop/payment"] = ("""{"apiKey":"two"}""", "v3");
        await MountedAsync("v3", "two");

        // What it stands for goes with the pod.
        await host.OkAsync("DELETE", Pods + "/web");
        await host.WaitAsync(Statuses, "web-default-web", _ => false, gone: true);

        Task<JsonNode> SaidAsync(string text) => host.WaitAsync("api/v1/namespaces/default/events", null, said => said["reason"]!.GetValue<string>() == "FailedMount" && said["message"]!.GetValue<string>().Contains(text, StringComparison.Ordinal));

        async Task MountedAsync(string version, string value)
        {
            var status = await host.WaitAsync(Statuses, "web-default-web", one => one["status"]!["objects"]!.AsArray().All(item => item!["version"]!.GetValue<string>() == version));
            (status["status"]!["podName"]!.GetValue<string>(), status["status"]!["secretProviderClassName"]!.GetValue<string>()).ShouldBe(("web", "web"));
            var secret = await host.OkAsync("GET", "api/v1/namespaces/default/secrets/web-secrets");
            Encoding.UTF8.GetString(Convert.FromBase64String(secret["data"]!["secret-0-0"]!.GetValue<string>())).ShouldBe(value);
        }
    }
}
