using k8s;
using k8s.Models;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Worker.Kubernetes;

public sealed class ObjectReaderTests
{
    [Fact]
    public void Read_CrashingPod_TellsWhy()
    {
        var pod = Read(ObjectKind.Pod, """
            {"metadata":{"name":"cart-1","namespace":"shop","uid":"u","resourceVersion":"7","creationTimestamp":"2026-11-22T21:00:00Z",
            "labels":{"app":"cart"},"ownerReferences":[{"kind":"ReplicaSet","name":"cart-5d","controller":true}]},
            "spec":{"nodeName":"node-1","containers":[{"name":"cart","image":"cart:1"}]},
            "status":{"phase":"Running","podIP":"10.0.1.5","conditions":[{"type":"Ready","status":"False"}],
            "containerStatuses":[{"restartCount":4,"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 1m20s"}}}]}}
            """);

        pod.Labels["app"].ShouldBe("cart");
        pod.CreatedAt.ShouldBe(new DateTimeOffset(2026, 11, 22, 21, 0, 0, TimeSpan.Zero));
        pod.Status.ShouldBe(new PodStatus("Running", false, 4, "CrashLoopBackOff", "back-off 1m20s", "node-1", "10.0.1.5", "cart-5d", "cart:1"));
    }

    [Fact]
    public void Read_PodWithoutNode_TellsWhatTheSchedulerSays()
    {
        var status = (PodStatus)Read(ObjectKind.Pod, """
            {"metadata":{"name":"a"},"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/0 nodes"}]}}
            """).Status;

        (status.Reason, status.Message).ShouldBe(("Unschedulable", "0/0 nodes"));
    }

    [Fact]
    public void Read_PodBeingDeleted_IsNotReady() =>
        ((PodStatus)Read(ObjectKind.Pod, """
            {"metadata":{"name":"a","deletionTimestamp":"2026-11-22T21:00:00Z"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}
            """).Status).IsReady.ShouldBeFalse();

    [Theory]
    [InlineData(2, 2, 3, 3, true)]
    [InlineData(1, 2, 3, 3, false)]
    [InlineData(2, 2, 2, 3, false)]
    [InlineData(2, 2, 3, 2, false)]
    public void Read_Deployment_IsCompleteOnlyWhenObservedUpdatedAndAvailable(int observed, int generation, int updated, int available, bool complete) =>
        ((DeploymentStatus)Read(ObjectKind.Deployment, $$"""
            {"metadata":{"name":"a","generation":{{generation}} },"spec":{"replicas":3},
            "status":{"observedGeneration":{{observed}},"updatedReplicas":{{updated}},"readyReplicas":3,"availableReplicas":{{available}} } }
            """).Status).IsComplete.ShouldBe(complete);

    [Fact]
    public void Read_Ingress_HasPathsAndHostname()
    {
        var status = (IngressStatus)Read(ObjectKind.Ingress, """
            {"metadata":{"name":"products"},"spec":{"ingressClassName":"alb","rules":[{"http":{"paths":[{"path":"/products","pathType":"Prefix",
            "backend":{"service":{"name":"product-service","port":{"number":80}}}}]}}]},
            "status":{"loadBalancer":{"ingress":[{"hostname":"internal-shop-alb-1.us-east-1.elb.amazonaws.com"}]}}}
            """).Status;

        status.Class.ShouldBe("alb");
        status.Hostname.ShouldBe("internal-shop-alb-1.us-east-1.elb.amazonaws.com");
        status.Paths.ShouldBe([new IngressPath("/products", "Prefix", "product-service", 80)]);
    }

    [Fact]
    public void Read_FreshObjectsWithoutStatus_AreRead()
    {
        foreach (var kind in Enum.GetValues<ObjectKind>())
            Read(kind, """{"metadata":{"name":"a"}}""").Name.ShouldBe("a");
    }

    private static ClusterObject Read(ObjectKind kind, string json) => kind switch
    {
        ObjectKind.Pod => ObjectReader.Read(KubernetesJson.Deserialize<V1Pod>(json)),
        ObjectKind.Deployment => ObjectReader.Read(KubernetesJson.Deserialize<V1Deployment>(json)),
        ObjectKind.Service => ObjectReader.Read(KubernetesJson.Deserialize<V1Service>(json)),
        ObjectKind.Ingress => ObjectReader.Read(KubernetesJson.Deserialize<V1Ingress>(json)),
        ObjectKind.Node => ObjectReader.Read(KubernetesJson.Deserialize<V1Node>(json)),
        ObjectKind.CronJob => ObjectReader.Read(KubernetesJson.Deserialize<V1CronJob>(json)),
        ObjectKind.MountedSecrets => ObjectReader.Read(KubernetesJson.Deserialize<SecretProviderClassPodStatus>(json)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };
}
