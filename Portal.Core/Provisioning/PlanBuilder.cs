using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Core.Catalog;
using Portal.Core.Specifications;

namespace Portal.Core.Provisioning;

/// <summary>Where, and for whom, a plan is to be carried out, as far as the plan depends on it.</summary>
/// <param name="ApiAccessCidrs">Who may reach the cluster's public endpoint, comma-separated.</param>
/// <param name="Owner">Name of whom the environment belongs to.</param>
public sealed record PlanTarget(string Name, string AccountId, string Region, string ApiAccessCidrs, string Owner);

/// <summary>
/// Specification + templates → plan. Pure: the same in, the same out. IAM, network and the stores that need no network
/// start together; the cluster waits for network and roles; the services come last.
/// </summary>
public sealed class PlanBuilder(TemplateSet templates, ServiceCatalog catalog, CostEstimator costs)
{
    /// <exception cref="InvalidDataException">A template asks for a parameter that nothing gives.</exception>
    public PlannedWork Build(Specification specification, PlanTarget target)
    {
        var draft = new Draft(specification, target, templates, catalog);
        Network(draft);
        Cluster(draft);
        Edge(draft);
        foreach (var service in specification.Services)
            Service(draft, service);
        Routes(draft);
        Probe(draft);
        var steps = draft.Ordered();
        var plan = new Plan
        {
            Format = Plan.CurrentFormat,
            Environment = specification.Environment,
            Target = target.Name,
            Region = target.Region,
            AccountId = target.AccountId,
            Tags = Tags(specification, target.Owner),
            Steps = steps,
            Cost = costs.Estimate(specification),
            Expected = PlanDifference.CriticalPath(steps),
        };
        return new PlannedWork(plan, draft.Artifacts);
    }

