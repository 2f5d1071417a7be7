using System.Text.Json.Nodes;
using Portal.Worker.Aws;
using Portal.Worker.Kubernetes;

namespace Portal.Worker.Helm;

/// <summary>
/// A private folder for one call: kubeconfig, token, values and helm's own homes. It is gone afterwards, whatever happens.
/// </summary>
internal sealed class HelmWorkspace : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A token outlives 14 minutes, helm may wait for longer; helm reads the file anew every minute.</summary>
    private static readonly TimeSpan TokenRenewal = TimeSpan.FromMinutes(5);

    private readonly IEksTokens _tokens;
    private readonly ClusterConnection _cluster;
    private readonly CancellationTokenSource _stop = new();
    private Task _renewal = Task.CompletedTask;

    private HelmWorkspace(IEksTokens tokens, ClusterConnection cluster)
    {
        _tokens = tokens;
        _cluster = cluster;
        // Made with mode 0700.
        Folder = Directory.CreateTempSubdirectory(HelmLeftovers.Prefix(System.Environment.ProcessId)).FullName;
    }

    public string Folder { get; }

    /// <summary>What helm sees besides the inherited environment.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["KUBECONFIG"] = In("kubeconfig"),
        ["HELM_CACHE_HOME"] = In("cache"),
        ["HELM_CONFIG_HOME"] = In("config"),
        ["HELM_DATA_HOME"] = In("data"),
        // client-go caches what a cluster serves below the home folder.
        ["HOME"] = Folder,
    };

    public static async Task<HelmWorkspace> CreateAsync(
        IEksTokens tokens, ClusterConnection cluster, TimeProvider clock, CancellationToken cancellationToken)
    {
        var workspace = new HelmWorkspace(tokens, cluster);
        try
        {
            await workspace.WriteTokenAsync(cancellationToken);
            await workspace.WriteAsync("kubeconfig", workspace.Kubeconfig(), cancellationToken);
            workspace._renewal = workspace.RenewAsync(clock);
            return workspace;
        }
        catch
        {
            await workspace.DisposeAsync();
            throw;
        }
    }

    /// <returns>The file's path.</returns>
    public Task<string> WriteValuesAsync(JsonObject values, CancellationToken cancellationToken) =>
        WriteAsync("values.json", values.ToJsonString(), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewal;
        _stop.Dispose();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // HelmProcess's shell removes it too when it sees the worker go.
        }
    }

    private string In(string name) => Path.Combine(Folder, name);

    /// <summary>A kubeconfig is YAML, and JSON is YAML.</summary>
    private string Kubeconfig() => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Config",
        ["clusters"] = Named("cluster", "cluster", new JsonObject
        {
            ["server"] = _cluster.Endpoint.AbsoluteUri.TrimEnd('/'),
            ["certificate-authority-data"] = _cluster.CertificateAuthority,
        }),
        ["users"] = Named("worker", "user", new JsonObject { ["tokenFile"] = In("token") }),
        ["contexts"] = Named("worker", "context", new JsonObject { ["cluster"] = "cluster", ["user"] = "worker" }),
        ["current-context"] = "worker",
    }.ToJsonString();

    private static JsonArray Named(string name, string kind, JsonObject what) => [new JsonObject { ["name"] = name, [kind] = what }];

    private async Task WriteTokenAsync(CancellationToken cancellationToken)
    {
        var token = await _tokens.CreateAsync(_cluster.Target, _cluster.ClusterName, cancellationToken);
        var made = await WriteAsync("token.new", token, cancellationToken);
        File.Move(made, In("token"), overwrite: true);
    }

    private async Task RenewAsync(TimeProvider clock)
    {
        using var timer = new PeriodicTimer(TokenRenewal, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await WriteTokenAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The call is over.
        }
        catch (Exception error) when (error is Core.Provisioning.StepFailedException or IOException)
        {
            // Helm goes on with the token it has; if that one ends, helm itself tells that it was refused.
        }
    }

    private async Task<string> WriteAsync(string name, string text, CancellationToken cancellationToken)
    {
        var path = In(name);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        await using var stream = new FileStream(path, options);
        await using var writer = new StreamWriter(stream);
        await writer.WriteAsync(text.AsMemory(), cancellationToken);
        return path;
    }
}
