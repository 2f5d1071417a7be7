using System.Text.Json.Nodes;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Templates.Helm;

public sealed class MicroserviceChartTests
{
    public static TheoryData<string> Stores => [.. Samples.Catalog.DataStores.Select(store => store.Id)];

    [Theory]
    [InlineData("microservice")]
    [InlineData("environment")]
    [InlineData("namespace")]
    public async Task Lint_Strict_HasNothingToSay(string chart)
    {
        var (exitCode, output, _) = await Rendering.RunAsync(null, "lint", "--strict", Rendering.Chart(chart));

        exitCode.ShouldBe(0, output);
        output.ShouldNotContain("[WARNING]");
    }

    [Fact]
    public async Task Template_PrivateImage_IsPulledWithWhatTheDriverWrites()
    {
        var shop = Samples.Shop();
        var plan = Samples.Plans.Build(shop with { Services = [shop.Services[0] with { Stores = [], PullSecret = "secret:registry/ghcr" }] }, Samples.Target).Plan;

        var rendered = await Rendering.TemplateAsync("microservice", PlanValues.Resolve(plan.Step("svc-product-service").Values, (_, output) => output)!, "product-service");

        var written = rendered.One("SecretProviderClass")["spec"]!["secretObjects"]!.AsArray().ShouldHaveSingleItem()!;
        written["type"]!.ShouldBeText("kubernetes.io/dockerconfigjson");
        written["data"]![0]!["key"]!.ShouldBeText(".dockerconfigjson");
        var pod = rendered.One("Deployment")["spec"]!["template"]!["spec"]!;
        pod["imagePullSecrets"]![0]!["name"]!.ShouldBeText(written["secretName"]!.GetValue<string>());
        pod["volumes"]!.AsArray().ShouldContain(volume => volume!["csi"] != null, "what is not mounted is not written");
    }

    /// <summary>The values that the plan gives, with its outputs filled in.</summary>
    [Theory]
    [MemberData(nameof(Stores))]
    public async Task Template_PlanOfEveryStore_TakesItsSettingsAndOpensItsPort(string store)
    {
        var shop = Samples.Shop();
        var plan = Samples.Plans.Build(shop with { Services = [shop.Services[0] with { Stores = Samples.Stores(store) }] }, Samples.Target).Plan;
        var values = PlanValues.Resolve(plan.Step("svc-product-service").Values, (_, output) => output is "DatabasePort" or "AccessPort" ? "5432" : $"value of {output}")!;

        var rendered = await Rendering.TemplateAsync("microservice", values, "product-service");

        var data = rendered.One("ConfigMap")["data"]!.AsObject();
        data["AWS_REGION"]!.ShouldBeText("us-east-1");
        data["BASE_PATH"]!.ShouldBeText("/products");
        foreach (var (variable, output) in Samples.Catalog.FindStore(store)!.Settings)
            data[variable]!.ShouldBeText(output == "DatabasePort" ? "5432" : $"value of {output}");
        data.Count.ShouldBe(2 + Samples.Catalog.FindStore(store)!.Settings.Count);

        var policy = rendered.One("NetworkPolicy")["spec"]!;
        Texts(policy["policyTypes"]).ShouldBe(["Ingress", "Egress"]);
        Rules(policy["ingress"]!).ShouldBe(["10.40.0.0/16 8080"]);
        var template = Samples.Catalog.FindStore(store)!.Template;
        var database = template.Length > 0 && Samples.Templates.Stack(template).Contains("\n  AccessPort:", StringComparison.Ordinal) ? new[] { "10.40.0.0/16 5432" } : [];
        Rules(policy["egress"]!).ShouldBe(["selector 53", "169.254.170.23/32 80", "0.0.0.0/0 443", .. database]);
    }

    // DNS is a part of each node in Auto Mode: aws/containers-roadmap#2552, confirmed in archestra-ai/archestra#5538.
    [Fact]
    public async Task Template_PlanInAutoMode_ReachesDnsByAddress()
    {
        var shop = Samples.Shop() with { Cluster = new ClusterSpecification { Mode = ClusterMode.AutoMode } };
        var values = PlanValues.Resolve(Samples.Plans.Build(shop, Samples.Target).Plan.Step("svc-user-service").Values, (_, output) => $"value of {output}")!;

        var rule = (await Rendering.TemplateAsync("microservice", values, "user-service")).One("NetworkPolicy")["spec"]!["egress"]![0]!;

        rule["to"]!.ToJsonString().ShouldBe("""[{"ipBlock":{"cidr":"172.20.0.10/32"}},{"ipBlock":{"cidr":"10.100.0.10/32"}}]""");
        rule["ports"]!.AsArray().Select(port => $"{port!["protocol"]} {port["port"]}").ShouldBe(["UDP 53", "TCP 53"]);
    }

