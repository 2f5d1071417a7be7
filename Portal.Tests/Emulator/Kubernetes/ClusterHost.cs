using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Portal.Emulator;
using Portal.Emulator.Contracts;
using Portal.Emulator.FrontDoor;
using Portal.Emulator.Kubernetes;
using Portal.Emulator.Kubernetes.Security;
using Portal.Tests.Emulator.FrontDoor;

namespace Portal.Tests.Emulator.Kubernetes;

/// <summary>The Kubernetes half by itself, on a free TLS port and a clock that runs as fast as it may.</summary>
internal sealed class ClusterHost : IAsyncDisposable
{
    public static readonly ClusterIdentity Shop = new("shop", "arn:aws:eks:us-east-1:000000000000:cluster/shop", "1.35", "vpc-1", "us-east-1");

    // Beside the browser tests a second of two cores is short.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;

    private ClusterHost(WebApplication app, MemoryDocuments documents, MemoryLedger ledger, MemoryLoadBalancers loadBalancers, FakeCloud cloud, MemorySecrets secrets, int plainPort, AutoMode? autoMode)
    {
        Secrets = secrets;
        (_app, Documents, Ledger, LoadBalancers, Cloud) = (app, documents, ledger, loadBalancers, cloud);
        Fleet = app.Services.GetRequiredService<IKubernetesFleet>();
        Api = Fleet.CreateCluster(Shop, autoMode);
        Http = Client(TokenAuthenticator.Good);
        Plain = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{plainPort}") };
    }

    public MemoryDocuments Documents { get; }

    public MemoryLedger Ledger { get; }

    public MemoryLoadBalancers LoadBalancers { get; }

    public FakeCloud Cloud { get; }

    public MemorySecrets Secrets { get; }

    public IKubernetesFleet Fleet { get; }

    public ClusterApi Api { get; }

    public HttpClient Http { get; }

    /// <summary>The port without TLS, for /_emulator/.</summary>
    public HttpClient Plain { get; }

    public static async Task<ClusterHost> StartAsync(int nodes = 0, MemoryDocuments? documents = null, double scale = 10_000, TimeProvider? clock = null, AutoMode? autoMode = null)
    {
        var options = new EmulatorOptions { KubernetesUrl = "https://127.0.0.1:0", TemplatesPath = Path.GetTempPath(), Seed = 7 };
        var (ledger, loadBalancers, secrets) = (new MemoryLedger(), new MemoryLoadBalancers(), new MemorySecrets());
        documents ??= new MemoryDocuments();
        clock ??= TimeProvider.System;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(options).AddSingleton(clock).AddSingleton(new EmulatorClock(clock, scale));
        builder.Services.AddSingleton<IDocumentStore>(documents).AddSingleton<ILedger>(ledger);
        builder.Services.AddSingleton<IEksAuthenticator, TokenAuthenticator>().AddSingleton<ILoadBalancers>(loadBalancers).AddSingleton<IPodSecrets>(secrets);
        builder.Services.AddKubernetes(options);
        var cloud = new FakeCloud(loadBalancers).AddSubnet("subnet-a", "us-east-1a").AddSubnet("subnet-b", "us-east-1b").AddSubnet("subnet-c", "us-east-1a");
        builder.Services.AddSingleton<ICloudView>(cloud).AddFrontDoor();
        ListenOptions? plain = null;
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var certificates = kestrel.ApplicationServices.GetRequiredService<IServerCertificateSource>();
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listener => plain = listener);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listener => listener.UseClusterHttps(certificates));
        });
        var app = builder.Build();
        app.MapKubernetes();
        app.UseFrontDoor();
        await app.StartAsync();
        var host = new ClusterHost(app, documents, ledger, loadBalancers, cloud, secrets, plain!.IPEndPoint!.Port, autoMode);
        if (autoMode is null)
            host.SetNodes(nodes);
        return host;
    }

    public void SetNodes(int size) => Fleet.SetNodeGroup(new NodeGroup("shop", "main", "t3.large", size, ["subnet-a", "subnet-b"]));

    /// <summary>A client that trusts nothing but the cluster's own authority.</summary>
    public HttpClient Client(string? token)
    {
        var authority = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(Api.CertificateAuthority)));
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(authority);
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.None;
        var client = new HttpClient(handler) { BaseAddress = new Uri(Api.Endpoint + "/") };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<(int Status, JsonNode Body)> SendAsync(string method, string path, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        if (body is not null)
            request.Content = new StringContent(body, new MediaTypeHeaderValue(type));
        using var response = await Http.SendAsync(request);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    public async Task<JsonNode> OkAsync(string method, string path, string? body = null, string type = "application/json")
    {
        var (status, answer) = await SendAsync(method, path, body, type);
        status.ShouldBeInRange(200, 201, answer.ToJsonString());
        return answer;
    }

    /// <summary>Watches a list until what it says holds for one of its objects (or, with <paramref name="gone"/>, until it is deleted).</summary>
    /// <param name="name">Null for any of them.</param>
    public async Task<JsonNode> WaitAsync(string path, string? name, Func<JsonNode, bool> holds, bool gone = false)
    {
        using var patience = new CancellationTokenSource(_patience);
        // A removal is watched for from before the look, so that none falls between.
        var since = gone ? (await OkAsync("GET", path))["metadata"]!["resourceVersion"]!.GetValue<string>() : "";
        if (gone && (await SendAsync("GET", $"{path}/{name}")).Status == 404)
            return new JsonObject();

        await using var stream = await Http.GetStreamAsync($"{path}?watch=true&resourceVersion={since}{(name is null ? "" : $"&fieldSelector=metadata.name%3D{name}")}", patience.Token);
        using var reader = new StreamReader(stream);
        JsonNode? last = null;
        try
        {
            while (await reader.ReadLineAsync(patience.Token) is { } line)
            {
                var change = JsonNode.Parse(line)!;
                last = change["object"]!;
                if (gone ? change["type"]!.GetValue<string>() == "DELETED" : holds(last))
                    return last;
            }
        }
        catch (OperationCanceledException error)
        {
            throw new TimeoutException($"{path}/{name} is not as expected after {_patience}: {last?.ToJsonString()}", error);
        }

        throw new InvalidOperationException($"The watch of {path} ended: {last?.ToJsonString()}");
    }

    public Task GoneAsync(string path, string name) => WaitAsync(path, name, _ => false, gone: true);

    public async Task CreateNamespaceAsync(string name) =>
        await OkAsync("POST", "api/v1/namespaces", $$"""{"metadata":{"name":"{{name}}"} }""");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Plain.Dispose();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
