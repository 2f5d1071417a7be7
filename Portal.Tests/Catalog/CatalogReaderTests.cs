using Portal.Core.Catalog;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Catalog;

public sealed class CatalogReaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portal-catalog-");

    public CatalogReaderTests()
    {
        var catalog = _folder.CreateSubdirectory("catalog");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(TemplateSet.Locate(null), "catalog")))
            File.Copy(file, Path.Combine(catalog.FullName, Path.GetFileName(file)));
    }

    private string Folder => Path.Combine(_folder.FullName, "catalog");

    [Fact]
    public void Read_AsItIs_HasAllParts()
    {
        var catalog = CatalogReader.Read(Folder);

        catalog.Services.Select(service => service.Id).ShouldContain("product-service");
        catalog.FindKubernetes(catalog.DefaultKubernetesVersion).ShouldNotBeNull();
        catalog.FindClass("production").ShouldNotBeNull().Parameters["DeletionProtection"].ShouldBe("true");
        catalog.FindStore("rds-postgresql")!.Options.Single(option => option.Parameter == "InstanceClass").Choices.Count.ShouldBe(3);
        catalog.FindUsers("aurora-mysql")!.Image.ShouldContain("/mysql:");
        catalog.FindUsers("dynamodb").ShouldBeNull();
        catalog.DataStores.Where(store => store.Users.Length > 0 && !catalog.CanBeRead(store)).Select(store => store.Id).ShouldBe(["rabbitmq"]);
        catalog.Prices.Items["eks-auto-mode"].PercentOfNodes.ShouldBe(12);
        catalog.Durations.Variants.ShouldNotBeEmpty();
        catalog.LabelOf("AWS::EC2::NatGateway").ShouldBe("NAT gateway");
        catalog.LabelOf("AWS::EC2::RouteTable").ShouldBe("Route table");
        catalog.LabelOf("Kubernetes::Pod").ShouldBe("Pod");
    }

    /// <summary>In the file, this goes in place of that; the fault is said to be in the line where the mark then stands.</summary>
    [Theory]
    [InlineData("services.yaml", "    port: 8080\n    path: /products", "    prot: 8080\n    path: /products", "prot:", "services[0].prot is not a key that means anything here")]
    [InlineData("services.yaml", "    port: 8080\n    path: /products", "    path: /products", "id: product-service", "services[0].port is missing.")]
    [InlineData("services.yaml", "    port: 8080\n    path: /products", "    port: many\n    path: /products", "port: many", "services[0].port is 'many'; it has to be a whole number.")]
    [InlineData("services.yaml", "    port: 8080\n    path: /products", "    port: \"8080\"\n    path: /products", "port: \"8080\"", "services[0].port is '8080', in quotes; it has to be a whole number.")]
    [InlineData("services.yaml", "    port: 8080\n    path: /products", "    port: 70000\n    path: /products", "port: 70000", "services[0].port is 70000; it has to be 1 to 65535.")]
    [InlineData("services.yaml", "    port: 8080\n    path: /products", "    port: [8080]\n    path: /products", "port: [8080]", "services[0].port has to be a single value.")]
    [InlineData("services.yaml", "    replicas: 3", "    replicas: -3", "replicas: -3", "is -3; it has to be 1 to 100.")]
    [InlineData("services.yaml", "path: /users", "path: users", "path: users", "services[1].path is 'users'; it has to look like /products.")]
    [InlineData("services.yaml", "- id: cart-service", "- id: user-service", "- id: user-service\n    title: Cart", "services[2].id 'user-service' is there already, in line 14.")]
    [InlineData("services.yaml", "dataStore: cognito", "dataStore: mongo", "dataStore: mongo", "services[1].dataStore names 'mongo', which data-stores.yaml does not have.")]
    [InlineData("services.yaml", "    title: User service", "    title: \"\"", "title: \"\"", "services[1].title is empty.")]
    [InlineData("services.yaml", "services:", "services: {}\nrest:", "services: {}", "services has to be a list.")]
    [InlineData("services.yaml", "    title: User service", "    title: User service\n    title: Again", "title: Again", "uplicate key")]
    [InlineData("services.yaml", "    title: User service", "   title: User service", "   title: User", "")]
    [InlineData("data-stores.yaml", "quantityOf: MinCapacity", "quantityOf: Capacity", "- { item: aurora-acu", "stores[0].priceItems has a quantity of 'Capacity', which is not one of the options that are numbers.")]
    [InlineData("data-stores.yaml", "item: aurora-acu", "item: aurora-cpu", "item: aurora-cpu", "stores[0].priceItems[0].item names 'aurora-cpu', which prices.yaml does not have.")]
    [InlineData("data-stores.yaml", "quantity: 1, perInstance", "quantity: -1, perInstance", "quantity: -1, perInstance", "is -1; it has to be 0 to 1000000.")]
    [InlineData("data-stores.yaml", "MaxCapacity: \"4\"", "MaxCapacity: \"400\"", "MaxCapacity: \"400\"", "gives MaxCapacity a default that its options do not allow: 400 is out of range: 1 to 256 ACU.")]
    [InlineData("data-stores.yaml", "min: 1, max: 256", "min: 300, max: 256", "min: 300", "stores[0].options[1].max is less than min.")]
    [InlineData("data-stores.yaml", "AllocatedStorage: \"20\"", "Storage: \"20\"", "- parameter: InstanceClass", "is about 'AllocatedStorage', which is not one of its parameters.")]
    [InlineData("data-stores.yaml", "      TABLE_NAME: TableName", "      table-name: TableName", "table-name:", "which is no name for an environment variable")]
    [InlineData("kubernetes.yaml", "default: \"1.35\"", "default: \"1.29\"", "default: \"1.29\"", "default names '1.29', which kubernetes.yaml does not have.")]
    [InlineData("kubernetes.yaml", "version: \"1.34\"", "version: \"1.35\"", "- { version: \"1.35\", standardUntil: 2026", "'1.35' is there already")]
    [InlineData("kubernetes.yaml", "standardUntil: 2027-03-27", "standardUntil: 2027-02-30", "2027-02-30", "versions[0].standardUntil is '2027-02-30', which is no day.")]
    [InlineData("kubernetes.yaml", "extendedUntil: 2028-03-27", "extendedUntil: 2026-03-27", "extendedUntil: 2026", "versions[0].extendedUntil is before standardUntil.")]
    [InlineData("clusters.yaml", "min: 2, desired: 2, max: 4", "min: 2, desired: 5, max: 4", "desired: 5", "which is not between min, 2, and max, 4.")]
    [InlineData("clusters.yaml", "priceItem: node-m5.large", "priceItem: node-m9.large", "node-m9.large", "which prices.yaml does not have.")]
    [InlineData("prices.yaml", "monthly: 32.85", "monthly: -1", "monthly: -1", "items.nat-gateway.monthly is -1; it has to be 0 to 1000000.")]
    [InlineData("prices.yaml", "monthly: 32.85, ", "", "title: \"NAT gateway\"", "has to have one of monthly, perUnit and percentOfNodes.")]
    [InlineData("prices.yaml", "perUnit: 0.045, unit: GB", "perUnit: 0.045", "title: \"NAT gateway traffic\"", "items.nat-traffic.unit is missing.")]
    [InlineData("prices.yaml", "date: 2026-02 }", "date: yesterday }", "date: yesterday", "it has to look like 2026-06.")]
    [InlineData("prices.yaml", "monthly: 73, sourceKnown: true", "monthly: 73, sourceKnown: yes", "sourceKnown: yes", "is 'yes'; it has to be true or false.")]
    [InlineData("durations.yaml", "low: 420, typical: 540", "low: 620, typical: 540", "low: 620", "typical has to be between low and high.")]
    [InlineData("requests.yaml", "readsPerSecond: 5", "readsPerSecond: 0", "readsPerSecond: 0", "cloudformation.readsPerSecond is 0; it has to be 0.01 to 10000.")]
    [InlineData("patience.yaml", "wait: { attempts: 4", "rest: { attempts: 4", "stack: {", "kinds has to have the kind 'wait'.")]
    [InlineData("patience.yaml", "longestDelay: 60, timeout: 3600, away: { every: 15, limit: 1800 } }\n  release", "longestDelay: 1, timeout: 3600, away: { every: 15, limit: 1800 } }\n  release", "longestDelay: 1,", "kinds.stack.longestDelay is less than firstDelay.")]
    [InlineData("durations.yaml", "stackOverhead: 13", "stackOverhead: 13\nstack: 2", "stack: 2", "stack is not a key that means anything here")]
    [InlineData("durations.yaml", "- type: \"AWS::RDS::DBInstance\"", "- type: \"AWS::RDS::Instance\"", "\"AWS::RDS::Instance\"", "which durations.yaml does not have.")]
    [InlineData("classes.yaml", "- id: staging", "- id: testing", "- id: development", "classes has to have the class 'staging'.")]
    [InlineData("classes.yaml", "zones: 3", "zones: 4", "zones: 4", "classes[2].zones is 4; it has to be 2 to 3.")]
    [InlineData("classes.yaml", "natGateways: OnePerZone", "natGateways: Two", "natGateways: Two", "it has to look like Single or OnePerZone.")]
    [InlineData("classes.yaml", "clusterSize: large", "clusterSize: giant", "clusterSize: giant", "classes[2].clusterSize names 'giant', which clusters.yaml does not have.")]
    [InlineData("classes.yaml", "BackupRetentionDays: \"35\"", "BackupRetentionDays: \"90\"", "BackupRetentionDays: \"90\"", "gives BackupRetentionDays the value '90'; it has to be 1 to 35.")]
    [InlineData("classes.yaml", "FinalSnapshot: \"false\"", "FinalSnapshot: never", "FinalSnapshot: never", "gives FinalSnapshot the value 'never'; it has to be true or false.")]
    [InlineData("labels.yaml", "types:", "names:", "names:", "types is missing.")]
    public void Read_PlantedFault_IsNamedWithFileAndLine(string file, string that, string fault, string mark, string message)
    {
        var path = Path.Combine(Folder, file);
        var text = File.ReadAllText(path);
        var at = text.IndexOf(that, StringComparison.Ordinal);
        at.ShouldBeGreaterThanOrEqualTo(0, "the table is out of date");
        text = text[..at] + fault + text[(at + that.Length)..];
        File.WriteAllText(path, text);
        var line = text[..text.IndexOf(mark, StringComparison.Ordinal)].Count(letter => letter == '\n') + 1;

        var error = Should.Throw<InvalidDataException>(() => CatalogReader.Read(Folder));

        error.Message.ShouldContain(message);
        error.Message.Split('\n').ShouldContain(said => said.StartsWith($"{file}({line},") && said.Contains(message), error.Message);
    }

    [Fact]
    public void Read_SeveralFaults_NamesAllByFileAndLine()
    {
        File.Delete(Path.Combine(Folder, "labels.yaml"));
        File.WriteAllText(Path.Combine(Folder, "clusters.yaml"), "sizes:\n  - { id: small, title: Small, instanceType: t3, min: 0, desired: 1, max: 2, priceItem: none }\n  - small\n");

        var error = Should.Throw<InvalidDataException>(() => CatalogReader.Read(Folder));

        error.Message.ShouldContain("clusters.yaml(2,46): sizes[0].instanceType is 't3'");
        error.Message.ShouldContain("clusters.yaml(2,55): sizes[0].min is 0");
        error.Message.ShouldContain("names 'none', which prices.yaml does not have.");
        error.Message.ShouldContain("clusters.yaml(3,5): sizes[1] has to be a mapping of keys to values.");
        error.Message.ShouldContain("labels.yaml(1,1): Could not find file");
    }

    [Fact]
    public void Read_FileThatOthersReferToIsUnreadable_BlamesItAlone()
    {
        File.WriteAllText(Path.Combine(Folder, "prices.yaml"), "- a list\n");

        var error = Should.Throw<InvalidDataException>(() => CatalogReader.Read(Folder));

        error.Message.Split('\n').Skip(1).ShouldBe(["prices.yaml(1,1): the file has to be one mapping of keys to values."]);
    }

    [Fact]
    public void Read_StoreOfAMissingTemplate_IsNamed()
    {
        _folder.CreateSubdirectory("cloudformation");

        var error = Should.Throw<InvalidDataException>(() => CatalogReader.Read(Folder));

        error.Message.ShouldContain("stores[0].template names 'data-aurora.yaml', which Templates/cloudformation does not have.");
    }

    [Theory]
    [InlineData("MinCapacity", "0.5", null)]
    [InlineData("MinCapacity", "0.75", "0.75 is not a multiple of 0.5.")]
    [InlineData("MinCapacity", "-1", "'-1' is not a number; give 0 to 256 ACU.")]
    [InlineData("MaxCapacity", "2", "2 is less than MinCapacity, which is 4.")]
    [InlineData("MaxCapacity", "many", "'many' is not a number; give 1 to 256 ACU.")]
    public void Refuse_Value_SaysWhy(string parameter, string value, string? problem)
    {
        var option = Samples.Catalog.FindStore("aurora-postgresql")!.Options.Single(option => option.Parameter == parameter);

        option.Refuse(value, new Dictionary<string, string> { ["MinCapacity"] = "4" }).ShouldBe(problem);
    }

    [Fact]
    public void Refuse_ValueThatIsNoChoice_NamesTheChoices() =>
        Samples.Catalog.FindStore("rds-postgresql")!.Options[0].Refuse("db.x1.huge", new Dictionary<string, string>())
            .ShouldBe("'db.x1.huge' cannot be had; choose one of db.t4g.micro, db.t4g.small, db.t4g.medium.");

    [Fact]
    public void CreateDuration_VariantOfAType_Counts()
    {
        static double Typical(string template, string engine) => StackShape.Parse("x.yaml", template.Replace("ENGINE", engine, StringComparison.Ordinal))
            .CreateDuration(Samples.Catalog.Durations).Typical;
        const string database = "Resources:\n  One:\n    Type: AWS::RDS::DBInstance\n    Properties:\n      Engine: ENGINE\n";

        Typical(database, "postgres").ShouldBe(313);
        Typical(database, "aurora-postgresql").ShouldBe(413);
        Typical(database, "!Ref aurora-postgresql").ShouldBe(313);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
