namespace Portal.Emulator.Kubernetes.Api;

/// <summary>
/// The messages that kubectl's imperative commands send, by the generated.proto files of k8s.io/api 1.32: number, name and type of each field.
/// Types: s text, i number, b flag, B bytes, q quantity, n number or text, m… a map, […] a list, ~ a message whose fields stand in its parent,
/// * an optional value that is kept where it is zero. What is not here is skipped.
/// </summary>
internal static class ProtobufSchema
{
    private const string Text = """
        Unknown: 1 typeMeta TypeMeta, 2 raw B
        TypeMeta: 1 apiVersion s, 2 kind s
        ObjectMeta: 1 name s, 2 generateName s, 3 namespace s, 5 uid s, 6 resourceVersion s, 11 labels ms, 12 annotations ms, 13 ownerReferences [OwnerReference], 14 finalizers [s]
        OwnerReference: 5 apiVersion s, 1 kind s, 3 name s, 4 uid s, 6 controller b*, 7 blockOwnerDeletion b*
        DeleteOptions: 1 gracePeriodSeconds i*, 2 preconditions Preconditions, 4 propagationPolicy s, 5 dryRun [s]
        Preconditions: 1 uid s, 2 resourceVersion s
        Eviction: 1 metadata ObjectMeta, 2 deleteOptions DeleteOptions
        Namespace: 1 metadata ObjectMeta
        ConfigMap: 1 metadata ObjectMeta, 2 data ms, 3 binaryData mB, 4 immutable b*
        Secret: 1 metadata ObjectMeta, 2 data mB, 3 type s, 4 stringData ms, 5 immutable b*
        ServiceAccount: 1 metadata ObjectMeta, 4 automountServiceAccountToken b*
        Service: 1 metadata ObjectMeta, 2 spec ServiceSpec
        ServiceSpec: 1 ports [ServicePort], 2 selector ms, 3 clusterIP s, 4 type s, 7 sessionAffinity s, 10 externalName s
        ServicePort: 1 name s, 2 protocol s, 3 port i, 4 targetPort n, 5 nodePort i
        Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec
        DeploymentSpec: 1 replicas i*, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy DeploymentStrategy, 5 minReadySeconds i, 6 revisionHistoryLimit i*, 7 paused b, 9 progressDeadlineSeconds i*
        DeploymentStrategy: 1 type s, 2 rollingUpdate RollingUpdate
        RollingUpdate: 1 maxUnavailable n, 2 maxSurge n
        LabelSelector: 1 matchLabels ms, 2 matchExpressions [Requirement]
        Requirement: 1 key s, 2 operator s, 3 values [s]
        PodTemplateSpec: 1 metadata ObjectMeta, 2 spec PodSpec
        Pod: 1 metadata ObjectMeta, 2 spec PodSpec
        PodSpec: 2 containers [Container], 3 restartPolicy s, 4 terminationGracePeriodSeconds i*, 6 dnsPolicy s, 7 nodeSelector ms, 8 serviceAccountName s, 10 nodeName s
        Container: 1 name s, 2 image s, 3 command [s], 4 args [s], 5 workingDir s, 6 ports [ContainerPort], 7 env [EnvVar], 8 resources Resources, 14 imagePullPolicy s
        ContainerPort: 1 name s, 2 hostPort i, 3 containerPort i, 4 protocol s
        EnvVar: 1 name s, 2 value s
        Resources: 1 limits mq, 2 requests mq
        PodDisruptionBudget: 1 metadata ObjectMeta, 2 spec PodDisruptionBudgetSpec
        PodDisruptionBudgetSpec: 1 minAvailable n, 2 selector LabelSelector, 3 maxUnavailable n
        HorizontalPodAutoscaler: 1 metadata ObjectMeta, 2 spec HorizontalPodAutoscalerSpec
        HorizontalPodAutoscalerSpec: 1 scaleTargetRef ScaleTarget, 2 minReplicas i*, 3 maxReplicas i, 4 metrics [MetricSpec]
        ScaleTarget: 1 kind s, 2 name s, 3 apiVersion s
        MetricSpec: 1 type s, 4 resource ResourceMetric
        ResourceMetric: 1 name s, 2 target MetricTarget
        MetricTarget: 1 type s, 4 averageUtilization i*
        Ingress: 1 metadata ObjectMeta, 2 spec IngressSpec
        IngressSpec: 1 defaultBackend IngressBackend, 3 rules [IngressRule], 4 ingressClassName s
        IngressRule: 1 host s, 2 value ~IngressRuleValue
        IngressRuleValue: 1 http HttpRule
        HttpRule: 1 paths [HttpPath]
        HttpPath: 1 path s, 2 backend IngressBackend, 3 pathType s
        IngressBackend: 4 service IngressService
        IngressService: 1 name s, 2 port IngressPort
        IngressPort: 1 name s, 2 number i
        Role: 1 metadata ObjectMeta, 2 rules [PolicyRule]
        ClusterRole: 1 metadata ObjectMeta, 2 rules [PolicyRule]
        PolicyRule: 1 verbs [s], 2 apiGroups [s], 3 resources [s], 4 resourceNames [s], 5 nonResourceURLs [s]
        RoleBinding: 1 metadata ObjectMeta, 2 subjects [Subject], 3 roleRef RoleRef
        ClusterRoleBinding: 1 metadata ObjectMeta, 2 subjects [Subject], 3 roleRef RoleRef
        Subject: 1 kind s, 2 apiGroup s, 3 name s, 4 namespace s
        RoleRef: 1 apiGroup s, 2 kind s, 3 name s
        SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec AccessSpec
        AccessSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes
        ResourceAttributes: 1 namespace s, 2 verb s, 3 group s, 4 version s, 5 resource s, 6 subresource s, 7 name s
        NonResourceAttributes: 1 path s, 2 verb s
        """;

    private static readonly Dictionary<string, Dictionary<int, (string Name, string Type)>> _messages = Text.Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(
        parts => parts[0],
        parts => parts[1].Split(", ").Select(field => field.Trim().Split(' ')).ToDictionary(field => int.Parse(field[0]), field => (field[1], field[2])),
        StringComparer.Ordinal);

    public static IReadOnlyDictionary<int, (string Name, string Type)>? Find(string message) => _messages.GetValueOrDefault(message);
}
