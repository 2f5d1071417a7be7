using System.Text;
using Portal.Core.Operations;
using Portal.Core.Provisioning;
using Portal.Core.Provisioning.Changes;
using Portal.Core.Specifications;

namespace Portal.Tests.Provisioning.Changes;

/// <summary>The update table: every change a user can ask for, and what it does to which step.</summary>
public sealed class UpdateTableTests
{
    // step=what: for a stack that is updated the worst impact on a resource, or ReplacesData; for a release its effect.
    // A step that is not named stays as it is.
    private static readonly Dictionary<string, string> Expected = new(StringComparer.Ordinal)
    {
        ["nothing"] = "",
        ["add a service"] = "ingress=Reconfigure svc-search-service=Create edge-routes=None",
        ["add a service with a store"] = "ingress=Reconfigure data-wish-service=Create bind-wish-service=Create svc-wish-service=Create edge-routes=None",
        ["remove the service without a store"] = "ingress=Reconfigure edge-routes=Some svc-page-service=Delete",
        ["remove the Aurora service"] = "ingress=Reconfigure edge-routes=Some svc-product-service=Delete grant-product-service=Delete bind-product-service=Delete user-product-service=Delete data-product-service=DeletesData",
        ["remove the RDS service"] = "ingress=Reconfigure edge-routes=Some svc-order-service=Delete grant-order-service=Delete bind-order-service=Delete user-order-service=Delete data-order-service=DeletesData",
        ["remove the DynamoDB service"] = "ingress=Reconfigure edge-routes=Some svc-cart-service=Delete bind-cart-service=Delete data-cart-service=DeletesData",
        ["remove the Cognito service and the sign-in"] = "ingress=Reconfigure edge-routes=Some svc-user-service=Delete bind-user-service=Delete data-user-service=DeletesData",
        ["replicas"] = "svc-cart-service=Scale",
        ["image"] = "svc-cart-service=RollingRestart",
        ["port"] = "ingress=Reconfigure svc-cart-service=InterruptingRestart",
        ["health path"] = "ingress=Reconfigure svc-cart-service=RollingRestart",
        ["path"] = "ingress=Reconfigure svc-cart-service=InterruptingRestart edge-routes=Some",
        ["a path more"] = "ingress=Reconfigure edge-routes=None",
        ["a path that is taken off"] = "ingress=Reconfigure svc-cart-service=RollingRestart edge-routes=None",
        ["pages that may call"] = "edge-routes=None",
        ["sign-in of a route"] = "edge-routes=None",
        ["DynamoDB to Aurora"] = "data-cart-service=ReplacesData user-cart-service=Create bind-cart-service=None grant-cart-service=Create svc-cart-service=RollingRestart",
        ["DynamoDB to none"] = "svc-cart-service=RollingRestart bind-cart-service=Delete data-cart-service=DeletesData",
        // The rule at the database's security group names the port, which is the same but of another database.
        ["Aurora to RDS"] = "data-product-service=ReplacesData bind-product-service=Replacement grant-product-service=NextRun svc-product-service=RollingRestart",
        ["RDS to DynamoDB"] = "data-order-service=ReplacesData bind-order-service=None svc-order-service=RollingRestart grant-order-service=Delete user-order-service=Delete",
        ["a store more"] = "store-jobs-cart-service=Create bind-cart-service=None svc-cart-service=RollingRestart",
        ["none to DynamoDB"] = "data-page-service=Create bind-page-service=Create svc-page-service=RollingRestart",
        ["throttle"] = "edge-routes=None",
        ["stage"] = "ingress=Reconfigure edge-routes=Some",
        ["cluster size"] = "nodes=Replacement",
        ["Kubernetes up"] = "cluster=Some nodes=Some secrets=None autoscaler=RollingRestart",
        ["Kubernetes by two"] = "cluster=Refused nodes=Some autoscaler=RollingRestart",
        ["Kubernetes down"] = "cluster=Refused nodes=Some autoscaler=RollingRestart",
        ["a zone more"] = "net-core=None net-egress=None cluster=None nodes=Replacement edge-base=Replacement ingress=Reconfigure "
            + "data-product-service=None data-order-service=None edge-routes=None",
        ["a zone less"] = "net-core=None net-egress=None cluster=None nodes=Replacement edge-base=Replacement ingress=Reconfigure "
            + "data-product-service=None data-order-service=None edge-routes=None",
        ["NAT gateways"] = "net-egress=None",
        ["interface endpoints"] = "net-egress=None",
        // The flow log is replaced; the logs written so far stay.
        ["class"] = "net-core=Replacement cluster=None ingress=Reconfigure data-product-service=None data-user-service=None data-cart-service=None data-order-service=Some edge-routes=None",
        // Nodes carry the tag: their launch template has another version.
        ["cost centre"] = "nodes=Some",
        ["who reaches the endpoint"] = "cluster=None",
        ["most nodes"] = "nodes=None",
        ["always as many nodes"] = "nodes=None autoscaler=Delete",
        ["spot nodes"] = "nodes=Replacement",
        ["Bottlerocket"] = "nodes=Replacement",
        ["capacity of Aurora"] = "data-product-service=None",
        ["class of the RDS instance"] = "data-order-service=Some",
        ["more RDS storage"] = "data-order-service=None",
        ["less RDS storage"] = "data-order-service=Refused",
        ["a version beside"] = "ingress=Reconfigure edge-routes=None",
        ["a client more"] = "edge-routes=None",
        ["a client less"] = "edge-routes=Some",
        ["quota of a client"] = "edge-routes=None",
        ["domain"] = "edge-base=None edge-routes=None",
        ["domain in a hosted zone"] = "edge-base=None edge-routes=None",
        ["firewall"] = "edge-routes=None",
        ["private subnets of the load balancer"] = "ingress=Reconfigure",
        ["HTTPS to the load balancer"] = "ingress=NewListener edge-routes=None",
        ["a route for itself"] = "edge-routes=Some",
        ["an API key for a route"] = "edge-routes=None",
        ["an API key for a service"] = "edge-routes=None",
        ["throttle of a route"] = "edge-routes=None",
        ["listed routes only"] = "edge-routes=Some",
        ["sign-in of another issuer"] = "edge-sign-in=Create edge-routes=None",
        // The stacks of roles, cluster and nodes are updated in place; the controller's release comes or goes last or first.
        ["to Auto Mode"] = "iam=None cluster=Some nodes=Some namespace=Reconfigure ingress=NewLoadBalancer alb=Replacement edge-routes=None lbc=Delete autoscaler=Delete "
            + "grant-product-service=NextRun grant-order-service=NextRun svc-product-service=Reconfigure svc-user-service=Reconfigure svc-cart-service=Reconfigure svc-order-service=Reconfigure svc-page-service=Reconfigure",
        ["from Auto Mode"] = "iam=None cluster=Some nodes=None namespace=Reconfigure ingress=NewLoadBalancer alb=Replacement edge-routes=None lbc=Create autoscaler=Create "
            + "grant-product-service=NextRun grant-order-service=NextRun svc-product-service=Reconfigure svc-user-service=Reconfigure svc-cart-service=Reconfigure svc-order-service=Reconfigure svc-page-service=Reconfigure",
        ["CIDR"] = "net-core=Replacement net-egress=Replacement cluster=Refused nodes=Replacement lbc=RollingRestart edge-base=Replacement "
            + "ingress=NewLoadBalancer alb=Replacement data-product-service=Refused bind-product-service=Replacement "
            + "data-order-service=Refused bind-order-service=Replacement edge-routes=None "
            // The network rules of the pods name the range.
            + "grant-product-service=NextRun grant-order-service=NextRun svc-product-service=Reconfigure svc-user-service=Reconfigure svc-cart-service=Reconfigure svc-order-service=Reconfigure svc-page-service=Reconfigure",
    };

