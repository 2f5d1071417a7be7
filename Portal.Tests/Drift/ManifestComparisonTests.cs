using System.Text.Json.Nodes;
using Portal.Core.Drift;

namespace Portal.Tests.Drift;

public sealed class ManifestComparisonTests
{
    private const string Expected = """
        ---
        # Source: microservice/templates/deployment.yaml
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: "cart"
          labels: { app: "cart" }
        spec:
          selector: { matchLabels: { app: cart } }
          template:
            spec:
              hostNetwork: false
              containers:
                - name: "cart"
                  image: "shop/cart:1.0"
                  args: []
                  env: [{ name: "PORT", value: "8080" }, { name: "REGION", value: "us-east-1" }]
                  resources: { limits: { cpu: "1", memory: 512Mi } }
                  ports: [{ containerPort: 8080 }]
        """;

    [Fact]
    public void Of_WhatTheServerAdds_IsNoDifference()
    {
        var live = Live("shop/cart:1.0");
        live["spec"]!["replicas"] = 3;
        live["metadata"]!["annotations"] = new JsonObject { ["deployment.kubernetes.io/revision"] = "1" };
        live["status"] = new JsonObject { ["readyReplicas"] = 3 };
        Container(live)["imagePullPolicy"] = "IfNotPresent";
        // As a server writes the same.
        Container(live)["resources"] = JsonNode.Parse("""{"limits": {"cpu": "1000m", "memory": "0.5Gi"}}""");

        Differences(live).ShouldBeEmpty();
    }

    [Fact]
    public void Of_ChangedTakenAwayAndAdded_AreThreeDifferences()
    {
        var live = Live("shop/cart:evil");
        Container(live)["env"] = JsonNode.Parse("""[{"name": "DEBUG", "value": "1"}, {"name": "PORT", "value": "8080"}]""");

        Differences(live).ShouldBe(
        [
            new PropertyDifference("/spec/template/spec/containers[cart]/image", "shop/cart:1.0", "shop/cart:evil"),
            new PropertyDifference("/spec/template/spec/containers[cart]/env[REGION]", """{"name":"REGION","value":"us-east-1"}""", null),
            new PropertyDifference("/spec/template/spec/containers[cart]/env[DEBUG]", null, """{"name":"DEBUG","value":"1"}"""),
        ]);
    }

    [Fact]
    public void Read_SeveralDocuments_AreOneObjectEach() =>
        Manifest.Read($"{Expected}\n---\n# Source: empty.yaml\n---\napiVersion: v1\nkind: Service\nmetadata: {{ name: cart }}\n").Select(item => item["kind"]!.ToString()).ShouldBe(["Deployment", "Service"]);

    private static IReadOnlyList<PropertyDifference> Differences(JsonObject live) => ManifestComparison.Of(Manifest.Read(Expected).Single(), live);

    private static JsonObject Container(JsonObject live) => live["spec"]!["template"]!["spec"]!["containers"]![0]!.AsObject();

    private static JsonObject Live(string image)
    {
        var live = (JsonObject)Manifest.Read(Expected).Single().DeepClone();
        live["spec"]!["template"]!["spec"]!.AsObject().Remove("hostNetwork");
        Container(live).Remove("args");
        Container(live)["image"] = image;
        return live;
    }
}