    [Theory]
    [InlineData("""{"callers":["a","b"],"callees":[{"name":"c","port":9090}]}""", "/", "10.0.0.0/8 8080|172.16.0.0/12 8080|192.168.0.0/16 8080|a,b 8080", "c 9090")]
    [InlineData("""{"callers":["a"]}""", "", "a 8080", "")]
    [InlineData("{}", "", "", "")]
    [InlineData("""{"openCalls":true}""", "", "all 8080", "all any")]
    public async Task Template_Calls_PassAtBothEnds(string network, string path, string ingress, string egress)
    {
        var values = Of("plain");
        (values["network"], values["path"]) = (JsonNode.Parse(network), path);

        var policy = (await Rendering.TemplateAsync("microservice", values)).One("NetworkPolicy")["spec"]!;

        Peers(policy["ingress"]!, "from").ShouldBe(ingress);
        // After DNS, the agent on the node and everything that speaks TLS.
        Peers(new JsonArray([.. policy["egress"]!.AsArray().Skip(3).Select(rule => rule!.DeepClone())]), "to").ShouldBe(egress);
    }

    [Fact]
    public async Task Template_Runtime_IsInThePodAsThePlanSays()
    {
        var shop = Samples.Shop();
        shop = shop with { Services = [shop.Services[2] with { Runtime = new RuntimeSpecification { Cpu = 250, Command = ["/bin/run", "a b"], Arguments = ["--x=true"], StartSeconds = 10, GraceSeconds = 30, LivenessPath = "/live" } }] };
        var values = PlanValues.Resolve(Samples.Plans.Build(shop, Samples.Target).Plan.Step("svc-cart-service").Values, (_, output) => $"value of {output}")!;

        var pod = (await Rendering.TemplateAsync("microservice", values, "cart-service")).One("Deployment")["spec"]!["template"]!["spec"]!;

        var container = pod["containers"]![0]!;
        container["command"]!.ToJsonString().ShouldBe("""["/bin/run","a b"]""");
        container["args"]!.ToJsonString().ShouldBe("""["--x=true"]""");
        container["resources"]!["requests"]!["cpu"]!.ShouldBeText("250m");
        container["startupProbe"]!["failureThreshold"]!.GetValue<int>().ShouldBe(4);
        container["livenessProbe"]!["httpGet"]!["path"]!.ShouldBeText("/live");
        pod["terminationGracePeriodSeconds"]!.GetValue<int>().ShouldBe(30);
    }