    private static Dictionary<string, string> Tags(Specification specification, string owner)
    {
        var tags = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [StackTags.Environment] = specification.Environment,
            [StackTags.Owner] = owner,
        };
        if (specification.CostCentre.Length > 0)
            tags[StackTags.CostCentre] = specification.CostCentre;
        return tags;
    }

    private void Network(Draft draft)
    {
        var network = draft.Specification.Network;
        draft.Stack(StepNames.Iam, "IAM roles", IsAutoMode(draft) ? "iam-auto.yaml" : "iam.yaml", [], []);
        draft.Stack(StepNames.NetworkCore, "VPC and subnets", "net-core.yaml", [], new()
        {
            ["VpcCidr"] = network.Cidr,
            ["ZoneCount"] = Text(network.Zones),
            ["ZoneIds"] = string.Join(',', catalog.FindRegion(draft.Target.Region)?.Pick.Take(network.Zones) ?? []),
        });
        draft.Stack(StepNames.NetworkEgress, "NAT gateway and private routes", "net-egress.yaml", [StepNames.NetworkCore], new()
        {
            ["VpcCidr"] = network.Cidr,
            ["NatGateways"] = network.NatGateways.ToString(),
            ["InterfaceEndpoints"] = network.InterfaceEndpoints ? "true" : "false",
        });
        if (catalog.EndpointsOf(draft.Specification) is { Count: > 0 } endpoints)
        {
            const string file = "net-endpoints.yaml.liquid";
            var body = LiquidTemplate.Parse(file, draft.Templates.Stack(file)).Render(new(StringComparer.Ordinal)
            {
                ["endpoints"] = endpoints.Select(name => new Dictionary<string, object>(StringComparer.Ordinal) { ["id"] = RouteTree.LogicalId(name), ["service"] = name }).ToList(),
            });
            draft.Stack(StepNames.NetworkEndpoints, "Endpoints of the stores", file, [StepNames.NetworkCore], new() { ["VpcCidr"] = network.Cidr }, body: body);
        }
    }

    private void Cluster(Draft draft)
    {
        var environment = draft.Specification.Environment;
        if (IsAutoMode(draft))
            AutoMode(draft);
        else
            ManagedNodes(draft);
        // A release of its own: what shares the namespace finds it there, labels and all (see the chart).
        draft.Release(StepNames.Namespace, "Namespace", "namespace", [StepNames.Cluster], null, Marked(draft, new JsonObject { ["name"] = environment }),
            catalog.Durations.Activity("namespace"), $"{environment}-namespace", "kube-system");
        if (ServiceSettings.ReadSecrets(draft.Specification, catalog))
            draft.Stack(StepNames.SecretsStore, "Secrets in pods", "secrets-store.yaml", [StepNames.Nodes], AddOns(draft.Specification.Cluster, ["SecretsStoreVersion"], []));
        if (IsAutoMode(draft))
            return;
        Controller(draft);
        if (Grows(draft))
            Autoscaler(draft);
    }

    private void ManagedNodes(Draft draft)
    {
        var cluster = draft.Specification.Cluster;
        var size = catalog.FindSize(cluster.Size) ?? throw new InvalidDataException($"The catalogue has no cluster size '{cluster.Size}'.");
        var range = NodeRange.Of(cluster, size);
        ControlPlane(draft, "cluster.yaml", ["VpcCniVersion", "KubeProxyVersion", "PodIdentityAgentVersion"]);
        draft.Stack(StepNames.Nodes, "Nodes", "nodes.yaml", [StepNames.Cluster, StepNames.NetworkEgress], AddOns(cluster, ["CoreDnsVersion", "MetricsServerVersion"], new()
        {
            ["KubernetesVersion"] = cluster.KubernetesVersion,
            ["InstanceType"] = size.InstanceType,
            ["AmiType"] = AmiType(cluster.NodeSystem, size.InstanceType),
            ["CapacityType"] = cluster.NodeCapacity == NodeCapacity.Spot ? "SPOT" : "ON_DEMAND",
            [MinNodes] = Text(range.Least),
            [MaxNodes] = Text(range.Most),
            [DesiredNodes] = Text(range.Begins),
            [NodesGrow] = range.Grows ? "true" : "false",
            ["EnvironmentName"] = draft.Specification.Environment,
            ["CostCentre"] = draft.Specification.CostCentre.Length > 0 ? draft.Specification.CostCentre : "none",
        }), rest: new Rest { Parameters = new() { [MinNodes] = "0", [DesiredNodes] = "0" } });
    }

    // The nodes' step stays: what runs on nodes waits for their way to the registries, and the first of it starts the first node.
    private void AutoMode(Draft draft)
    {
        ControlPlane(draft, "cluster-auto.yaml", []);
        draft.Stack(StepNames.Nodes, "Metrics server on the first node", "nodes-auto.yaml", [StepNames.Cluster, StepNames.NetworkEgress], AddOns(draft.Specification.Cluster, ["MetricsServerVersion"], []));
    }

    private void ControlPlane(Draft draft, string template, string[] addOns) =>
        draft.Stack(StepNames.Cluster, "EKS control plane", template, [StepNames.NetworkCore, StepNames.Iam], AddOns(draft.Specification.Cluster, addOns, new()
        {
            ["KubernetesVersion"] = draft.Specification.Cluster.KubernetesVersion,
            ["PublicAccessCidrs"] = string.Join(',', draft.Specification.Cluster.EndpointBlocks(draft.Target.ApiAccessCidrs)),
        }));

    private void Controller(Draft draft)
    {
        var values = Foreign(draft, LoadBalancerController);
        values["clusterName"] = draft.OutputNode(StepNames.Controller, [StepNames.Nodes], "ClusterName");
        values["region"] = draft.Target.Region;
        values["vpcId"] = draft.OutputNode(StepNames.Controller, [StepNames.Nodes], "VpcId");
        ForeignRelease(draft, StepNames.Controller, "Load balancer controller", LoadBalancerController, values, "controllerInstall");
    }

    // It finds the node group by tags that EKS gives it, and its image is that of the Kubernetes version.
    private void Autoscaler(Draft draft)
    {
        var values = Foreign(draft, ClusterAutoscaler);
        values["autoDiscovery"] = new JsonObject { ["clusterName"] = draft.OutputNode(StepNames.Autoscaler, [StepNames.Nodes], "ClusterName") };
        values["awsRegion"] = draft.Target.Region;
        if (catalog.FindKubernetes(draft.Specification.Cluster.KubernetesVersion) is { } version)
            values["image"] = new JsonObject { ["tag"] = version.ClusterAutoscaler };
        ForeignRelease(draft, StepNames.Autoscaler, "Cluster autoscaler", ClusterAutoscaler, values, "autoscalerInstall");
    }

    private static JsonObject Foreign(Draft draft, string chart) => (JsonObject)(YamlValues.ToJson(draft.Templates.Foreign(chart).Values) ?? new JsonObject());

    private void ForeignRelease(Draft draft, string step, string title, string chart, JsonObject values, string activity) => draft.Add(new PlannedStep
    {
        Name = step,
        Kind = StepKind.Release,
        Title = title,
        DependsOn = [StepNames.Nodes],
        Subject = chart,
        RepositoryChart = chart,
        ChartVersion = draft.Templates.Foreign(chart).Version,
        Namespace = "kube-system",
        Values = values,
        Expected = catalog.Durations.Activity(activity),
    });

    private void Edge(Draft draft)
    {
        var (environment, edge) = (draft.Specification.Environment, draft.Specification.Edge);
        Dictionary<string, string> api = new() { ["ApiName"] = environment, ["DomainName"] = edge.DomainName, ["CertificateArn"] = edge.CertificateArn };
        if (edge.HostedZoneId.Length > 0)
            api["HostedZoneId"] = edge.HostedZoneId;
        draft.Stack(StepNames.EdgeBase, edge.HostedZoneId.Length > 0 ? "API Gateway, VPC Link and DNS record" : "API Gateway and VPC Link", "edge-base.yaml", [StepNames.NetworkCore], api);
        // Auto Mode's controller runs outside the cluster and needs no node.
        var controller = IsAutoMode(draft) ? StepNames.Cluster : StepNames.Controller;
        var loadBalancer = Marked(draft, new JsonObject
        {
            ["name"] = LoadBalancerName(environment),
            ["scheme"] = "internal",
            ["groupName"] = environment,
            ["certificateArn"] = edge.LoadBalancer.CertificateArn,
            ["subnets"] = draft.OutputNode(StepNames.Ingress, [controller], $"{edge.LoadBalancer.Subnets}SubnetIds", split: true),
            ["securityGroups"] = new JsonArray(draft.OutputNode(StepNames.Ingress, [controller], "LoadBalancerSecurityGroupId")),
        });
        if (catalog.ClassOf(draft.Specification.Class).Parameters.GetValueOrDefault(PlanDifference.DeletionProtection) == "true")
            LoadBalancerProtection.Protect(loadBalancer);
        draft.Release(StepNames.Ingress, "Ingress rules", "environment", [controller, StepNames.Namespace], null, new JsonObject
        {
            ["loadBalancer"] = loadBalancer,
            ["stages"] = new JsonArray([.. edge.Stages.Select(stage => (JsonNode)stage)]),
            ["services"] = new JsonArray([.. draft.Specification.Services.Where(service => service.IsPublic).Select(service => (JsonNode)Rules(service))]),
        }, catalog.Durations.Activity("ingressReconcile"));
        draft.Add(new PlannedStep
        {
            Name = StepNames.LoadBalancer,
            Kind = StepKind.Wait,
            Title = "Application Load Balancer",
            DependsOn = [StepNames.Ingress],
            Subject = LoadBalancerName(environment),
            Expected = catalog.Durations.Activity("loadBalancer"),
        });
    }

    // What few ask for is only said where they do: other plans stay what they were.
    private static JsonObject Rules(ServiceSpecification service)
    {
        var rules = new JsonObject { ["name"] = service.Name, ["path"] = service.Path, ["port"] = service.ReachedAt, ["healthPath"] = service.HealthPath };
        if (service.MorePaths.Count > 0)
            rules["morePaths"] = new JsonArray([.. service.MorePaths.Select(path => (JsonNode)path)]);
        if (service.TakesPathOff)
            rules["takesPathOff"] = true;
        return rules;
    }

    private void Routes(Draft draft)
    {
        var specification = draft.Specification;
        var edge = specification.Edge;
        var after = new List<string> { StepNames.LoadBalancer, StepNames.EdgeBase };
        after.AddRange(specification.Services.SelectMany(service => service.Stores.Where(store => catalog.FindStore(store.Type)?.SignIn == true).Select(store => StepNames.Data(service.Name, store.Name))).Take(1));
        if (edge.Oidc is { } oidc && specification.Services.Any(service => service.AsksFor(RouteAuthentication.Oidc)))
        {
            draft.Stack(StepNames.EdgeSignIn, "Verifier of sign-in tokens", "edge-sign-in.yaml", [StepNames.EdgeBase], new()
            {
                ["OidcIssuer"] = oidc.Issuer,
                ["OidcAudience"] = oidc.Audience,
            });
            after.Add(StepNames.EdgeSignIn);
        }

        draft.Stack(StepNames.EdgeRoutes, "Routes, stage and usage plan", EdgeRoutes.File, after, new()
        {
            ["ThrottleRate"] = Text(edge.ThrottleRate),
            ["ThrottleBurst"] = Text(edge.ThrottleBurst),
            ["DomainName"] = edge.DomainName,
        }, body: EdgeRoutes.Render(draft.Templates.Stack(EdgeRoutes.File), specification));
    }

    // Ready means that the whole path answered: nothing comes after it.
    private void Probe(Draft draft)
    {
        var specification = draft.Specification;
        var requests = FrontDoorProbe.Requests(specification.Services);
        if (requests.Count == 0)
            return;
        List<string> after = [StepNames.EdgeRoutes, .. specification.Services.Select(service => StepNames.Service(service.Name))];
        var values = FrontDoorProbe.ToValues(requests);
        values["api"] = draft.OutputNode(StepNames.FrontDoor, [StepNames.EdgeBase], "RestApiId");
        values["stage"] = specification.Edge.Stage;
        if (specification.Edge.DomainName is { Length: > 0 } domain)
        {
            values["domain"] = domain;
            values["domainTarget"] = draft.OutputNode(StepNames.FrontDoor, [StepNames.EdgeBase], "DomainTarget");
        }

        values["loadBalancer"] = LoadBalancerName(specification.Environment);
        draft.Add(new PlannedStep
        {
            Name = StepNames.FrontDoor,
            Kind = StepKind.Probe,
            Action = PlanAction.Probe,
            Title = "Front door",
            DependsOn = after,
            Subject = specification.Environment,
            Values = values,
            Expected = catalog.Durations.Activity("frontDoor"),
        });
    }

    private void Service(Draft draft, ServiceSpecification service)
    {
        var environment = draft.Specification.Environment;
        List<string> after = IsAutoMode(draft) ? [StepNames.Nodes, StepNames.Namespace] : [StepNames.Nodes, StepNames.Controller, StepNames.Namespace];
        // Whoever finds no node with room needs somebody who adds one.
        if (Grows(draft))
            after.Add(StepNames.Autoscaler);
        var settings = new ServiceSettings(draft.Specification, service, catalog);
        var stores = new StoreSteps(draft, service, catalog, settings.NamedSecrets);
        var users = new DatabaseUserSteps(draft, service, catalog);
        IReadOnlyList<string> anyPod = [.. after];
        after.AddRange(stores.Add(users));
        if (settings.ReadsSecrets)
            after.Add(StepNames.SecretsStore);
        after.AddRange(users.Jobs(anyPod));
        var workload = new WorkloadValues(draft.Specification, service, settings, draft.Target.Region, stores.Ports);
        if (service.BeforeRollout is { } job)
        {
            var before = StepNames.Before(service.Name);
            draft.Release(before, $"Job before the rollout of {service.Name}", "microservice", after, service.Name, workload.Before(job), catalog.Durations.Activity("rolloutJob"), StepNames.BeforeRelease(service.Name));
            after = [.. after, before];
        }

        draft.Release(StepNames.Service(service.Name), service.Name, "microservice", after, service.Name, workload.Of(), catalog.Durations.Activity("podStart"));
    }

    public const string LoadBalancerController = "aws-load-balancer-controller";

    public const string ClusterAutoscaler = "cluster-autoscaler";

    /// <summary>Parameters of the nodes' template: how many there are at least, to begin with and at most, and whether a cluster autoscaler moves between.</summary>
    public const string MinNodes = "MinNodes";

    /// <inheritdoc cref="MinNodes"/>
    public const string DesiredNodes = "DesiredNodes";

    /// <inheritdoc cref="MinNodes"/>
    public const string MaxNodes = "MaxNodes";

    /// <inheritdoc cref="MinNodes"/>
    public const string NodesGrow = "NodesGrow";

    public static string LoadBalancerName(string environment) => $"{environment}-alb";

    // Said only where it holds: plans made before there was a choice say nothing, and nothing is different for them.
    private static JsonObject Marked(Draft draft, JsonObject values)
    {
        if (IsAutoMode(draft))
            values["autoMode"] = true;
        return values;
    }

    private bool Grows(Draft draft) =>
        !IsAutoMode(draft) && catalog.FindSize(draft.Specification.Cluster.Size) is { } size && NodeRange.Of(draft.Specification.Cluster, size).Grows;

    private static bool IsAutoMode(Draft draft) => draft.Specification.Cluster.Mode == ClusterMode.AutoMode;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Versions of add-ons as the catalogue has them for the Kubernetes version; for what it has none, EKS's own choice is the safe one.</summary>
    private Dictionary<string, string> AddOns(ClusterSpecification cluster, string[] parameters, Dictionary<string, string> literals)
    {
        var versions = catalog.FindKubernetes(cluster.KubernetesVersion)?.AddOns;
        foreach (var parameter in parameters)
            literals[parameter] = versions?.GetValueOrDefault(parameter) ?? "";
        return literals;
    }

    // A g after the family's number is AWS's own mark of an ARM processor: t4g, m7g, c8gd.
    private static string AmiType(NodeSystem system, string instanceType)
    {
        var family = instanceType.Split('.')[0];
        var arm = family.SkipWhile(c => !char.IsAsciiDigit(c)).SkipWhile(char.IsAsciiDigit).Contains('g');
        return system == NodeSystem.Bottlerocket
            ? arm ? "BOTTLEROCKET_ARM_64" : "BOTTLEROCKET_x86_64"
            : arm ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
    }
}

/// <summary>A plan and the files it names by digest.</summary>
public sealed record PlannedWork(Plan Plan, IReadOnlyCollection<Artifact> Artifacts);