    /// <summary>The only changes that may replace a store; each of them says so.</summary>
    private static readonly HashSet<string> MayReplaceData = new(StringComparer.Ordinal) { "DynamoDB to Aurora", "Aurora to RDS", "RDS to DynamoDB" };

    private static readonly HashSet<string> MayDeleteData = new(StringComparer.Ordinal)
    {
        "remove the Aurora service", "remove the RDS service", "remove the DynamoDB service", "remove the Cognito service and the sign-in", "DynamoDB to none",
    };

    public static TheoryData<string> Changes => new(UserChanges.All.Keys);

    [Fact]
    public void Expected_EveryChange_HasARow() => Expected.Keys.ShouldBe(UserChanges.All.Keys, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Changes))]
    public void Evaluate_Change_DoesWhatTheTableSays(string change) =>
        Describe(UserChanges.Evaluate(change)).ShouldBe(Expected[change].Split(' ', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Changes))]
    public void Evaluate_Change_LosesDataOnlyWhereTheListSaysSoAndInPlainWords(string change)
    {
        var result = UserChanges.Evaluate(change);

        result.ReplacesData.ShouldBe(MayReplaceData.Contains(change));
        result.DeletesData.ShouldBe(MayDeleteData.Contains(change));
        SaysWhatItLoses(result);
    }

    // Two changes in one request: each with a few others, so that none hides what the other does.
    [Theory]
    [MemberData(nameof(Changes))]
    public void Evaluate_TwoChanges_LoseNoDataSilently(string first)
    {
        var names = UserChanges.All.Keys.ToList();
        foreach (var second in Enumerable.Range(1, 2).Select(step => names[(names.IndexOf(first) + step * 7) % names.Count]))
        {
            var result = UserChanges.Evaluate(UserChanges.Before, UserChanges.All[second](UserChanges.All[first](UserChanges.Before)));

            if (!MayReplaceData.Contains(first) && !MayReplaceData.Contains(second))
                result.ReplacesData.ShouldBeFalse($"{first}, {second}");
            SaysWhatItLoses(result);
        }
    }

    [Theory]
    [InlineData("DynamoDB to Aurora", "cart-service: replaces data. The table is removed; its items are lost unless there is a backup of them.")]
    [InlineData("remove the Aurora service", "product-service: deletes data. The database cluster is removed; its databases are lost unless there is a backup of them.")]
    [InlineData("CIDR", "EKS control plane: AWS refuses to change the Kubernetes cluster (ResourcesVpcConfig.SubnetIds): a cluster cannot leave its VPC.")]
    [InlineData("less RDS storage", "RDS PostgreSQL for order-service: AWS refuses to change the database instance (AllocatedStorage): storage grows only.")]
    [InlineData("stage", "Routes, stage and usage plan: the stage is removed; its public address answers no more.")]
    [InlineData("a client less", "Routes, stage and usage plan: the API key is removed; whoever uses it is turned away.")]
    [InlineData("cluster size", "Nodes: the node group is replaced (InstanceTypes); pods move to new nodes before the old ones go.")]
    [InlineData("to Auto Mode", "EKS control plane: the Kubernetes cluster is interrupted (ComputeConfig); Auto Mode begins or ends: every pod moves to nodes of the other kind, and the load balancer cannot be handed over, another one takes its place.")]
    [InlineData("to Auto Mode", "Ingress rules: the controller makes another load balancer; requests fail until the gateway uses it.")]
    [InlineData("to Auto Mode", "Metrics server on the first node: the node group is removed; its pods move to other nodes, if there are any.")]
    [InlineData("path", "Routes, stage and usage plan: the path, and 1 more of its kind, is removed; requests that no other path takes are turned away.")]
    [InlineData("image", "cart-service: its pods are replaced a few at a time (image).")]
    [InlineData("a zone more", "API Gateway and VPC Link: the VPC link is replaced (SubnetIds); the gateway reaches the load balancer by the new link only once the routes are deployed again.")]
    [InlineData("HTTPS to the load balancer", "Ingress rules: the load balancer listens at another port; requests fail until the gateway speaks to that.")]
    [InlineData("a zone less", "VPC and subnets: other stacks still use what is to be deleted, so AWS may leave it behind (PublicSubnet3, PrivateSubnet3).")]
    public void Sentences_Change_SayTheWorstFirst(string change, string sentence)
    {
        var sentences = UserChanges.Evaluate(change).Sentences;

        sentences.ShouldContain(sentence);
        if (sentence.Contains(" data. ", StringComparison.Ordinal))
            sentences[0].ShouldBe(sentence);
    }

    /// <summary>classes.yaml says which class leaves a snapshot; a database that is replaced leaves one in every class.</summary>
    [Theory]
    [InlineData(EnvironmentClass.Development, "are lost unless there is a backup of them.")]
    [InlineData(EnvironmentClass.Staging, "remain in a last snapshot only.")]
    [InlineData(EnvironmentClass.Production, "remain in a last snapshot only.")]
    public void Sentences_RemovedDatabase_SayWhatItsClassKeeps(EnvironmentClass name, string fate)
    {
        var before = UserChanges.Before with { Class = name };
        foreach (var change in new[] { "remove the Aurora service", "remove the RDS service" })
            UserChanges.Evaluate(before, UserChanges.All[change](before)).Sentences[0].ShouldEndWith(fate);
    }

    private static IEnumerable<string> Describe(PlanChange change) => change.Steps.Where(step => step.Action != StepAction.Unchanged).Select(step => $"{step.Step}=" + step switch
    {
        { ReplacesData: true } => "ReplacesData",
        { DeletesData: true } => "DeletesData",
        { Action: not StepAction.Update } => step.Action.ToString(),
        { Kind: StepKind.Release } => step.Effect.ToString(),
        _ => step.Impact.ToString(),
    });

    // What holds data, read off the resources' types here and not off the evaluator's flags.
    private static void SaysWhatItLoses(PlanChange change)
    {
        string[] stores = ["AWS::DynamoDB::Table", "AWS::RDS::DBCluster", "AWS::Cognito::UserPool"];
        foreach (var step in change.Steps)
        {
            var isLost = step.Resources.Any(resource =>
                (stores.Contains(resource.Type) || (resource.Type == "AWS::RDS::DBInstance" && resource.LogicalId != "Writer"))
                && (resource.Action == ResourceAction.Removed || resource.Impact == Impact.Replacement));
            (step.ReplacesData || step.DeletesData).ShouldBe(isLost, step.Step);
            var words = new StringBuilder().AppendJoin('\n', step.Sentences.Select(sentence => sentence.Text)).ToString();
            words.Contains("replaces data", StringComparison.Ordinal).ShouldBe(step.ReplacesData, step.Step);
            words.Contains("deletes data", StringComparison.Ordinal).ShouldBe(step.DeletesData, step.Step);
        }
    }
}
