using System.Text.Json.Nodes;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>A Job whose variables name a store fails where it would not get there on AWS, and says why.</summary>
public sealed class StoreCallTests
{
    private const string Jobs = "apis/batch/v1/namespaces/default/jobs";
    private const string Pods = "api/v1/namespaces/default/pods";

    [Fact]
    public async Task Job_ThatNamesABroker_EndsAsItsWayThereLetsIt()
    {
        await using var host = await ClusterHost.StartAsync(nodes: 1);
        host.Cloud.Add("EKS::Cluster", "shop", "{}", """{"ClusterSecurityGroupId":"sg-cluster"}""");
        Broker("b-1", "sg-open");
        Broker("b-2", "sg-closed");
        Rule("sg-open", "443", "sg-cluster");
        Rule("sg-closed", "5671", "sg-cluster");
        Rule("sg-closed", "443", "sg-of-another");
        foreach (var (name, port) in new[] { ("managing", 443), ("messaging", 5671) })
        {
            await host.OkAsync("POST", "apis/networking.k8s.io/v1/namespaces/default/networkpolicies", $$$"""
                {"metadata":{"name":"{{{name}}}"},"spec":{"podSelector":{"matchLabels":{"app":"{{{name}}}"} },"policyTypes":["Egress"],
                 "egress":[{"to":[{"ipBlock":{"cidr":"10.0.0.0/16"}}],"ports":[{"protocol":"TCP","port":{{{port}}} }]}]} }
                """);
        }

        (await RunAsync("let-through", "managing", "b-1", "443")).ShouldBeNull();
        (await RunAsync("no-rule", "managing", "b-2", "443")).ShouldBe("Connection timed out: b-2.mq.us-east-1.amazonaws.com:443, no rule of sg-closed admits the cluster's security group there");
        (await RunAsync("no-policy", "messaging", "b-1", "443")).ShouldNotBeNull().ShouldStartWith("Connection timed out: b-1.mq.us-east-1.amazonaws.com:443, no policy lets default/no-policy-");
        (await RunAsync("no-listener", "managing", "b-1", "5672")).ShouldBe("Connection refused: b-1.mq.us-east-1.amazonaws.com does not listen at 5672");
        (await RunAsync("elsewhere", "managing", "b-3", "443")).ShouldBeNull("nobody knows what that is");

        void Broker(string id, string group) => host.Cloud.Add("AmazonMQ::Broker", id, $$"""{"SecurityGroups":["{{group}}"]}""", $$"""{"AmqpEndpoints":["amqps://{{id}}.mq.us-east-1.amazonaws.com:5671"]}""");

        // Numbers are text where a parameter brought them.
        void Rule(string group, string port, string source) =>
            host.Cloud.Add("EC2::SecurityGroupIngress", $"sgr-{group}-{port}", $$"""{"GroupId":"{{group}}","SourceSecurityGroupId":"{{source}}","FromPort":"{{port}}","ToPort":{{port}} }""");

        async Task<string?> RunAsync(string name, string app, string broker, string port)
        {
            await host.OkAsync("POST", Jobs, $$$"""
                {"metadata":{"name":"{{{name}}}"},"spec":{"backoffLimit":0,"template":{"metadata":{"labels":{"app":"{{{app}}}"} },"spec":{"restartPolicy":"Never","containers":[{"name":"m","image":"curl","env":[
                 {"name":"DATABASE_HOST","value":"{{{broker}}}.mq.us-east-1.amazonaws.com"},{"name":"DATABASE_PORT","value":"{{{port}}}"}]}]} } } }
                """);
            var job = await host.WaitAsync(Jobs, name, one => one["status"]?["conditions"] is JsonArray conditions && conditions.Any(condition => condition!["type"]!.GetValue<string>() is "Complete" or "Failed"));
            var pod = (await host.OkAsync("GET", $"{Pods}?labelSelector=job-name%3D{name}"))["items"]!.AsArray().ShouldHaveSingleItem()!;
            var ended = pod["status"]!["containerStatuses"]![0]!["state"]!["terminated"]!;
            (ended["exitCode"]!.GetValue<int>() == 0).ShouldBe(job["status"]!["conditions"]!.AsArray().Any(condition => condition!["type"]!.GetValue<string>() == "Complete"));
            var log = await host.Http.GetStringAsync($"{Pods}/{pod["metadata"]!["name"]!.GetValue<string>()}/log");
            if (ended["message"]?.GetValue<string>() is { } said)
                log.ShouldContain(said);
            return ended["message"]?.GetValue<string>();
        }
    }
}