    [Fact]
    public async Task Template_EveryKind_MakesWhatThePlanSays()
    {
        var works = Samples.Works();
        var plan = Samples.Plans.Build(works with { Services = [.. works.Services.Skip(1), works.Services[0] with { Calls = ["stock"] }, new() { Name = "stock", Image = "stock:1", Path = "", Exposure = Exposure.Internal }] }, Samples.Target).Plan;

        var worker = await Rendering.TemplateAsync("microservice", plan.Step("svc-mailer").Values!, "mailer");
        worker.Kinds.ShouldBe(["NetworkPolicy", "PodDisruptionBudget", "ServiceAccount", "ConfigMap", "Deployment", "HorizontalPodAutoscaler"], ignoreOrder: true);
        foreach (var what in (string[])["ports", "lifecycle", "startupProbe", "readinessProbe", "livenessProbe"])
            worker.Container.AsObject().ContainsKey(what).ShouldBeFalse(what);
        worker.One("NetworkPolicy")["spec"]!["ingress"]!.AsArray().ShouldBeEmpty();

        var report = await Rendering.TemplateAsync("microservice", plan.Step("svc-report").Values!, "report");
        report.Kinds.ShouldBe(["NetworkPolicy", "ServiceAccount", "ConfigMap", "CronJob"], ignoreOrder: true);
        var schedule = report.One("CronJob")["spec"]!;
        (schedule["schedule"]!.ToString(), schedule["timeZone"]!.ToString(), schedule["concurrencyPolicy"]!.ToString(), schedule["startingDeadlineSeconds"]!.GetValue<int>()).ShouldBe(("* * * * *", "Europe/Berlin", "Replace", 300));
        var run = schedule["jobTemplate"]!["spec"]!;
        (run["backoffLimit"]!.GetValue<int>(), run["activeDeadlineSeconds"]!.GetValue<int>(), run["template"]!["spec"]!["restartPolicy"]!.ToString()).ShouldBe((1, 3600, "Never"));
        // An upgrade must not wake what sleeps.
        schedule.AsObject().ContainsKey("suspend").ShouldBeFalse();

        var values = plan.Step("svc-products-before").Values!;
        values["run"] = "ab12-3";
        var before = await Rendering.TemplateAsync("microservice", values, "products-before");
        before.Kinds.ShouldBe(["NetworkPolicy", "ServiceAccount", "ConfigMap", "Job"], ignoreOrder: true);
        before.One("Job")["metadata"]!["name"]!.ShouldBeText("products-before-ab12-3");
        before.One("Job")["spec"]!["activeDeadlineSeconds"]!.GetValue<int>().ShouldBeGreaterThan(600);
        Peers(new JsonArray([.. before.One("NetworkPolicy")["spec"]!["egress"]!.AsArray().Skip(3).Select(rule => rule!.DeepClone())]), "to").ShouldBe("stock 8080");
        foreach (var pod in new[] { run["template"]!["spec"]!, before.One("Job")["spec"]!["template"]!["spec"]!, worker.Pod["spec"]! })
        {
            pod["securityContext"]!["runAsNonRoot"]!.GetValue<bool>().ShouldBeTrue();
            pod["containers"]![0]!["securityContext"]!["readOnlyRootFilesystem"]!.GetValue<bool>().ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Template_PortsAndProbes_AreThoseOfThePlan()
    {
        var plan = Samples.Plans.Build(Samples.Ports(), Samples.Target).Plan;

        var web = await Rendering.TemplateAsync("microservice", plan.Step("svc-web").Values!, "web");
        Ports(web).ShouldBe("http 80→http");
        Texts(web.Container["ports"], "containerPort").ShouldBe(["8080"]);
        var data = web.One("ConfigMap")["data"]!;
        (data["RATES"]!.ToString(), data["METRICS"]!.ToString(), data["RATES_PORT"]!.ToString(), data["RATES_URL"]).ShouldBe(("rates:80", "http://rates:9090", "80", null));
        // By whichever of the two numbers a network compares.
        Texts(web.One("NetworkPolicy")["spec"]!["egress"]!.AsArray()[^1]!["ports"], "port").ShouldBe(["50051", "80", "900", "9090"]);
        plan.Step("ingress").Values!["services"]![0]!["port"]!.GetValue<int>().ShouldBe(80);

        var rates = await Rendering.TemplateAsync("microservice", plan.Step("svc-rates").Values!, "rates");
        Ports(rates).ShouldBe("grpc 80→grpc kubernetes.io/h2c, metrics 9090→metrics");
        Texts(rates.One("NetworkPolicy")["spec"]!["ingress"]![0]!["ports"], "port").ShouldBe(["50051", "900"]);
        // Of the second port, below 1024.
        rates.Pod["spec"]!["securityContext"]!["sysctls"]!.AsArray().ShouldHaveSingleItem();
        rates.Container["readinessProbe"]!["grpc"]!.ToJsonString().ShouldBe("""{"port":50051}""");
        rates.Container["startupProbe"]!["tcpSocket"]!.ToJsonString().ShouldBe("""{"port":"grpc"}""");
        rates.Container["livenessProbe"]!["httpGet"]!.ToJsonString().ShouldBe("""{"path":"/live","port":"metrics"}""");

        var mailer = await Rendering.TemplateAsync("microservice", plan.Step("svc-mailer").Values!, "mailer");
        mailer.Container["livenessProbe"]!["exec"]!["command"]!.ToJsonString().ShouldBe("""["/app/healthy","-q"]""");
        mailer.Container.AsObject().ContainsKey("readinessProbe").ShouldBeFalse();
    }

    [Fact]
    public async Task Template_Files_AreMountedAsTheyWereTyped()
    {
        const string text = "server {\n\tproxy_pass ${service.user-service.url};\n  # \"$${HOME}\" {{ .Values }}\n}\n";
        var shop = Samples.Shop();
        shop = shop with { Services = [shop.Services[0] with { Stores = [], Calls = ["user-service"], Files = [new("/etc/nginx/nginx.conf", text), new("/etc/app/empty", "")], BeforeRollout = new() { Command = ["/migrate"] } }, .. shop.Services.Skip(1)] };
        var plan = Samples.Plans.Build(shop, Samples.Target).Plan;

        var rendered = await Rendering.TemplateAsync("microservice", plan.Step("svc-product-service").Values!, "product-service");

        var files = rendered.All("ConfigMap").Single(item => item["metadata"]!["name"]!.ToString() == "product-service-files");
        files["data"]!["file-0"]!.ShouldBeText("server {\n\tproxy_pass http://user-service:8080;\n  # \"${HOME}\" {{ .Values }}\n}\n");
        rendered.Container["volumeMounts"]!.AsArray().Where(mount => mount!["name"]!.ToString() == "files").Select(mount => $"{mount!["mountPath"]} {mount["subPath"]} {mount["readOnly"]}")
            .ShouldBe(["/etc/nginx/nginx.conf file-0 true", "/etc/app/empty file-1 true"]);
        rendered.Pod["spec"]!["volumes"]!.AsArray().ShouldContain(volume => volume!["configMap"] != null && volume["configMap"]!["name"]!.ToString() == "product-service-files");
        // What runs before the rollout finds the same; what changes in them replaces the pods.
        plan.Step("svc-product-service-before").Values!["files"]!.ToJsonString().ShouldBe(plan.Step("svc-product-service").Values!["files"]!.ToJsonString());
        rendered.Pod["metadata"]!["annotations"]!.AsObject().ShouldContainKey("checksum/files");
    }

    private static string Ports(Rendered rendered) => string.Join(", ", rendered.One("Service")["spec"]!["ports"]!.AsArray()
        .Select(port => $"{port!["name"]} {port["port"]}→{port["targetPort"]} {port["appProtocol"]}".TrimEnd()));

    private static IEnumerable<string> Texts(JsonNode? items, string field) => items!.AsArray().Select(item => item![field]!.ToString());

    private static string Peers(JsonNode rules, string direction) => string.Join('|', rules.AsArray().SelectMany(rule => rule![direction]!.AsArray().Select(peer => $"{Peer(peer!)} {rule["ports"]?[0]!["port"]?.ToString() ?? "any"}")));

    private static string Peer(JsonNode peer) => peer["ipBlock"]?["cidr"]?.ToString()
        ?? peer["podSelector"]!["matchLabels"]?["app.kubernetes.io/name"]?.ToString()
        ?? (peer["podSelector"]!["matchExpressions"]?[0]!["values"]!.AsArray() is { } names ? string.Join(',', names.Select(name => name!.ToString())) : "all");

    public static TheoryData<string> Kinds => ["plain", "fixed number", "one pod", "twenty pods", "low port", "own directories", "nothing writable", "number as setting", "liveness path"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Template_EveryKind_MeetsTheRestrictedStandardAndIsAllOneService(string kind)
    {
        var values = Of(kind);
        var rendered = await Rendering.TemplateAsync("microservice", values);

        var pod = rendered.Pod["spec"]!;
        var security = pod["securityContext"]!;
        security["runAsNonRoot"]!.GetValue<bool>().ShouldBeTrue();
        security["runAsUser"]!.GetValue<long>().ShouldBeGreaterThan(0);
        security["seccompProfile"]!["type"]!.ShouldBeText("RuntimeDefault");
        (security["sysctls"] is not null).ShouldBe(kind == "low port");
        var own = rendered.Container["securityContext"]!;
        own["allowPrivilegeEscalation"]!.GetValue<bool>().ShouldBeFalse();
        own["readOnlyRootFilesystem"]!.GetValue<bool>().ShouldBeTrue();
        Texts(own["capabilities"]!["drop"]).ShouldBe(["ALL"]);
        pod["automountServiceAccountToken"]!.GetValue<bool>().ShouldBeFalse();
        rendered.One("ServiceAccount")["automountServiceAccountToken"]!.GetValue<bool>().ShouldBeFalse();

        var directories = kind switch { "own directories" => new[] { "/tmp", "/var/cache/nginx" }, "nothing writable" => [], _ => ["/tmp"] };
        (rendered.Container["volumeMounts"]?.AsArray() ?? []).Select(mount => (string)mount!["mountPath"]!).ShouldBe(directories);
        (pod["volumes"]?.AsArray() ?? []).ShouldAllBe(volume => volume!["emptyDir"] != null);

        // Everything that selects pods selects these.
        var labels = rendered.Pod["metadata"]!["labels"]!.ToJsonString();
        rendered.One("Deployment")["spec"]!["selector"]!["matchLabels"]!.ToJsonString().ShouldBe(labels);
        rendered.One("Service")["spec"]!["selector"]!.ToJsonString().ShouldBe(labels);
        rendered.One("PodDisruptionBudget")["spec"]!["selector"]!["matchLabels"]!.ToJsonString().ShouldBe(labels);
        rendered.One("NetworkPolicy")["spec"]!["podSelector"]!["matchLabels"]!.ToJsonString().ShouldBe(labels);
        pod["topologySpreadConstraints"]!.AsArray().Select(spread => (string)spread!["topologyKey"]!)
            .ShouldBe(["topology.kubernetes.io/zone", "kubernetes.io/hostname"]);

        var port = values["port"]!.GetValue<int>();
        rendered.Container["ports"]![0]!["containerPort"]!.GetValue<int>().ShouldBe(port);
        rendered.One("Service")["spec"]!["ports"]![0]!["port"]!.GetValue<int>().ShouldBe(port);
        rendered.Container["readinessProbe"]!["httpGet"]!["path"]!.ShouldBeText("/health");
        rendered.Container["startupProbe"]!["httpGet"]!["path"]!.ShouldBeText("/health");
        (rendered.Container["livenessProbe"]!["tcpSocket"] is null).ShouldBe(kind == "liveness path");
        rendered.One("Deployment")["spec"]!["strategy"]!["rollingUpdate"]!["maxUnavailable"]!.GetValue<int>().ShouldBe(0);

        var replicas = values["replicas"]!.GetValue<int>();
        if (kind == "fixed number")
        {
            rendered.Kinds.ShouldNotContain("HorizontalPodAutoscaler");
            rendered.One("Deployment")["spec"]!["replicas"]!.GetValue<int>().ShouldBe(replicas);
        }
        else
        {
            // Were a number here, each upgrade would undo what the autoscaler did.
            rendered.One("Deployment")["spec"]!.AsObject().ContainsKey("replicas").ShouldBeFalse();
            var scaler = rendered.One("HorizontalPodAutoscaler")["spec"]!;
            scaler["minReplicas"]!.GetValue<int>().ShouldBe(replicas);
            scaler["maxReplicas"]!.GetValue<int>().ShouldBe(3 * replicas);
        }

        if (kind == "number as setting")
            rendered.One("ConfigMap")["data"]!.ToJsonString().ShouldBe("""{"BIG":"10000000","HALF":"0.5","ON":"true"}""");
    }

    /// <summary>Words that YAML reads as something else than text, and the longest name there is.</summary>
    [Theory]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("on")]
    [InlineData("y")]
    [InlineData("a")]
    [InlineData("e1")]
    [InlineData("a0123456789-0123456789-0123456789-0123456789-01234-end")]
    public async Task Template_OddName_StaysTextEverywhere(string name)
    {
        name = name[..Math.Min(name.Length, 53)];
        var values = Of("plain");
        (values["name"], values["serviceAccountName"]) = (name, name);

        var rendered = await Rendering.TemplateAsync("microservice", values, name, kubernetesNamespace: name);

        rendered.Objects.ShouldAllBe(item => (string?)item["metadata"]!["name"] == name);
        foreach (var label in rendered.Objects.SelectMany(item => item["metadata"]!["labels"]!.AsObject()))
            label.Value!.GetValueKind().ShouldBe(System.Text.Json.JsonValueKind.String, label.Key);
        rendered.Pod["spec"]!["serviceAccountName"]!.ShouldBeText(name);
        rendered.Container["envFrom"]![0]!["configMapRef"]!["name"]!.ShouldBeText(name);
    }

    [Fact]
    public async Task Template_SettingChanges_ChangesThePodAndNothingElseDoes()
    {
        var values = Of("plain");
        async Task<string> PodAsync() => (await Rendering.TemplateAsync("microservice", values)).Pod.ToJsonString();
        var before = await PodAsync();

        values["replicas"] = 5;
        values["autoscaling"] = new JsonObject { ["targetCpuPercent"] = 50 };
        (await PodAsync()).ShouldBe(before);

        values["settings"]!["TABLE_NAME"] = "other";
        (await PodAsync()).ShouldNotBe(before);
    }

    [Theory]
    [InlineData("""{"name":"Cart"}""", "- name: Does not match pattern")]
    [InlineData("""{"name":""}""", "- name: String length must be greater than or equal to 1")]
    [InlineData("""{"image":"two words"}""", "- image: Does not match pattern")]
    [InlineData("""{"port":0}""", "- port: Must be greater than or equal to 1")]
    [InlineData("""{"port":"8080"}""", "- port: Invalid type. Expected: integer, given: string")]
    [InlineData("""{"path":"cart"}""", "- path: Does not match pattern")]
    [InlineData("""{"kind":"cron"}""", "- kind: kind must be one of the following")]
    [InlineData("""{"run":"A_1"}""", "- run: Does not match pattern")]
    [InlineData("""{"replicas":0}""", "- replicas: Must be greater than or equal to 1")]
    [InlineData("""{"replica":3}""", "- (root): Additional property replica is not allowed")]
    [InlineData("""{"runAsUser":0}""", "- runAsUser: Must be greater than or equal to 1")]
    [InlineData("""{"settings":{"DATABASE_PASSWORD":"x"}}""", "Property name of \"DATABASE_PASSWORD\" does not match")]
    [InlineData("""{"settings":{"a b":"x"}}""", "Property name of \"a b\" does not match")]
    [InlineData("""{"network":{"storePorts":["many"]}}""", "- network.storePorts.0: Does not match pattern")]
    [InlineData("""{"settings":{"LIST":["x"]}}""", "- settings.LIST: Invalid type.")]
    [InlineData("""{"resources":{"limits":{"memory":"a lot"}}}""", "- resources.limits.memory: Does not match pattern")]
    [InlineData("""{"network":{"cidrs":["anywhere"]}}""", "- network.cidrs.0: Does not match pattern")]
    [InlineData("""{"network":{"dns":["172.20.0.10/32"]}}""", "- network.dns.0: Does not match pattern")]
    [InlineData("""{"network":{"cidrs":[]}}""", "- network.cidrs: Array must have at least 1 items")]
    [InlineData("""{"network":{"egress":[{"cidr":"10.0.0.0/8"}]}}""", "- network.egress.0: port is required")]
    [InlineData("""{"writableDirectories":["tmp"]}""", "- writableDirectories.0: Does not match pattern")]
    [InlineData("""{"autoscaling":{"maxReplicas":2}}""", "autoscaling.maxReplicas: 2 is less than replicas, 3.")]
    [InlineData("""{"settings":null}""", "settings is required")]
    public async Task Template_WrongValue_IsRefusedByName(string wrong, string message)
    {
        var values = Of("plain");
        foreach (var (key, value) in JsonNode.Parse(wrong)!.AsObject())
            values[key] = value?.DeepClone();

        var (exitCode, _, error) = await Rendering.TryTemplateAsync("microservice", values);

        exitCode.ShouldNotBe(0);
        error.ShouldContain(message);
    }

    private static JsonObject Of(string kind)
    {
        var values = JsonNode.Parse("""
            {"name":"cart-service","image":"ghcr.io/shop/cart@sha256:0123456789012345678901234567890123456789012345678901234567890123","port":8080,"path":"/cart",
             "replicas":3,"healthPath":"/health","serviceAccountName":"cart-service","settings":{"TABLE_NAME":"carts","AWS_REGION":"us-east-1"},
             "network":{"cidrs":["10.40.0.0/16"]}}
            """)!.AsObject();
        switch (kind)
        {
            case "fixed number": values["autoscaling"] = new JsonObject { ["enabled"] = false }; break;
            case "one pod": values["replicas"] = 1; break;
            case "twenty pods": values["replicas"] = 20; break;
            case "low port": values["port"] = 80; break;
            case "own directories": values["writableDirectories"] = new JsonArray("/tmp", "/var/cache/nginx"); break;
            case "nothing writable": values["writableDirectories"] = new JsonArray(); break;
            case "number as setting": values["settings"] = new JsonObject { ["BIG"] = 10_000_000, ["HALF"] = 0.5, ["ON"] = true }; break;
            case "liveness path": values["livenessPath"] = "/alive"; break;
        }

        return values;
    }

    // Each peer and port of a policy's rules: "10.40.0.0/16 8080".
    private static IEnumerable<string> Rules(JsonNode rules) => rules.AsArray().SelectMany(rule =>
        (rule!["from"] ?? rule["to"])!.AsArray().SelectMany(peer =>
            rule["ports"]!.AsArray().Select(port => $"{(string?)peer!["ipBlock"]?["cidr"] ?? "selector"} {port!["port"]}"))).Distinct();

    private static IEnumerable<string> Texts(JsonNode? list) => list!.AsArray().Select(item => (string)item!);
}

internal static class JsonShould
{
    public static void ShouldBeText(this JsonNode node, string text) => ((string?)node).ShouldBe(text);
}
