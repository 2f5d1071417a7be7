using System.Globalization;
using System.Text.Json.Nodes;

namespace Portal.Benchmarks;

/// <summary>What the emulator costs with 1,000 stacks and 50 clusters.</summary>
/// <param name="podsEach">Pods a cluster.</param>
internal sealed class EmulatorBenchmark(int podsEach) : IDisposable
{
    private const int Environments = 50;
    private const int TablesEach = 16;
    private const int Calls = 1_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("portal-benchmark-");
    private readonly string _templates = Path.Combine(Repository.Root, "Templates", "cloudformation");

    public async Task RunAsync()
    {
        TimeSpan emptyStart;
        // Built on the fastest clock there is, measured on the usual one: timers of 50 clusters that run 10,000 times as fast are a load of their own.
        using (var emulator = await EmulatorProcess.StartAsync(_folder.FullName, clockScale: 10_000))
        {
            emptyStart = emulator.StartUp;
            using var account = new Account(emulator.Url);
            var from = TimeProvider.System.GetTimestamp();
            await Parallel.ForEachAsync(Enumerable.Range(1, Environments), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, _) => await BuildAsync(account, number));
            Figures.Print("scene.stacks", await CountAsync(account), "stacks");
            Figures.Print("scene.clusters", Environments, "clusters");
            Figures.Print("scene.pods", Environments * podsEach, "pods");
            Figures.Print("scene.made-in", TimeProvider.System.GetElapsedTime(from).TotalSeconds, "s");
            PrintMemory(emulator, "made");
        }

        using (var emulator = await EmulatorProcess.StartAsync(_folder.FullName, clockScale: 60))
        {
            Figures.Print("start-up.on-disk", new FileInfo(Path.Combine(_folder.FullName, "emulator.db")).Length / 1024.0 / 1024, "MiB");
            Figures.Print("start-up.time", emulator.StartUp.TotalSeconds, "s");
            Figures.Print("start-up.empty", emptyStart.TotalSeconds, "s");
            using var account = new Account(emulator.Url);
            await MeasureAsync(emulator, account);
            PrintMemory(emulator, "restarted");
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>One environment: roles, network, cluster, nodes and tables from the product's own templates, and pods behind one Deployment.</summary>
    private async Task BuildAsync(Account account, int number)
    {
        var name = $"env{number}";
        await account.CreateAsync($"{name}-iam", Template("iam.yaml"), []);
        await account.CreateAsync($"{name}-net-core", Template("net-core.yaml"), []);
        for (var table = 1; table <= TablesEach; table++)
            await account.CreateAsync($"{name}-table{table}", Template("data-dynamodb.yaml"), new() { ["ParameterPath"] = $"/portal/{name}/service{table}" });
        var (iam, net) = (await account.OutputsAsync($"{name}-iam"), await account.OutputsAsync($"{name}-net-core"));
        await account.CreateAsync($"{name}-cluster", Template("cluster.yaml"), new()
        {
            ["PrivateSubnetIds"] = net["PrivateSubnetIds"],
            ["ClusterRoleArn"] = iam["ClusterRoleArn"],
            ["LoadBalancerControllerRoleArn"] = iam["LoadBalancerControllerRoleArn"],
            ["AdminPrincipalArn"] = "arn:aws:iam::000000000000:user/portal",
            ["PublicAccessCidrs"] = "0.0.0.0/0",
        });
        var cluster = await account.OutputsAsync($"{name}-cluster");
        await account.CreateAsync($"{name}-nodes", Template("nodes.yaml"), new()
        {
            ["ClusterName"] = cluster["ClusterName"],
            ["NodeRoleArn"] = iam["NodeRoleArn"],
            ["PrivateSubnetIds"] = net["PrivateSubnetIds"],
            ["EnvironmentName"] = name,
            ["DesiredNodes"] = (podsEach / 30 + 2).ToString(CultureInfo.InvariantCulture),
            ["MaxNodes"] = "30",
        });
        await account.OutputsAsync($"{name}-nodes");
        using var api = account.Cluster(cluster["ClusterName"], cluster["ClusterEndpoint"], cluster["ClusterCertificateAuthority"]);
        using var created = await api.PostAsync("apis/apps/v1/namespaces/default/deployments", new StringContent(Deployment(), null, "application/json"));
        if (!created.IsSuccessStatusCode)
            throw new InvalidOperationException(await created.Content.ReadAsStringAsync());
        while (JsonNode.Parse(await api.GetStringAsync("apis/apps/v1/namespaces/default/deployments/web"))!["status"]?["readyReplicas"]?.GetValue<int>() != podsEach)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
    }

    /// <summary>Alternating, so that whatever else the machine does hits both alike.</summary>
    private static async Task MeasureAsync(EmulatorProcess emulator, Account account)
    {
        var (pages, trivial) = (new List<double>(), new List<double>());
        var cpu = emulator.Cpu;
        for (var call = 0; call < Calls; call++)
        {
            trivial.Add(await TimeAsync(() => account.SendAsync("sts", ("Action", "GetCallerIdentity"), ("Version", "2011-06-15"))));
            pages.Add(await TimeAsync(() => account.SendAsync("cloudformation", ("Action", "DescribeStacks"), ("Version", "2010-05-15"))));
        }

        cpu = emulator.Cpu - cpu;
        Figures.Print("describe-stacks.first", pages[0], "ms");
        foreach (var (name, values) in new[] { ("describe-stacks", pages[1..]), ("get-caller-identity", trivial[1..]) })
        {
            Figures.Print($"{name}.p50", Figures.Percentile(values, 0.5), "ms");
            Figures.Print($"{name}.p99", Figures.Percentile(values, 0.99), "ms");
            Figures.Print($"{name}.most", values.Max(), "ms");
        }

        Figures.Print("cpu.one-of-each", cpu.TotalMilliseconds / Calls, "ms");
    }

    private static async Task<double> TimeAsync(Func<Task<string>> call)
    {
        var from = TimeProvider.System.GetTimestamp();
        await call();
        return TimeProvider.System.GetElapsedTime(from).TotalMilliseconds;
    }

    private static async Task<int> CountAsync(Account account)
    {
        var (count, token) = (0, "");
        do
        {
            var page = await account.AskAsync("cloudformation", token.Length == 0 ? [("Action", "DescribeStacks")] : [("Action", "DescribeStacks"), ("NextToken", token)]);
            count += page.Descendants("StackId").Count();
            token = page.Descendants("NextToken").FirstOrDefault()?.Value ?? "";
        }
        while (token.Length > 0);
        return count;
    }

    private string Deployment() => """
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":PODS,"selector":{"matchLabels":{"app":"web"}},
        "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"example/web:1","ports":[{"containerPort":8080}],"resources":{"requests":{"cpu":"10m","memory":"16Mi"}}}]}}}}
        """.Replace("PODS", podsEach.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static void PrintMemory(EmulatorProcess emulator, string when)
    {
        Figures.Print($"memory.{when}", emulator.Memory().Now, "MiB");
        Figures.Print($"memory.{when}.most", emulator.Memory().Most, "MiB");
    }

    private string Template(string name) => File.ReadAllText(Path.Combine(_templates, name));
}
