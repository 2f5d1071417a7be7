using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Emulator;
using Portal.Emulator.Aws.Secrets;
using Portal.Emulator.Storage;
using Portal.Worker;
using Portal.Worker.Aws;

namespace Portal.Stage;

/// <summary>
/// An emulator and a worker, the real ones, with a database between them that nobody else uses. All that the worker knows of the world is one target,
/// which is the emulator's address on loopback, and keys that nobody else takes.
/// </summary>
internal sealed class StageHost : IAsyncDisposable
{
    private readonly WebApplication _emulator;
    private readonly WebApplication _worker;

    private StageHost(WebApplication emulator, WebApplication worker, double clockScale, int madeUpSecrets) =>
        (_emulator, _worker, ClockScale, MadeUpSecrets) = (emulator, worker, clockScale, madeUpSecrets);

    public IServiceProvider Services => _worker.Services;

    public double ClockScale { get; }

    /// <summary>How many secrets the plans name, which have a value of ours here.</summary>
    public int MadeUpSecrets { get; }

    public static async Task<StageHost> OpenAsync(StageOrder order, CancellationToken cancellationToken)
    {
        var plan = order.Script.Acts[^1].Plan;
        var (key, secret) = ("REHEARSAL" + Random(10), Random(40));
        var emulator = EmulatorApp.Build([], configuration => configuration.AddInMemoryCollection(Quiet(new()
        {
            ["Emulator:Url"] = "http://127.0.0.1:0",
            ["Emulator:KubernetesUrl"] = "https://127.0.0.1:0",
            ["Emulator:DataFolder"] = Path.Combine(order.Folder, "emulator"),
            ["Emulator:AccountId"] = plan.AccountId.Length > 0 ? plan.AccountId : new EmulatorOptions().AccountId,
            ["Emulator:Region"] = plan.Region,
            ["Emulator:AccessKeyId"] = key,
            ["Emulator:SecretAccessKey"] = secret,
            // What the real account allows was held against the request when it was filed.
            ["Emulator:Quotas:RulesPerLoadBalancer"] = "1000",
            ["Emulator:ClockScale"] = order.ClockScale.ToString(CultureInfo.InvariantCulture),
            ["Templates:Path"] = order.Templates,
        })));
        await EmulatorApp.StartAsync(emulator);
        var url = emulator.Urls.First(address => address.StartsWith("http://", StringComparison.Ordinal));
        var secrets = MakeUp(emulator.Services, order.Script.Acts.SelectMany(act => act.Plan.Steps));
        var worker = WorkerApp.Build([], configuration => configuration.AddInMemoryCollection(Quiet(new()
        {
            ["urls"] = "http://127.0.0.1:0",
            ["ConnectionStrings:Portal"] = order.ConnectionString,
            ["Worker:Aws:AccessKeyId"] = key,
            ["Worker:Aws:SecretAccessKey"] = secret,
            ["Worker:Helm:Path"] = order.Helm,
            ["Worker:Charts:LoadBalancerController:Repository"] = $"{url}/_emulator/charts",
            ["Worker:Charts:ClusterAutoscaler:Repository"] = $"{url}/_emulator/charts",
        })), rehearses: false);
        await Migrator.MigrateAsync(worker.Services.GetRequiredService<NpgsqlDataSource>(), new DatabaseLogins(order.ConnectionString), TimeProvider.System, cancellationToken);
        await AddTargetAsync(worker.Services, plan, url, (key, secret), order, cancellationToken);
        await worker.StartAsync(cancellationToken);
        return new StageHost(emulator, worker, order.ClockScale, secrets);
    }

    /// <summary>What happened to stacks, oldest first: when, the state, and the stack's name.</summary>
    public IReadOnlyList<(DateTimeOffset At, string State, string Stack)> StackHistory() =>
        [.. _emulator.Services.GetRequiredService<EmulatorDatabase>().ReadLedger("effect", "cloudformation", null, 0, int.MaxValue).Select(entry => (entry.At, entry.Action, entry.Subject))];

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync();
        await _worker.DisposeAsync();
        await _emulator.StopAsync();
        await _emulator.DisposeAsync();
    }

    private static async Task AddTargetAsync(IServiceProvider services, Plan plan, string url, (string Id, string Secret) key, StageOrder order, CancellationToken cancellationToken)
    {
        var target = new AwsTarget(plan.Target, plan.AccountId, plan.Region, null, url);
        var account = await SandboxAccount.PrepareAsync(target, key.Id, key.Secret, order.Templates, cancellationToken);
        await using var database = await services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync(cancellationToken);
        database.Add(new TargetRow
        {
            Name = target.Name,
            AccountId = target.AccountId,
            Region = target.Region,
            EndpointUrl = url,
            ApiAccessCidrs = "0.0.0.0/0",
            TemplateBucket = account.GetValueOrDefault("TemplateBucket"),
            EventQueue = account.GetValueOrDefault("EventQueue"),
            Pace = order.ClockScale,
        });
        await database.SaveChangesAsync(cancellationToken);
    }

    /// <summary>The secrets that services name, with the keys that they read of them: pods do not start without.</summary>
    private static int MakeUp(IServiceProvider emulator, IEnumerable<PlannedStep> steps)
    {
        var named = steps.SelectMany(SecretValues.Named).ToLookup(one => (one.Type, one.Name), one => one.Key);
        foreach (var secret in named)
        {
            if (secret.Key.Type == SecretValues.ParameterStore)
                emulator.GetRequiredService<ParameterStore>().Put(secret.Key.Name, "SecureString", "rehearsal");
            else
                emulator.GetRequiredService<SecretStore>().Write(secret.Key.Name, new JsonObject(secret.Where(key => key.Length > 0).Distinct(StringComparer.Ordinal).Select(key => KeyValuePair.Create<string, JsonNode?>(key, "rehearsal"))).ToJsonString());
        }

        return named.Count;
    }

    // Standard output is for what whoever started this reads.
    private static Dictionary<string, string?> Quiet(Dictionary<string, string?> settings)
    {
        settings["Logging:Console:LogToStandardErrorThreshold"] = "Trace";
        settings["Logging:LogLevel:Default"] = "Error";
        return new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase);
    }

    private static string Random(int length) => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length);
}
