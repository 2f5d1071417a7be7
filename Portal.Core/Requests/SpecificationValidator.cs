using System.Globalization;
using System.Text.RegularExpressions;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;

namespace Portal.Core.Requests;

/// <summary>
/// Everything that can be said about a specification without asking a database. Pure, so that the page runs it on every keystroke
/// and the use case runs it again.
/// </summary>
/// <param name="templates">To measure what the routes would take; null leaves that out.</param>
public sealed partial class SpecificationValidator(ServiceCatalog catalog, TemplateSet? templates = null)
{
    /// <summary>
    /// Each takes two rules of the load balancer at least, one without a version before its path and one for the current version, and AWS's standard
    /// is a hundred of them. How many there are in a target's account, and which take more, <see cref="AccountRules"/> knows.
    /// </summary>
    public const int MaxServices = 50;

    public IReadOnlyList<FieldError> Validate(Specification specification)
    {
        var errors = new List<FieldError>();
        Environment(specification, errors);
        Network(specification.Network, errors);
        Cluster(specification.Cluster, errors);
        EdgeRules.Check(specification.Edge, errors);
        Services(specification, errors);
        ClassRules.Check(specification, catalog, errors);
        if (errors.Count == 0 && CapacityRules.Fault(specification, catalog) is { } tooSmall)
            errors.Add(tooSmall);
        if (errors.Count == 0 && templates is not null && RouteRules.SizeFault(specification, templates, hasBucket: true) is { } tooLarge)
            errors.Add(tooLarge);
        return errors;
    }

    /// <summary>What a target cannot take. Apart from the rest because a specification only names it.</summary>
    /// <param name="hasBucket">Whether it has a bucket for templates that are too large for a call.</param>
    /// <param name="apiAccessCidrs">Who may reach its clusters' endpoints.</param>
    /// <param name="account">Whose it is.</param>
    public IEnumerable<FieldError> ForTarget(Specification specification, string region, string account, bool hasBucket, string apiAccessCidrs)
    {
        var errors = ForRegion(specification, region).Concat(SecretRules.ForTarget(specification, region, account));
        if (ClassRules.OpenEndpoint(specification, catalog, apiAccessCidrs) is { } open)
            errors = errors.Append(open);
        return templates is not null && RouteRules.SizeFault(specification, templates, hasBucket) is { } tooLarge ? errors.Append(tooLarge) : errors;
    }

    private static void Environment(Specification specification, List<FieldError> errors)
    {
        var name = specification.Environment;
        const string field = "environment";
        if (name.Length == 0)
            errors.Add(new(field, name, "Give the environment a name, for example shop-staging."));
        else if (name.Length > FieldLimits.EnvironmentName)
            errors.Add(new(field, name, $"'{name}' has {name.Length} characters; {FieldLimits.EnvironmentName} at most, because the load balancer is named after it. Try '{name[..FieldLimits.EnvironmentName].TrimEnd('-')}'."));
        else if (!Label().IsMatch(name))
            errors.Add(new(field, name, $"'{name}' is not a DNS label. Use lower-case letters, digits and hyphens, beginning with a letter{Suggest(name)}."));
        else if (name.StartsWith("internal-", StringComparison.Ordinal))
            errors.Add(new(field, name, $"'{name}' begins with 'internal-', which AWS keeps for load balancers' own names. Try '{name["internal-".Length..]}'."));
        else if (name.StartsWith("kube-", StringComparison.Ordinal) || name is "default")
            errors.Add(new(field, name, $"'{name}' is a namespace of Kubernetes itself. Try 'my-{name}'."));

        if (specification.Target.Length == 0)
            errors.Add(new("target", specification.Target, "Pick the target the environment is to live in."));
        if (specification.LifetimeDays is { } days)
            Range("lifetimeDays", days, FieldLimits.LifetimeDays, errors);
        if (specification.CostCentre.Length > 0 && !TagValue().IsMatch(specification.CostCentre))
            errors.Add(new("costCentre", specification.CostCentre, $"'{specification.CostCentre}' cannot be the value of a tag. Use letters, digits, blanks and + = . _ : / @ -, 256 at most."));
    }

    /// <summary>What a region cannot give. Apart from the rest because only the target says which region it is.</summary>
    public IEnumerable<FieldError> ForRegion(Specification specification, string region)
    {
        if (catalog.FindRegion(region) is not { } known)
            yield return new("target", specification.Target, $"{region} has no VPC links V2, by which the API reaches the load balancer. Choose a target in one of {string.Join(", ", catalog.Regions.Select(one => one.Id))}.");
        else if (specification.Network.Zones > known.Zones)
            yield return new("network.zones", Text(specification.Network.Zones), $"{region} has {Text(known.Zones)} zones only in which both EKS and VPC links exist. Choose {Text(known.Zones)} zones.");
        foreach (var (field, certificate) in new[] { ("edge.certificateArn", specification.Edge.CertificateArn), ("edge.loadBalancer.certificateArn", specification.Edge.LoadBalancer.CertificateArn) })
        {
            if (certificate.Length > 0 && !certificate.Contains($":acm:{region}:", StringComparison.Ordinal))
                yield return new(field, certificate, $"The certificate has to be one of {region}, where the environment is to live.");
        }
    }

