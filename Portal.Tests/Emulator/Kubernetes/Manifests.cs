using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

internal static class Manifests
{
    private const string Prefix = "alb.ingress.kubernetes.io/";

    public static string Deployment(string name, int replicas, string image = "shop/product:1.0", string extraLabels = "", string args = "", string pod = "", string container = "") => $$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{name}}","labels":{"app":"{{name}}"{{extraLabels}}} },
         "spec":{"replicas":{{replicas}},"selector":{"matchLabels":{"app":"{{name}}"} },
          "template":{"metadata":{"labels":{"app":"{{name}}"} },
           "spec":{ {{pod}}"containers":[{"name":"main","image":"{{image}}","args":[{{args}}],{{container}}"ports":[{"name":"http","containerPort":8080}]}]} } } }
        """;

    public static string Controller => Deployment(
        "aws-load-balancer-controller", 1, "lbc:v3.5.0", ",\"app.kubernetes.io/name\":\"aws-load-balancer-controller\"",
        "\"--cluster-name=shop\",\"--aws-vpc-id=vpc-1\",\"--default-target-type=ip\"");

    public static string Service(string name, int port = 80) => $$"""
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"{{name}}"},
         "spec":{"selector":{"app":"{{name}}"},"ports":[{"name":"http","port":{{port}},"targetPort":"http"}]} }
        """;

    public static string IngressClass => """{"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{"name":"alb"},"spec":{"controller":"ingress.k8s.aws/alb"}}""";

    /// <param name="annotations">More of alb.ingress.kubernetes.io/, as name=value;name=value.</param>
    public static string Ingress(string name, string annotations = "", params (string Path, string Type, string Service)[] paths)
    {
        var list = string.Join(',', paths.Select(path =>
            $$"""{"path":"{{path.Path}}","pathType":"{{path.Type}}","backend":{"service":{"name":"{{path.Service}}","port":{"number":80} } } }"""));
        var all = new JsonObject
        {
            [Prefix + "group.name"] = "shop",
            [Prefix + "load-balancer-name"] = "shop-ALB",
            [Prefix + "subnets"] = "subnet-a,subnet-b",
        };
        foreach (var annotation in annotations.Split(';', StringSplitOptions.RemoveEmptyEntries))
            all[Prefix + annotation[..annotation.IndexOf('=', StringComparison.Ordinal)]] = annotation[(annotation.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return $$"""
            {"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"{{name}}","annotations":{{all.ToJsonString()}} },
             "spec":{"ingressClassName":"alb","rules":[{"http":{"paths":[{{list}}]} }]} }
            """;
    }
}
