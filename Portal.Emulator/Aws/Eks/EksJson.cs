using System.Text.Json.Nodes;
using Portal.Emulator.Aws.CloudFormation.Resources;
using Portal.Emulator.Aws.CloudFormation.Templates;

namespace Portal.Emulator.Aws.Eks;

/// <summary>EKS's shapes in JSON, from the properties CloudFormation was given.</summary>
internal static class EksJson
{
    public static JsonObject Cluster(CloudResource cluster, Inventory inventory)
    {
        var vpc = cluster.Properties["ResourcesVpcConfig"];
        var subnets = vpc?["SubnetIds"] as JsonArray ?? [];
        var version = cluster.Properties["Version"] is { } given ? given.ToText() : "1.35";
        var json = new JsonObject
        {
            ["name"] = cluster.PhysicalId,
            ["arn"] = Attribute(cluster, "Arn"),
            ["createdAt"] = Seconds(cluster.CreatedAt),
            ["version"] = version,
            ["roleArn"] = cluster.Properties["RoleArn"].ToText(),
            ["resourcesVpcConfig"] = new JsonObject
            {
                ["subnetIds"] = subnets.DeepClone(),
                ["securityGroupIds"] = vpc?["SecurityGroupIds"]?.DeepClone() ?? new JsonArray(),
                ["clusterSecurityGroupId"] = Attribute(cluster, "ClusterSecurityGroupId"),
                ["vpcId"] = subnets.Count == 0 ? null : inventory.Find("AWS::EC2::Subnet", subnets[0].ToText())?.Properties["VpcId"]?.DeepClone(),
                ["endpointPublicAccess"] = vpc?["EndpointPublicAccess"].ToText() != "false",
                ["endpointPrivateAccess"] = vpc?["EndpointPrivateAccess"].ToText() == "true",
                ["publicAccessCidrs"] = vpc?["PublicAccessCidrs"]?.DeepClone() ?? new JsonArray("0.0.0.0/0"),
            },
            ["kubernetesNetworkConfig"] = new JsonObject
            {
                ["serviceIpv4Cidr"] = "172.20.0.0/16",
                ["ipFamily"] = "ipv4",
                ["elasticLoadBalancing"] = new JsonObject { ["enabled"] = AutoModeRules.IsOn(cluster.Properties) },
            },
            ["computeConfig"] = Compute(cluster.Properties),
            ["storageConfig"] = new JsonObject { ["blockStorage"] = new JsonObject { ["enabled"] = AutoModeRules.IsOn(cluster.Properties) } },
            ["status"] = Status(cluster),
            ["platformVersion"] = "eks.1",
            ["tags"] = Tags(cluster),
            ["accessConfig"] = new JsonObject { ["authenticationMode"] = cluster.Properties["AccessConfig"]?["AuthenticationMode"]?.ToText() ?? "CONFIG_MAP" },
            ["health"] = new JsonObject { ["issues"] = new JsonArray() },
        };
        if (Attribute(cluster, "Endpoint") is { } endpoint)
        {
            json["endpoint"] = endpoint;
            json["certificateAuthority"] = new JsonObject { ["data"] = Attribute(cluster, "CertificateAuthorityData") };
            json["identity"] = new JsonObject { ["oidc"] = new JsonObject { ["issuer"] = Attribute(cluster, "OpenIdConnectIssuerUrl") } };
        }

        return json;
    }

    private static JsonObject Compute(JsonObject cluster)
    {
        var json = new JsonObject { ["enabled"] = AutoModeRules.IsOn(cluster) };
        if (cluster["ComputeConfig"] is JsonObject compute && AutoModeRules.IsOn(cluster))
        {
            json["nodePools"] = compute["NodePools"]?.DeepClone() ?? new JsonArray();
            json["nodeRoleArn"] = compute["NodeRoleArn"]?.DeepClone();
        }

        return json;
    }

    /// <param name="nodes">How many there are to be now, where somebody else than CloudFormation has said so.</param>
    public static JsonObject NodeGroup(CloudResource group, CloudResource cluster, int? nodes) => new()
    {
        ["nodegroupName"] = group.PhysicalId.Split('/')[^1],
        ["nodegroupArn"] = Attribute(group, "Arn"),
        ["clusterName"] = cluster.PhysicalId,
        ["version"] = cluster.Properties["Version"].ToText(),
        ["createdAt"] = Seconds(group.CreatedAt),
        ["modifiedAt"] = Seconds(group.ModifiedAt),
        ["status"] = Status(group),
        ["capacityType"] = group.Properties["CapacityType"] is { } capacity ? capacity.ToText() : "ON_DEMAND",
        ["scalingConfig"] = Scaling(group.Properties["ScalingConfig"], nodes),
        ["instanceTypes"] = group.Properties["InstanceTypes"]?.DeepClone() ?? new JsonArray("t3.medium"),
        ["subnets"] = group.Properties["Subnets"]?.DeepClone(),
        ["amiType"] = group.Properties["AmiType"] is { } ami ? ami.ToText() : "AL2023_x86_64_STANDARD",
        ["nodeRole"] = group.Properties["NodeRole"].ToText(),
        ["health"] = new JsonObject { ["issues"] = new JsonArray() },
        ["tags"] = Tags(group),
    };