    private static void Network(NetworkSpecification network, List<FieldError> errors)
    {
        const string field = "network.cidr";
        if (!Cidr.TryParse(network.Cidr, out var cidr, out var onBoundary))
            errors.Add(new(field, network.Cidr, $"'{network.Cidr}' is not an IPv4 block. Write it as address/length, for example 10.40.0.0/16."));
        else if (cidr.PrefixLength > 20)
            errors.Add(new(field, network.Cidr, $"{network.Cidr} is too small: every pod takes an address of it. Use a /16 to /20, for example {new Cidr(cidr.First & 0xFFFF_F000, 20)}."));
        else if (cidr.PrefixLength < 16)
            errors.Add(new(field, network.Cidr, $"{network.Cidr} is larger than a VPC may be. Use a /16 to /20, for example {new Cidr(cidr.First, 16)}."));
        else if (!onBoundary)
            errors.Add(new(field, network.Cidr, $"{network.Cidr} does not begin on its boundary. Use {cidr}."));
        else if (!cidr.IsPrivate)
            errors.Add(new(field, network.Cidr, $"{network.Cidr} is not private. Use a block of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."));

        if (network.Zones is not (2 or 3))
            errors.Add(new("network.zones", Text(network.Zones), $"{network.Zones} zones cannot be had; choose 2 or 3."));
    }

    private void Cluster(ClusterSpecification cluster, List<FieldError> errors)
    {
        if (catalog.FindSize(cluster.Size) is null)
            errors.Add(new("cluster.size", cluster.Size, $"There is no cluster size '{cluster.Size}'. Choose one of {string.Join(", ", catalog.ClusterSizes.Select(s => s.Id))}."));
        if (catalog.FindKubernetes(cluster.KubernetesVersion) is null)
            errors.Add(new("cluster.kubernetesVersion", cluster.KubernetesVersion, $"Kubernetes '{cluster.KubernetesVersion}' cannot be had. Choose one of {string.Join(", ", catalog.KubernetesVersions.Select(one => one.Version))}."));
        if (cluster.Mode == ClusterMode.AutoMode)
            AutoMode(cluster, errors);
        Range("cluster.minNodes", cluster.MinNodes ?? 1, FieldLimits.Nodes, errors);
        Range("cluster.maxNodes", cluster.MaxNodes ?? 1, FieldLimits.Nodes, errors);
        if (catalog.FindSize(cluster.Size) is { } size && (cluster.MinNodes ?? size.Min) > (cluster.MaxNodes ?? size.Max))
            errors.Add(new("cluster.maxNodes", Text(cluster.MaxNodes ?? size.Max), $"At most {Text(cluster.MaxNodes ?? size.Max)} nodes, but at least {Text(cluster.MinNodes ?? size.Min)}: raise the one or lower the other."));
    }

    // The size stays: it is what the cost is estimated by. The rest is what AWS decides by itself, as the user guide's pages
    // "Automode", "Set built-in node pools" and "Learn instances" say, so that a value would promise what nobody keeps.
    private static void AutoMode(ClusterSpecification cluster, List<FieldError> errors)
    {
        const string otherwise = "or choose managed nodes";
        if (cluster.NodeSystem != NodeSystem.AmazonLinux)
            errors.Add(new("cluster.nodeSystem", cluster.NodeSystem.ToString(), $"Auto Mode chooses the nodes' operating system itself (it is Bottlerocket). Leave the choice out, {otherwise}."));
        if (cluster.NodeCapacity != NodeCapacity.OnDemand)
            errors.Add(new("cluster.nodeCapacity", cluster.NodeCapacity.ToString(), $"Auto Mode's own node pools run on demand only. Leave spot out, {otherwise}."));
        if (cluster.MinNodes is { } low)
            errors.Add(new("cluster.minNodes", Text(low), $"Auto Mode starts as many nodes as the pods need. Leave the lowest number out, {otherwise}."));
        if (cluster.MaxNodes is { } high)
            errors.Add(new("cluster.maxNodes", Text(high), $"Auto Mode starts as many nodes as the pods need. Leave the highest number out, {otherwise}."));
    }

