using System.Text.Json.Nodes;
using Portal.Emulator.Kubernetes.Schema;
using Portal.Emulator.Kubernetes.Security;
using Portal.Emulator.Kubernetes.Storage;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>Expected messages: k8s.io/kubernetes' pkg/apis/core/validation, apps/validation and apimachinery's util/validation, release 1.35.</summary>
public sealed class ValidationTests
{
    private const string Good = """{"name":"main","image":"a:1"}""";

    [Theory]
    [InlineData("""{"containers":[]}""", "spec.containers: Required value")]
    [InlineData("""{"containers":[{"image":"a"}]}""", "spec.containers[0].name: Required value")]
    [InlineData("""{"containers":[{"name":"main"}]}""", "spec.containers[0].image: Required value")]
    [InlineData("""{"containers":[{"name":"Main","image":"a"}]}""", "spec.containers[0].name: Invalid value: \"Main\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')")]
    [InlineData($$"""{"containers":[{{Good}},{{Good}}]}""", "spec.containers[1].name: Duplicate value: \"main\"")]
    [InlineData("""{"containers":[{"name":"main","image":"a","ports":[{"containerPort":70000}]}]}""", "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive")]
    [InlineData("""{"containers":[{"name":"main","image":"a","ports":[{"name":"much-too-long-name","containerPort":80}]}]}""", "spec.containers[0].ports[0].name: Invalid value: \"much-too-long-name\": must be no more than 15 characters")]
    [InlineData("""{"containers":[{"name":"main","image":"a","volumeMounts":[{"name":"v","mountPath":"/v"}]}]}""", "spec.containers[0].volumeMounts[0].name: Not found: \"v\"")]
    [InlineData("""{"containers":[{"name":"main","image":"a","resources":{"requests":{"cpu":"2"},"limits":{"cpu":"500m"}}}]}""", "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 500m")]
    [InlineData("""{"containers":[{"name":"main","image":"a","livenessProbe":{"periodSeconds":1}}]}""", "spec.containers[0].livenessProbe: Required value: must specify a handler type")]
    [InlineData("""{"containers":[{"name":"main","image":"a","imagePullPolicy":"Sometimes"}]}""", "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"")]
    [InlineData($$"""{"volumes":[{"name":"v"}],"containers":[{{Good}}]}""", "spec.volumes[0]: Required value: must specify a volume type")]
    public void Pod_OfASpec_IsRefusedInKubernetesWords(string spec, string message) =>
        Refused(Kinds.Pod, $$"""{"metadata":{"name":"a","namespace":"default"},"spec":{{spec}} }""").ShouldBe($"Pod \"a\" is invalid: {message}");

    [Theory]
    [InlineData("Service", "1st", """{"ports":[{"port":80}]}""", "metadata.name: Invalid value: \"1st\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')")]
    [InlineData("Service", "a", """{"ports":[{"port":80},{"port":81,"name":"b"}]}""", "spec.ports[0].name: Required value")]
    [InlineData("Service", "a", """{"ports":[{"port":70000,"targetPort":80}]}""", "spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive")]
    [InlineData("Service", "a", """{"type":"Magic","ports":[{"port":80}]}""", "spec.type: Unsupported value: \"Magic\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"")]
    [InlineData("Service", "a", """{"type":"ExternalName"}""", "spec.externalName: Required value")]
    [InlineData("HorizontalPodAutoscaler", "a", """{"minReplicas":3,"maxReplicas":2}""", "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`")]
    [InlineData("Ingress", "a", """{"rules":[{"http":{"paths":[{"path":"x","pathType":"Prefix","backend":{"service":{"name":"s","port":{"number":80}}}}]}}]}""", "spec.rules[0].http.paths[0].path: Invalid value: \"x\": must be an absolute path")]
    [InlineData("Deployment", "a", """{"selector":{"matchLabels":{"a":"b"}},"strategy":{"type":"Recreate","rollingUpdate":{"maxSurge":1}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"m","image":"i"}]}}}""", "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'")]
    [InlineData("Deployment", "a", """{"selector":{"matchLabels":{"a":"b"}},"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":0}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"m","image":"i"}]}}}""", "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0")]
    [InlineData("Job", "a", """{"template":{"spec":{"containers":[{"name":"m","image":"i"}]}}}""", "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"")]
    public void Object_OfAKind_IsRefusedInKubernetesWords(string kindName, string name, string spec, string message)
    {
        var kind = Kinds.BuiltIn.First(item => item.Kind == kindName);
        Refused(kind, $$"""{"metadata":{"name":"{{name}}","namespace":"default"},"spec":{{spec}} }""").ShouldEndWith($"\"{name}\" is invalid: {message}");
    }

    [Theory]
    [InlineData("labels", "a b", "x", "metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")]
    [InlineData("labels", "a", "x y", "metadata.labels: Invalid value: \"x y\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")]
    [InlineData("annotations", "/a", "x", "metadata.annotations: Invalid value: \"/a\": prefix part must be non-empty")]
    public void Metadata_WithBadSyntax_IsRefused(string field, string key, string value, string message) =>
        Refused(Kinds.ConfigMap, $$"""{"metadata":{"name":"a","namespace":"default","{{field}}":{"{{key}}":"{{value}}"} } }""").ShouldBe($"ConfigMap \"a\" is invalid: {message}");

    [Theory]
    [InlineData("ConfigMap", """{"immutable":true,"data":{"a":"1"}}""", """{"immutable":true,"data":{"a":"2"}}""", "data: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("Secret", """{"immutable":true}""", """{"immutable":false}""", "immutable: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("Secret", """{"type":"Opaque"}""", """{"type":"other"}""", "type: Invalid value: \"other\": field is immutable")]
    [InlineData("Service", """{"spec":{"ports":[{"port":80}],"clusterIP":"172.20.4.4"}}""", """{"spec":{"ports":[{"port":80}],"clusterIP":"172.20.4.5"}}""", "spec.clusterIPs[0]: Invalid value: [\"172.20.4.5\"]: may not change once set")]
    public void Update_OfAnImmutableField_IsRefused(string kindName, string before, string after, string message)
    {
        var (kind, store) = (Kinds.BuiltIn.First(item => item.Kind == kindName), Store());
        store.Create(kind, Named(before));
        Should.Throw<ApiException>(() => store.Update(kind, "default", "a", UpdateScope.Main, _ => Named(after)))
            .Message.ShouldBe($"{kindName} \"a\" is invalid: {message}");
    }

    /// <summary>"Pod Security Standards"; the words of pod-security-admission's checks.</summary>
    [Theory]
    [InlineData("restricted", """{"containers":[{"name":"main","image":"a","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}}],"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}}}""", null)]
    [InlineData("restricted", """{"containers":[{"name":"main","image":"a"}]}""", "violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false (container \"main\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"main\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"main\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container \"main\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")")]
    [InlineData("baseline", """{"hostNetwork":true,"volumes":[{"name":"v","hostPath":{"path":"/"}}],"containers":[{"name":"main","image":"a","securityContext":{"privileged":true}}]}""", "violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true), hostPath volumes (volume \"v\"), privileged (container \"main\" must not set securityContext.privileged=true)")]
    [InlineData("baseline", """{"containers":[{"name":"main","image":"a"}]}""", null)]
    [InlineData("privileged", """{"hostNetwork":true,"containers":[{"name":"main","image":"a"}]}""", null)]
    public void PodSecurity_OfALevel_NamesWhatIsViolated(string level, string spec, string? expected)
    {
        var home = Json($$"""{"metadata":{"name":"a","labels":{"pod-security.kubernetes.io/enforce":"{{level}}"} } }""");
        PodSecurity.Violation(home, "enforce", Json(spec)).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"spec":{"replicsa":1}}""", "unknown field \"spec.replicsa\"")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"name":"a","imagee":"b"}]}}}}""", "unknown field \"spec.template.spec.containers[0].imagee\"")]
    [InlineData("""{"metadata":{"labels":{"any":"thing"},"annotations":{"x/y":"z"}},"spec":{"strategy":{"rollingUpdate":{"maxSurge":"25%"}}}}""", "")]
    public void Decoder_OfUnknownFields_NamesAndDropsThem(string document, string expected) =>
        string.Join(", ", Decoder.Read(Kinds.Deployment, Json(document)).Unknown).ShouldBe(expected);

    /// <summary>encoding/json's UnmarshalTypeError, and resource.ParseQuantity.</summary>
    [Theory]
    [InlineData("""{"spec":{"replicas":"3"}}""", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("""{"spec":{"paused":1}}""", "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"env":[{"name":"A","value":1}]}]}}}}""", "json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":{}}}}}""", "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"1 core"}}}]}}}}""", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    public void Decoder_OfAWrongType_SaysItAsGoDoes(string document, string message) =>
        Should.Throw<ApiException>(() => Decoder.Read(Kinds.Deployment, Json(document))).Message
            .ShouldBe("Deployment in version \"v1\" cannot be handled as a Deployment: " + message);

    private static string Refused(ResourceKind kind, string document) => Should.Throw<ApiException>(() => Store().Create(kind, Json(document))).Message;

    private static ClusterStore Store()
    {
        var store = new ClusterStore("shop", "id", new MemoryDocuments(), new MemoryLedger(), TimeProvider.System, new Portal.Emulator.Kubernetes.Seeded(1));
        store.Create(Kinds.Namespace, Json("""{"metadata":{"name":"default"}}"""));
        return store;
    }

    private static JsonObject Named(string document)
    {
        var named = Json(document);
        named["metadata"] = new JsonObject { ["name"] = "a", ["namespace"] = "default" };
        return named;
    }

    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;
}
