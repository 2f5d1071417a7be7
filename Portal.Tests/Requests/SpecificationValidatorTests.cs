using System.Text.Json;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

public sealed class SpecificationValidatorTests
{
    private const string Certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b";

    private static readonly SpecificationValidator s_validator = new(Samples.Catalog);

    /// <summary>What is changed in the seed's example, the field it is refused at, and a part of the remedy.</summary>
    public static TheoryData<string, Func<Specification, Specification>, string, string?, string> Refused => new()
    {
        { "no name", shop => shop with { Environment = "" }, "environment", "", "for example shop-staging" },
        { "name with capitals", shop => shop with { Environment = "Shop" }, "environment", "Shop", "Try 'shop'" },
        { "name with spaces", shop => shop with { Environment = "my shop" }, "environment", "my shop", "Try 'my-shop'" },
        { "name with underscore", shop => shop with { Environment = "my_shop" }, "environment", "my_shop", "Try 'my-shop'" },
        { "name begins with a digit", shop => shop with { Environment = "1shop" }, "environment", "1shop", "Try 'shop'" },
        { "name begins with a hyphen", shop => shop with { Environment = "-shop" }, "environment", "-shop", "Try 'shop'" },
        { "name ends with a hyphen", shop => shop with { Environment = "shop-" }, "environment", "shop-", "Try 'shop'" },
        { "name with dot", shop => shop with { Environment = "shop.eu" }, "environment", "shop.eu", "Try 'shop-eu'" },
        { "name with umlaut", shop => shop with { Environment = "schön" }, "environment", "schön", "Try 'sch-n'" },
        { "name of emoji", shop => shop with { Environment = "🛒" }, "environment", "🛒", "for example shop-staging" },
        { "name with line feed", shop => shop with { Environment = "shop\n" }, "environment", "shop\n", "Try 'shop'" },
        { "name of 29", shop => shop with { Environment = new string('a', 29) }, "environment", new string('a', 29), "28 at most" },
        { "name AWS keeps", shop => shop with { Environment = "internal-shop" }, "environment", "internal-shop", "Try 'shop'" },
        { "namespace of Kubernetes", shop => shop with { Environment = "kube-system" }, "environment", "kube-system", "Try 'my-kube-system'" },
        { "default namespace", shop => shop with { Environment = "default" }, "environment", "default", "Try 'my-default'" },
        { "no target", shop => shop with { Target = "" }, "target", "", "Pick the target" },
        { "no block", Network(network => network with { Cidr = "" }), "network.cidr", "", "for example 10.40.0.0/16" },
        { "block without length", Network(network => network with { Cidr = "10.40.0.0" }), "network.cidr", "10.40.0.0", "address/length" },
        { "block with three parts", Network(network => network with { Cidr = "10.40.0/16" }), "network.cidr", "10.40.0/16", "address/length" },
        { "IPv6 block", Network(network => network with { Cidr = "fd00::/16" }), "network.cidr", "fd00::/16", "IPv4" },
        { "octet too large", Network(network => network with { Cidr = "10.400.0.0/16" }), "network.cidr", "10.400.0.0/16", "address/length" },
        { "block too small", Network(network => network with { Cidr = "10.40.0.0/24" }), "network.cidr", "10.40.0.0/24", "for example 10.40.0.0/20" },
        { "block too large", Network(network => network with { Cidr = "10.0.0.0/8" }), "network.cidr", "10.0.0.0/8", "for example 10.0.0.0/16" },
        { "block off its boundary", Network(network => network with { Cidr = "10.40.1.0/16" }), "network.cidr", "10.40.1.0/16", "Use 10.40.0.0/16" },
        { "public block", Network(network => network with { Cidr = "8.8.0.0/16" }), "network.cidr", "8.8.0.0/16", "10.0.0.0/8" },
        { "one zone", Network(network => network with { Zones = 1 }), "network.zones", "1", "choose 2 or 3" },
        { "four zones", Network(network => network with { Zones = 4 }), "network.zones", "4", "choose 2 or 3" },
        { "unknown size", shop => shop with { Cluster = shop.Cluster with { Size = "huge" } }, "cluster.size", "huge", "small, medium, large" },
        { "no Kubernetes version", shop => shop with { Cluster = shop.Cluster with { KubernetesVersion = "" } }, "cluster.kubernetesVersion", "", "Choose one of 1.35, 1.34" },
        { "Kubernetes patch version", shop => shop with { Cluster = shop.Cluster with { KubernetesVersion = "1.35.2" } }, "cluster.kubernetesVersion", "1.35.2", "1.35" },
        { "Kubernetes of long ago", shop => shop with { Cluster = shop.Cluster with { KubernetesVersion = "1.10" } }, "cluster.kubernetesVersion", "1.10", "Choose one of 1.35, 1.34" },
        { "Kubernetes that is not there yet", shop => shop with { Cluster = shop.Cluster with { KubernetesVersion = "1.99" } }, "cluster.kubernetesVersion", "1.99", "Choose one of 1.35, 1.34" },
        { "service called as the Ingress rules' release", Service(service => service with { Name = "ingress" }), "services[1].name", "ingress", "Try 'ingress-service'" },
        { "service called as the namespace's own account", Service(service => service with { Name = "default" }), "services[1].name", "default", "Try 'default-service'" },
        { "service called as the namespace's policy", Service(service => service with { Name = "default-deny" }), "services[1].name", "default-deny", "Try 'default-deny-service'" },
        { "service called as the Kubernetes API", Service(service => service with { Name = "kubernetes" }), "services[1].name", "kubernetes", "Try 'kubernetes-service'" },
        { "health path of 101", Service(service => service with { HealthPath = "/" + new string('h', 100) }), "services[1].healthPath", "/" + new string('h', 100), "100 at most" },
        { "Auto Mode with an operating system", AutoMode(cluster => cluster with { NodeSystem = NodeSystem.Bottlerocket }), "cluster.nodeSystem", "Bottlerocket", "Leave the choice out, or choose managed nodes" },
        { "Auto Mode on spot", AutoMode(cluster => cluster with { NodeCapacity = NodeCapacity.Spot }), "cluster.nodeCapacity", "Spot", "Leave spot out, or choose managed nodes" },
        { "Auto Mode with a lowest number", AutoMode(cluster => cluster with { MinNodes = 1 }), "cluster.minNodes", "1", "Leave the lowest number out" },
        { "Auto Mode with a highest number", AutoMode(cluster => cluster with { MaxNodes = 9 }), "cluster.maxNodes", "9", "Leave the highest number out" },
        { "stage with slash", Edge(edge => edge with { Stage = "v/1" }), "edge.stage", "v/1", "for example v1" },
        { "stage of 25", Edge(edge => edge with { Stage = new string('v', 25) }), "edge.stage", new string('v', 25), "24 at most" },
        { "certificate without its name", Edge(edge => edge with { LoadBalancer = new() { CertificateArn = Certificate } }), "edge.loadBalancer.serverName", null, "both or neither" },
        { "name without a certificate", Edge(edge => edge with { LoadBalancer = new() { ServerName = "alb.example.com" } }), "edge.loadBalancer.certificateArn", null, "both or neither" },
        { "name that is none", Edge(edge => edge with { LoadBalancer = new() { CertificateArn = Certificate, ServerName = "https://alb.example.com" } }), "edge.loadBalancer.serverName", "https://alb.example.com", "alb.shop.example.com" },
        { "certificate that is none", Edge(edge => edge with { LoadBalancer = new() { CertificateArn = "shop", ServerName = "alb.example.com" } }), "edge.loadBalancer.certificateArn", "shop", "arn:aws:acm:" },
        { "hosted zone that is none", Edge(edge => edge with { DomainName = "api.example.com", CertificateArn = Certificate, HostedZoneId = "example.com" }), "edge.hostedZoneId", "example.com", "for example Z0123456789ABCDEFGHIJ" },
        { "hosted zone without a domain", Edge(edge => edge with { HostedZoneId = "Z0123456789ABCDEFGHIJ" }), "edge.hostedZoneId", "Z0123456789ABCDEFGHIJ", "Give the domain too" },
        { "no throttle", Edge(edge => edge with { ThrottleRate = 0 }), "edge.throttleRate", "0", "1 to 10000" },
        { "burst too large", Edge(edge => edge with { ThrottleBurst = 5_001 }), "edge.throttleBurst", "5001", "1 to 5000" },
        { "no service", shop => shop with { Services = [] }, "services", null, "Add at least one" },
        { "service without a name", Service(service => service with { Name = "" }), "services[1].name", "", "for example product-service" },
        { "service with capitals", Service(service => service with { Name = "Users" }), "services[1].name", "Users", "Try 'users'" },
        { "service name of 41", Service(service => service with { Name = new string('u', 41) }), "services[1].name", new string('u', 41), "40 at most" },
        { "service name twice", Service(service => service with { Name = "product-service" }), "services[1].name", "product-service", "Try 'product-service-2'" },
        { "no image", Service(service => service with { Image = "" }), "services[1].image", "", "for example ghcr.io" },
        { "image with capitals", Service(service => service with { Image = "ghcr.io/Shop/users:1" }), "services[1].image", "ghcr.io/Shop/users:1", "lower case" },
        { "image with a space", Service(service => service with { Image = "ghcr.io/shop users" }), "services[1].image", "ghcr.io/shop users", "registry/name:tag" },
        { "image with two tags", Service(service => service with { Image = "users:1:2" }), "services[1].image", "users:1:2", "registry/name:tag" },
        { "image with a short digest", Service(service => service with { Image = "users@sha256:abc" }), "services[1].image", "users@sha256:abc", "sha256" },
        { "image as address", Service(service => service with { Image = "https://ghcr.io/shop/users" }), "services[1].image", "https://ghcr.io/shop/users", "registry/name:tag" },
        { "no path", Service(service => service with { Path = "" }), "services[1].path", "", "for example /products" },
        { "path without slash", Service(service => service with { Path = "users" }), "services[1].path", "users", "/users" },
        { "path ends with slash", Service(service => service with { Path = "/users/" }), "services[1].path", "/users/", "/users" },
        { "path with wildcard", Service(service => service with { Path = "/users/*" }), "services[1].path", "/users/*", "/users" },
        { "path with parameter", Service(service => service with { Path = "/users/{id}" }), "services[1].path", "/users/{id}", "/users" },
        { "path twice", Service(service => service with { Path = "/products" }), "services[1].path", "/products", "Try /user-service" },
        { "path under another", Service(service => service with { Path = "/products/users" }), "services[1].path", "/products/users", "Try /users" },
        { "port 0", Service(service => service with { Port = 0 }), "services[1].port", "0", "1 to 65535" },
        { "port too large", Service(service => service with { Port = 65_536 }), "services[1].port", "65536", "1 to 65535" },
        { "no pods", Service(service => service with { Replicas = 0 }), "services[1].replicas", "0", "1 to 100" },
        { "too many pods", Service(service => service with { Replicas = 101 }), "services[1].replicas", "101", "1 to 100" },
        { "health path without slash", Service(service => service with { HealthPath = "health" }), "services[1].healthPath", "health", "/health" },
        { "unknown store", Service(service => service with { Stores = Samples.Stores("oracle") }), "services[1].stores[0].type", "oracle", "Choose one of" },
        { "option of another store", Store("dynamodb", "MinCapacity", "1"), "services[1].stores[0].options.MinCapacity", "1", "DynamoDB has no option 'MinCapacity'" },
        { "unknown option", Store("rds-postgresql", "Size", "1"), "services[1].stores[0].options.Size", "1", "it has InstanceClass, AllocatedStorage" },
        { "option without a value", Store("rds-postgresql", "AllocatedStorage", ""), "services[1].stores[0].options.AllocatedStorage", "", "give 20 to 900 GiB" },
        { "storage below the least", Store("rds-postgresql", "AllocatedStorage", "19"), "services[1].stores[0].options.AllocatedStorage", "19", "20 to 900 GiB" },
        { "instance class that is no choice", Store("rds-postgresql", "InstanceClass", "db.x1.huge"), "services[1].stores[0].options.InstanceClass", "db.x1.huge", "choose one of db.t4g.micro" },
        { "capacity between the steps", Store("aurora-postgresql", "MinCapacity", "0.7"), "services[1].stores[0].options.MinCapacity", "0.7", "multiple of 0.5" },
        // The one that is left at its default is in the way.
        { "capacity above the highest", Store("aurora-postgresql", "MinCapacity", "8"), "services[1].stores[0].options.MaxCapacity", "4", "less than MinCapacity, which is 8" },
        { "no CPU", Runtime(runtime => runtime with { Cpu = 0 }), "services[1].runtime.cpu", "0", "10 to 16000 thousandths" },
        { "memory limit below what is kept", Runtime(runtime => runtime with { MemoryLimit = 64 }), "services[1].runtime.memoryLimit", "64", "128 MiB are kept" },
        { "fewer pods under load than without", Runtime(runtime => runtime with { MaxReplicas = 1 }), "services[1].runtime.maxReplicas", "1", "2 without any load" },
        { "root", Runtime(runtime => runtime with { User = 0 }), "services[1].runtime.user", "0", "1 to 65535" },
        { "less grace than the load balancer takes", Runtime(runtime => runtime with { GraceSeconds = 15 }), "services[1].runtime.graceSeconds", "15", "20 to 600 seconds" },
        { "liveness path without slash", Runtime(runtime => runtime with { LivenessPath = "live" }), "services[1].runtime.livenessPath", "live", "Write it as /live" },
        { "command of 501", Runtime(runtime => runtime with { Command = [new string('c', 501)] }), "services[1].runtime.command", null, "500 at most" },
        { "folder without slash", Runtime(runtime => runtime with { WritableFolders = ["tmp"] }), "services[1].runtime.writableFolders", "tmp", "for example /tmp" },
        { "folder twice", Runtime(runtime => runtime with { WritableFolders = ["/tmp", "/a", "/tmp"] }), "services[1].runtime.writableFolders", "/tmp", "Leave one out" },
        { "pods without room", OnNodes(2, service => service with { Replicas = 20 }), "cluster.size", "small", "26 pods, and 2 × t3.medium have addresses for 21 beside the cluster's own. Allow 3 nodes at most" },
        { "CPU without room", OnNodes(3, service => service with { Runtime = service.Runtime with { Cpu = 1700 }, Replicas = 3 }), "cluster.size", "small", "The pods ask for 5.7 CPU, and at most 3 × t3.medium have 4.64 to give. Allow 4 nodes at most" },
        { "CPU without room in a size", shop => Service(service => service with { Runtime = service.Runtime with { Cpu = 1700 }, Replicas = 6 })(SecretValuesTests.WithoutDatabase(shop)), "cluster.size", "small", "The pods ask for 10.8 CPU, and at most 4 × t3.medium have 6.42 to give. Choose Large" },
        { "a pod larger than a node", OnNodes(4, service => service with { Runtime = service.Runtime with { Memory = 6000, MemoryLimit = 6000 } }), "cluster.size", "small", "A pod asks for 6000 MiB, and a t3.medium has 3354 to give. Choose Medium" },
        { "a pod larger than any node", Runtime(runtime => runtime with { Cpu = 4000 }), "cluster.size", "small", "Ask for less a pod" },
        { "no service for anybody outside", shop => shop with { Services = [Internal(shop.Services[1])] }, "services", "1", "Make one of them public" },
        { "internal with a path", Service(service => Internal(service) with { Path = "/users" }), "services[1].path", "/users", "leave it out, or make the service public" },
        { "internal with sign-in", Service(service => Internal(service) with { Authentication = RouteAuthentication.Cognito }), "services[1].authentication", "Cognito", "leave the sign-in out" },
        { "a service that is open in production", shop => Opened(shop, service => service with { ApiKeyRequired = false }), "services[1].authentication", "None", "user-service would be open to everybody, which production does not allow. Ask for a sign-in or an API key" },
        { "a route that is open in production", shop => Opened(shop, service => service with { Routes = [new RouteSpecification { Method = "GET", Path = "/{id}" }] }), "services[1].routes[0].authentication", "None", "GET /users/{id} would be open" },
        { "an endpoint's block that is none", Blocks("203.0.113.0"), "cluster.endpointCidrs", "203.0.113.0", "address/length" },
        { "an endpoint's block off its boundary", Blocks("10.0.0.0/8", "203.0.113.7/24"), "cluster.endpointCidrs", "10.0.0.0/8 203.0.113.7/24", "Use 203.0.113.0/24" },
        { "a further path that is none", Service(service => service with { MorePaths = ["/accounts", "people/"] }), "services[1].morePaths", "/accounts people/", "'people/' is not a path" },
        { "a further path twice", Service(service => service with { MorePaths = ["/users"] }), "services[1].morePaths", "/users", "user-service has /users already" },
        { "a further path below the first", Service(service => service with { MorePaths = ["/users/new"] }), "services[1].morePaths", "/users/new", "is under /users, which user-service takes" },
        { "a further path of another service", Service(service => service with { MorePaths = ["/products/new"] }), "services[1].morePaths", "/products/new", "is under /products, which product-service takes" },
        { "a path below another's further one", shop => shop with { Services = [shop.Services[0] with { MorePaths = ["/users"] }, .. shop.Services.Skip(1)] }, "services[1].path", "/users", "product-service has /users already" },
        { "more beside everything", Service(service => service with { Path = "/", MorePaths = ["/users"] }), "services[1].morePaths", "/users", "/ leads to user-service whatever comes after it" },
        { "everything as a further path", Service(service => service with { MorePaths = ["/"] }), "services[1].morePaths", "/", "Leave its other paths out" },
        { "everything twice", shop => shop with { Services = [shop.Services[0] with { Path = "/" }, shop.Services[1] with { Path = "/" }] }, "services[1].path", "/", "product-service has / already" },
        { "nothing to take off", Service(service => service with { Path = "/", TakesPathOff = true }), "services[1].takesPathOff", "true", "There is nothing to take off of /" },
        { "a route of everything that is another's", Service(service => service with { Path = "/", Routes = [new RouteSpecification { Path = "/products/{id}" }] }), "services[1].routes[0].path", "/products/{id}", "is product-service's. List it there" },
        { "internal with a further path", Service(service => Internal(service) with { MorePaths = ["/users"] }), "services[1].morePaths", "/users", "leave them out" },
        { "internal that takes a path off", Service(service => Internal(service) with { TakesPathOff = true }), "services[1].takesPathOff", "true", "leave it out" },
        { "pages from nowhere", Cors(cors => cors with { Origins = [] }), "services[1].cors.origins", "", "Say which pages may call" },
        { "a page with a path", Cors(cors => cors with { Origins = ["https://shop.example.com/"] }), "services[1].cors.origins", "https://shop.example.com/", "nothing after them" },
        { "all pages and one", Cors(cors => cors with { Origins = ["*", "https://shop.example.com"] }), "services[1].cors.origins", "* https://shop.example.com", "Leave the others out" },
        { "all pages with cookies", Cors(cors => cors with { Origins = ["*"], Credentials = true }), "services[1].cors.origins", "*", "Name the pages" },
        { "a page twice", Cors(cors => cors with { Origins = ["https://a.example", "https://a.example"] }), "services[1].cors.origins", "https://a.example https://a.example", "twice" },
        { "a method no page asks for", Cors(cors => cors with { Methods = ["GET", "TRACE"] }), "services[1].cors.methods", "GET TRACE", "'TRACE' is not a method" },
        { "a header that is none", Cors(cors => cors with { Headers = ["X:Y"] }), "services[1].cors.headers", "X:Y", "'X:Y' is not the name of a header" },
        { "an answer kept too long", Cors(cors => cors with { MaxAge = 100_000 }), "services[1].cors.maxAge", "100000", "0 to 86400 seconds" },
        { "pages of an internal service", Service(service => Internal(service) with { Cors = new() { Origins = ["*"] } }), "services[1].cors.origins", "*", "No page reaches an internal service" },
        { "internal with a key", Service(service => Internal(service) with { ApiKeyRequired = true }), "services[1].apiKeyRequired", "true", "leave the key out" },
        { "internal with routes", Service(service => Internal(service) with { Routes = [new RouteSpecification { Method = "GET" }] }), "services[1].routes", "1", "leave them out" },
        { "calls itself", Service(service => service with { Calls = ["user-service"] }), "services[1].calls[0]", "user-service", "Leave it out" },
        { "calls nobody", Service(service => service with { Calls = ["cart-service", "stock"] }), "services[1].calls[1]", "stock", "Choose of product-service, cart-service" },
        { "calls twice", Service(service => service with { Calls = ["cart-service", "cart-service"] }), "services[1].calls[1]", "cart-service", "listed already" },
        { "callee that is called like what the store gives", shop => shop with { Services = [shop.Services[0] with { Calls = ["database"] }, shop.Services[1], shop.Services[2] with { Name = "database" }] }, "services[0].calls", "DATABASE_HOST", "Give that service or store another name" },
        { "two stores without a name", Stores("", ""), "services[1].stores[1].name", "", "for example cache" },
        { "two stores of one name", Stores("cache", "cache"), "services[1].stores[1].name", "cache", "Choose another name" },
        // A hyphen would let its step meet that of another service.
        { "store with a hyphen", Stores("", "a-b"), "services[1].stores[1].name", "a-b", "Use lower-case letters and digits" },
        { "store's name of 17", Stores("", "abcdefghijklmnopq"), "services[1].stores[1].name", "abcdefghijklmnopq", "16 at most" },
        { "nine stores", Stores("", "b", "c", "d", "e", "f", "g", "h", "i"), "services[1].stores", "9", "8 at most" },
        { "setting that a store gives", Service(service => service with { Stores = [.. service.Stores, Table("cache")], Variables = [new("CACHE_TABLE_NAME", "x")] }), "services[1].variables[0].name", "CACHE_TABLE_NAME", "given to the service already" },
        { "reference to a store that it has not", Service(service => service with { Stores = [.. service.Stores, Table("cache")], Variables = [new("A", "${store.queue.TABLE_NAME}")] }), "services[1].variables[0].value", "${store.queue.TABLE_NAME}", "${store.cache.TABLE_NAME}" },
        { "variable with a blank", Variable("LOG LEVEL", "info"), "services[1].variables[0].name", "LOG LEVEL", "for example LOG_LEVEL" },
        { "variable that is a secret", Variable("API_SECRET", "x"), "services[1].variables[0].name", "API_SECRET", "as API_SECRET_ARN" },
        { "variable that is given", Variable("AWS_REGION", "x"), "services[1].variables[0].name", "AWS_REGION", "given to the service already" },
        { "variable twice", Service(service => service with { Variables = [new("A", "1"), new("A", "2")] }), "services[1].variables[1].name", "A", "listed already" },
        { "reference that is open", Variable("A", "x ${store"), "services[1].variables[0].value", "x ${store", "is not closed" },
        { "reference to nothing", Variable("A", "${self.colour}"), "services[1].variables[0].value", "${self.colour}", "There is ${self.name}, ${self.path}, ${self.port}." },
        { "reference to whom it does not call", Variable("A", "${service.cart-service.url}"), "services[1].variables[0].value", "${service.cart-service.url}", "Add it to what it calls" },
        { "reference to another store's setting", Variable("A", "${store.DATABASE_HOST}"), "services[1].variables[0].value", "${store.DATABASE_HOST}", "${store.USER_POOL_ID}" },
        { "value of 513", Variable("A", new string('a', 513)), "services[1].variables[0].value", null, "512 at most" },
        { "value with a bell", Variable("A", "\a"), "services[1].variables[0].value", null, "cannot be shown" },
        { "sign-in without a pool", Service(service => service with { Stores = Samples.Stores("none"), Authentication = RouteAuthentication.Cognito }), "services[1].authentication", "Cognito", "Cognito and SSM" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Validate_OneThingWrong_NamesFieldValueAndRemedy(string what, Func<Specification, Specification> spoil, string field, string? value, string remedy)
    {
        var error = s_validator.Validate(spoil(Samples.Shop())).ShouldHaveSingleItem(what);

        error.Field.ShouldBe(field);
        error.Value.ShouldBe(value);
        error.Message.ShouldContain(remedy);
    }

    [Fact]
    public void Validate_PathThatWouldTakeAnothersAway_IsRefused()
    {
        var shop = Samples.Shop();
        var spoiled = shop with { Services = [shop.Services[0] with { Path = "/shop/products" }, shop.Services[1] with { Path = "/shop" }] };

        s_validator.Validate(spoiled).ShouldHaveSingleItem().Message.ShouldContain("would take /shop/products from product-service");
    }

    [Fact]
    public void Validate_EveryVersionOfTheCatalogue_IsAccepted()
    {
        foreach (var version in Samples.Catalog.KubernetesVersions)
            s_validator.Validate(Samples.Shop() with { Cluster = new ClusterSpecification { KubernetesVersion = version.Version } }).ShouldBeEmpty(version.Version);
        Samples.Catalog.DefaultKubernetesVersion.ShouldBe(new ClusterSpecification().KubernetesVersion);
    }

    [Fact]
    public void Validate_SeedsExample_IsAccepted() => s_validator.Validate(Samples.Shop()).ShouldBeEmpty();

    [Fact]
    public void ForRegion_CertificatesOfAnother_AreRefusedEach()
    {
        var shop = Samples.Shop() with { Edge = new() { DomainName = "api.example.com", CertificateArn = Certificate, LoadBalancer = new() { CertificateArn = Certificate, ServerName = "alb.example.com" } } };

        s_validator.ForRegion(shop, "us-east-1").ShouldBeEmpty();
        s_validator.ForRegion(shop, "eu-west-1").Select(error => error.Field).ShouldBe(["edge.certificateArn", "edge.loadBalancer.certificateArn"]);
    }

    [Theory]
    [InlineData("us-west-1", 2, null)]
    [InlineData("us-west-1", 3, "network.zones")]
    [InlineData("eu-west-3", 3, "network.zones")]
    [InlineData("us-east-1", 3, null)]
    [InlineData("eu-central-1", 3, null)]
    [InlineData("eu-south-1", 2, "target")]
    public void ForRegion_WhereNotEverythingIs_SaysSo(string region, int zones, string? field)
    {
        var shop = Samples.Shop() with { Network = Samples.Shop().Network with { Zones = zones } };

        s_validator.ForRegion(shop, region).Select(error => error.Field).ShouldBe(field is null ? [] : [field]);
    }

    private static Specification Services(Specification shop, int number) => shop with
    {
        Services = [.. Enumerable.Range(1, number).Select(index => shop.Services[0] with { Name = $"service-{index}", Path = $"/path-{index}" })],
    };

    [Fact]
    public void Validate_AutoModeOfAnySize_IsAccepted()
    {
        foreach (var size in Samples.Catalog.ClusterSizes)
            s_validator.Validate(AutoMode(cluster => cluster with { Size = size.Id })(Samples.Shop())).ShouldBeEmpty(size.Id);
    }

    [Fact]
    public void Json_StoredBeforeThereWasAMode_HasManagedNodes()
    {
        var stored = JsonSerializer.SerializeToNode(Samples.Shop(), Specification.Json)!;
        stored["cluster"]!.AsObject().Remove("mode").ShouldBeTrue();

        stored.Deserialize<Specification>(Specification.Json)!.Cluster.Mode.ShouldBe(ClusterMode.ManagedNodes);
    }

    /// <summary>In either order: a database keeps the keys of a document as it likes.</summary>
    [Theory]
    [InlineData("""{"name":"a","image":"i","path":"/a","dataStore":"aurora-postgresql","storeOptions":{"MaxCapacity":"8"}}""", """[{"name":"","type":"aurora-postgresql","options":{"MaxCapacity":"8"}}]""")]
    [InlineData("""{"storeOptions":{"MaxCapacity":"8"},"dataStore":"aurora-postgresql","name":"a","image":"i","path":"/a"}""", """[{"name":"","type":"aurora-postgresql","options":{"MaxCapacity":"8"}}]""")]
    [InlineData("""{"name":"a","image":"i","path":"/a","dataStore":"none","storeOptions":{}}""", "[]")]
    [InlineData("""{"name":"a","image":"i","path":"/a"}""", "[]")]
    public void Json_StoredWhenAServiceHadOneStore_HasThatStore(string stored, string stores)
    {
        var written = JsonSerializer.SerializeToNode(JsonSerializer.Deserialize<ServiceSpecification>(stored, Specification.Json), Specification.Json)!.AsObject();

        written["stores"]!.ToJsonString().ShouldBe(stores);
        written.Select(pair => pair.Key).ShouldNotContain(key => key.EndsWith("tore", StringComparison.Ordinal) || key.EndsWith("toreOptions", StringComparison.Ordinal));
    }

    private static Func<Specification, Specification> AutoMode(Func<ClusterSpecification, ClusterSpecification> spoil) =>
        shop => shop with { Cluster = spoil(new ClusterSpecification { Mode = ClusterMode.AutoMode }) };

    private static Func<Specification, Specification> Network(Func<NetworkSpecification, NetworkSpecification> spoil) => shop => shop with { Network = spoil(shop.Network) };

    private static Func<Specification, Specification> Edge(Func<EdgeSpecification, EdgeSpecification> spoil) => shop => shop with { Edge = spoil(shop.Edge) };

    private static Func<Specification, Specification> Stores(params string[] names) => Service(service => service with { Stores = [.. names.Select(Table)] });

    private static StoreSpecification Table(string name) => new() { Name = name, Type = "dynamodb" };

    private static Func<Specification, Specification> Store(string store, string option, string value) =>
        Service(service => service with { Stores = Samples.Stores(store, new Dictionary<string, string>(StringComparer.Ordinal) { [option] = value }) });

    private static Func<Specification, Specification> Runtime(Func<RuntimeSpecification, RuntimeSpecification> change) => Service(service => service with { Runtime = change(service.Runtime) });

    private static Func<Specification, Specification> Variable(string name, string value) => Service(service => service with { Variables = [new(name, value)] });

    /// <summary>What a class does not let be open stands in classes.yaml; who may reach the endpoint may be the target's word.</summary>
    [Theory]
    [InlineData(EnvironmentClass.Staging, "", "0.0.0.0/0", false)]
    [InlineData(EnvironmentClass.Production, "", "0.0.0.0/0", true)]
    [InlineData(EnvironmentClass.Production, "", "203.0.113.0/24, 0.0.0.0/0", true)]
    [InlineData(EnvironmentClass.Production, "", "203.0.113.0/24", false)]
    [InlineData(EnvironmentClass.Production, "203.0.113.0/24", "0.0.0.0/0", false)]
    [InlineData(EnvironmentClass.Production, "0.0.0.0/0", "203.0.113.0/24", true)]
    public void ForTarget_EndpointThatTheInternetReaches_IsRefusedWhereTheClassSaysSo(EnvironmentClass of, string own, string ofTarget, bool refused)
    {
        var shop = Samples.InProduction(Samples.Shop());
        var wanted = shop with { Class = of, Cluster = shop.Cluster with { EndpointCidrs = own.Length > 0 ? [own] : [] } };

        s_validator.ForTarget(wanted, "us-east-1", "111122223333", hasBucket: true, ofTarget).Select(error => error.Field).ShouldBe(refused ? ["cluster.endpointCidrs"] : []);
    }

    [Fact]
    public void Validate_ProductionThatListsWhatMayBeCalled_MayBeOpenNowhere()
    {
        var shop = Samples.InProduction(Samples.Shop());
        var listed = shop.Services[0] with { ApiKeyRequired = false, ListedRoutesOnly = true, Routes = [new RouteSpecification { Method = "GET", ApiKeyRequired = true }] };

        s_validator.Validate(shop with { Services = [listed, .. shop.Services.Skip(1)] }).ShouldBeEmpty();
    }

    private static Specification Opened(Specification shop, Func<ServiceSpecification, ServiceSpecification> change)
    {
        var production = Samples.InProduction(shop);
        return production with { Services = [.. production.Services.Select((service, index) => index == 1 ? change(service) : service)] };
    }

    private static Func<Specification, Specification> Cors(Func<CorsSpecification, CorsSpecification> change) =>
        Service(service => service with { Cors = change(new CorsSpecification { Origins = ["https://shop.example.com"] }) });

    private static Func<Specification, Specification> Blocks(params string[] blocks) => shop => shop with { Cluster = shop.Cluster with { EndpointCidrs = blocks } };

    private static ServiceSpecification Internal(ServiceSpecification service) => service with { Exposure = Exposure.Internal, Path = "" };

    private static Func<Specification, Specification> OnNodes(int most, Func<ServiceSpecification, ServiceSpecification> change) =>
        // Without a database, or what brings secrets into pods would take a part.
        shop => Service(change)(SecretValuesTests.WithoutDatabase(shop) with { Cluster = shop.Cluster with { MaxNodes = most } });

    private static Func<Specification, Specification> Service(Func<ServiceSpecification, ServiceSpecification> spoil) =>
        shop => shop with { Services = [shop.Services[0], spoil(shop.Services[1]), shop.Services[2]] };
}