    private void Services(Specification specification, List<FieldError> errors)
    {
        var services = specification.Services;
        if (services.Count == 0)
            errors.Add(new("services", null, "Add at least one service: from the catalogue, or a blank one."));
        else if (!services.Any(service => service.IsPublic))
            errors.Add(new("services", Text(services.Count), "No service is reached from outside, so that the API would lead nowhere. Make one of them public."));
        if (services.Count > MaxServices)
            errors.Add(new("services", Text(services.Count), $"{services.Count} services; {MaxServices} at most, because each takes two rules of the load balancer. Split the environment."));

        for (var index = 0; index < services.Count; index++)
        {
            var service = services[index];
            var at = $"services[{index}]";
            Name(service, at, services.Take(index), errors);
            Image(service, at, errors);
            PathRules.Check(service, at, services, errors);
            CorsRules.Check(service, at, errors);
            WorkloadRules.Check(service, at, services, errors);
            PortRules.Check(service, at, errors);
            CallRules.Check(service, at, specification, catalog, errors);
            RuntimeRules.Check(service, at, errors);
            if (service.Listens)
                Listens(service, at, errors);
            if (service.RunsAlways)
                Range($"{at}.replicas", service.Replicas, FieldLimits.Pods, errors);
            StoreRules.Check(service, at, catalog, errors);
            SharedStoreRules.Check(service, at, specification, catalog, errors);
            RouteRules.Check(service, at, specification, catalog, errors);
        }
    }

    private static void Listens(ServiceSpecification service, string at, List<FieldError> errors)
    {
        Range($"{at}.port", service.Port, FieldLimits.Port, errors);
        if (service.HealthPath.Length > FieldLimits.Path)
            errors.Add(new($"{at}.healthPath", service.HealthPath, $"The path has {service.HealthPath.Length} characters; {FieldLimits.Path} at most, for example /health."));
        else if (!PathSyntax().IsMatch(service.HealthPath) && service.HealthPath != "/")
            errors.Add(new($"{at}.healthPath", service.HealthPath, $"'{service.HealthPath}' is not a path. Write it as /health."));
    }

    private static void Name(ServiceSpecification service, string at, IEnumerable<ServiceSpecification> earlier, List<FieldError> errors)
    {
        var name = service.Name;
        var field = $"{at}.name";
        if (name.Length == 0)
            errors.Add(new(field, name, "Give the service a name, for example product-service."));
        else if (name.Length > FieldLimits.ServiceName)
            errors.Add(new(field, name, $"'{name}' has {name.Length} characters; {FieldLimits.ServiceName} at most. Try '{name[..FieldLimits.ServiceName].TrimEnd('-')}'."));
        else if (!Label().IsMatch(name))
            errors.Add(new(field, name, $"'{name}' is not a DNS label. Use lower-case letters, digits and hyphens, beginning with a letter{Suggest(name)}."));
        else if (s_taken.TryGetValue(name, out var owner))
            errors.Add(new(field, name, $"'{name}' is taken in every environment: {owner}. Try '{name}-service'."));
        else if (earlier.Any(other => other.Name == name))
            errors.Add(new(field, name, $"Another service is called '{name}' already. Try '{name}-2'."));
    }

    // Names in the environment's namespace that are not the services'.
    private static readonly Dictionary<string, string> s_taken = new(StringComparer.Ordinal)
    {
        [StepNames.Ingress] = "the release of the Ingress rules is called so",
        ["default"] = "Kubernetes gives every namespace a service account of that name",
        ["default-deny"] = "the network policy that closes the namespace is called so",
        ["kubernetes"] = "pods find the Kubernetes API in the variables of a Service of that name",
    };

    private static void Image(ServiceSpecification service, string at, List<FieldError> errors)
    {
        if (service.Image.Length == 0)
            errors.Add(new($"{at}.image", service.Image, "Name the container image, for example ghcr.io/shop/products:1.8."));
        else if (ImageReference.Parse(service.Image) is null)
            errors.Add(new($"{at}.image", service.Image, $"'{service.Image}' is not an image reference. Write it as registry/name:tag or registry/name@sha256:…, all but the tag in lower case."));
    }

    internal static void Range(string field, int value, NumberRange range, List<FieldError> errors) => Range(field, value, range.Low, range.High, range.Unit, errors);

    internal static void Range(string field, int value, int low, int high, string unit, List<FieldError> errors)
    {
        if (value < low || value > high)
            errors.Add(new(field, Text(value), $"{Text(value)} is out of range: {Text(low)} to {Text(high)}{(unit.Length > 0 ? " " + unit : "")}."));
    }

    private static string Suggest(string name)
    {
        var fixedName = NotLabel().Replace(name.ToLowerInvariant(), "-").Trim('-').TrimStart('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '-');
        return Label().IsMatch(fixedName) ? $". Try '{fixedName}'" : ", for example shop-staging";
    }

    internal static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    [GeneratedRegex("^[a-z]([-a-z0-9]*[a-z0-9])?\\z")]
    private static partial Regex Label();

    [GeneratedRegex("[^a-z0-9-]+")]
    private static partial Regex NotLabel();

    // What an API Gateway path part, an ALB path pattern and an Ingress path accept alike.
    [GeneratedRegex("^(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\\z")]
    internal static partial Regex PathSyntax();

    [GeneratedRegex("^[A-Za-z0-9 +=._:/@-]{1,256}\\z")]
    private static partial Regex TagValue();
}