    public static JsonObject Addon(CloudResource addon) => new()
    {
        ["addonName"] = addon.Properties["AddonName"].ToText(),
        ["clusterName"] = addon.Properties["ClusterName"].ToText(),
        ["status"] = Status(addon),
        ["addonVersion"] = addon.Properties["AddonVersion"]?.ToText(),
        ["addonArn"] = Attribute(addon, "Arn"),
        ["createdAt"] = Seconds(addon.CreatedAt),
        ["modifiedAt"] = Seconds(addon.ModifiedAt),
        ["health"] = new JsonObject { ["issues"] = new JsonArray() },
        ["tags"] = Tags(addon),
    };

    public static JsonNode PodIdentityAssociation(CloudResource association) => new JsonObject
    {
        ["clusterName"] = association.Properties["ClusterName"].ToText(),
        ["namespace"] = association.Properties["Namespace"].ToText(),
        ["serviceAccount"] = association.Properties["ServiceAccount"].ToText(),
        ["associationArn"] = association.PhysicalId,
        ["associationId"] = association.PhysicalId.Split('/')[^1],
    };

    public static JsonObject PodIdentityAssociationDetail(CloudResource association)
    {
        var json = (JsonObject)PodIdentityAssociation(association);
        json["roleArn"] = association.Properties["RoleArn"].ToText();
        json["tags"] = Tags(association);
        json["createdAt"] = Seconds(association.CreatedAt);
        json["modifiedAt"] = Seconds(association.ModifiedAt);
        return json;
    }

    public static JsonObject AccessEntry(CloudResource entry, CloudResource cluster) => new()
    {
        ["clusterName"] = cluster.PhysicalId,
        ["principalArn"] = entry.Properties["PrincipalArn"].ToText(),
        ["kubernetesGroups"] = entry.Properties["KubernetesGroups"]?.DeepClone() ?? new JsonArray(),
        ["accessEntryArn"] = Attribute(entry, "AccessEntryArn"),
        ["createdAt"] = Seconds(entry.CreatedAt),
        ["modifiedAt"] = Seconds(entry.ModifiedAt),
        ["tags"] = Tags(entry),
        ["username"] = entry.Properties["Username"] is { } name ? name.ToText() : entry.Properties["PrincipalArn"].ToText(),
        ["type"] = entry.Properties["Type"] is { } type ? type.ToText() : "STANDARD",
    };

    public static JsonArray AccessPolicies(CloudResource entry) =>
    [
        .. (entry.Properties["AccessPolicies"] as JsonArray ?? []).Select(policy => new JsonObject
        {
            ["policyArn"] = policy?["PolicyArn"].ToText(),
            ["accessScope"] = new JsonObject { ["type"] = policy?["AccessScope"]?["Type"].ToText(), ["namespaces"] = policy?["AccessScope"]?["Namespaces"]?.DeepClone() ?? new JsonArray() },
            ["associatedAt"] = Seconds(entry.CreatedAt),
            ["modifiedAt"] = Seconds(entry.ModifiedAt),
        }),
    ];

    private static JsonObject Scaling(JsonNode? scaling, int? nodes)
    {
        int Number(string key, int fallback) => int.TryParse(scaling?[key].ToText(), out var number) ? number : fallback;
        return new JsonObject { ["minSize"] = Number("MinSize", 1), ["maxSize"] = Number("MaxSize", 2), ["desiredSize"] = nodes ?? Number("DesiredSize", 2) };
    }

    private static string Status(CloudResource resource) => resource.State switch
    {
        ResourceState.Creating => "CREATING",
        ResourceState.Updating => "UPDATING",
        ResourceState.Deleting => "DELETING",
        _ => "ACTIVE",
    };

    private static string? Attribute(CloudResource resource, string name) => resource.Attributes[name]?.ToText();

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;

    private static JsonObject Tags(CloudResource resource) => new(resource.Tags.Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value)));
}
