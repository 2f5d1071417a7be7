using System.Globalization;
using System.Text.Json.Nodes;
using Portal.Benchmarks;

// Prints what the emulator costs with 1,000 stacks and 50 clusters. Usage: dotnet run -c Release --project Portal.Tests/Benchmarks [-- <pods a cluster, 10>]
const int Environments = 50;
const int TablesEach = 16;
const int Calls = 1_000;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
var podsEach = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10;
var folder = Directory.CreateTempSubdirectory("portal-benchmark-");
var templates = FindTemplates();
try
{
    TimeSpan emptyStart;
    // Built on the fastest clock there is, measured on the usual one: timers of 50 clusters that run 10,000 times as fast are a load of their own.
    using (var emulator = await EmulatorProcess.StartAsync(folder.FullName, clockScale: 10_000))
    {
        emptyStart = emulator.StartUp;
        using var account = new Account(emulator.Url);
        var from = TimeProvider.System.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(1, Environments), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (number, _) => await BuildAsync(account, number));
        Print("scene", $"{await CountAsync(account)} stacks, {Environments} clusters, {Environments * podsEach} pods, made in {TimeProvider.System.GetElapsedTime(from).TotalSeconds:N1} s");
        PrintMemory(emulator, "when it was made");
    }

    using (var emulator = await EmulatorProcess.StartAsync(folder.FullName, clockScale: 60))
    {
        var size = new FileInfo(Path.Combine(folder.FullName, "emulator.db")).Length / 1024 / 1024;
        Print("start-up", $"{emulator.StartUp.TotalSeconds:N2} s from {size:N0} MiB on disk (2 allowed), {emulator.StartUp / emptyStart:N1} times that of an empty one ({emptyStart.TotalSeconds:N2} s)");
        using var account = new Account(emulator.Url);
        await MeasureAsync(emulator, account);
        PrintMemory(emulator, "after the restart and the calls");
    }

    return 0;
}
finally
{
    folder.Delete(recursive: true);
}

// One environment: roles, network, cluster, nodes and tables from the product's own templates, and pods behind one Deployment.
async Task BuildAsync(Account account, int number)
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

// Alternating, so that whatever else the machine does hits both alike.
async Task MeasureAsync(EmulatorProcess emulator, Account account)
{
    var (pages, trivial) = (new List<double>(), new List<double>());
    var cpu = emulator.Cpu;
    for (var call = 0; call < Calls; call++)
    {
        trivial.Add(await TimeAsync(() => account.SendAsync("sts", ("Action", "GetCallerIdentity"), ("Version", "2011-06-15"))));
        pages.Add(await TimeAsync(() => account.SendAsync("cloudformation", ("Action", "DescribeStacks"), ("Version", "2010-05-15"))));
    }

    cpu = emulator.Cpu - cpu;
    Print("DescribeStacks", $"a page of 100: first {pages[0]:N1} ms, then {Percentiles(pages[1..])} (10 allowed)");
    Print("GetCallerIdentity", $"for comparison: {Percentiles(trivial[1..])}; a page costs {Percentile(pages, 0.5) / Percentile(trivial, 0.5):N1} times as much; emulator's CPU {cpu.TotalMilliseconds / Calls:N2} ms for one of each");
}

async Task<double> TimeAsync(Func<Task<string>> call)
{
    var from = TimeProvider.System.GetTimestamp();
    await call();
    return TimeProvider.System.GetElapsedTime(from).TotalMilliseconds;
}

async Task<int> CountAsync(Account account)
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

string Deployment() => """
    {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default"},"spec":{"replicas":PODS,"selector":{"matchLabels":{"app":"web"}},
    "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"example/web:1","ports":[{"containerPort":8080}],"resources":{"requests":{"cpu":"10m","memory":"16Mi"}}}]}}}}
    """.Replace("PODS", podsEach.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

static void PrintMemory(EmulatorProcess emulator, string when) =>
    Print("memory", $"{emulator.Memory().Now:N0} MiB resident {when}, {emulator.Memory().Most:N0} MiB at most (1,024 allowed)");

string Template(string name) => File.ReadAllText(Path.Combine(templates, "cloudformation", name));

static string FindTemplates()
{
    for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
    {
        if (Directory.Exists(Path.Combine(at.FullName, "Templates", "cloudformation")))
            return Path.Combine(at.FullName, "Templates");
    }

    throw new DirectoryNotFoundException($"There is no folder Templates above {AppContext.BaseDirectory}.");
}

static string Percentiles(List<double> values) => $"p50 {Percentile(values, 0.5):N2} ms, p99 {Percentile(values, 0.99):N2} ms, most {values.Max():N1} ms";

static double Percentile(List<double> values, double part) => values.Order().ElementAt((int)Math.Min(values.Count - 1, values.Count * part));

static void Print(string what, string text) => Console.WriteLine($"{what,-18} {text}");
