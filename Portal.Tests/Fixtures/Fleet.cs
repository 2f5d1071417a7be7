using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Core.Specifications;
using Portal.Emulator;
using Portal.Infrastructure.Embedded;
using Portal.Stage;
using Portal.Tests.Provisioning;
using Portal.Tests.Templates;
using Portal.Worker;
using Portal.Worker.Aws;
using Portal.Worker.Aws.Sdk;
using Portal.Worker.Kubernetes;

namespace Portal.Tests.Fixtures;

/// <summary>A database and an emulator of its own, and workers as processes: all of production but the browser and AWS.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private const string AccessKey = "fleet";
    private const string SecretKey = "fleet-secret";

    private readonly WebApplication _emulator;
    private readonly ServiceProvider _services;
    private readonly DirectoryInfo _folder;
    private readonly string _connectionString;
    private readonly List<ProgramUnderTest> _workers = [];
    private readonly double _scale;
    private long _prepared;
    private readonly AwsClients _aws = new(Options.Create(new WorkerAwsOptions { AccessKeyId = AccessKey, SecretAccessKey = SecretKey }));
    private readonly ClusterClients _clusters;

    private Fleet(WebApplication emulator, ServiceProvider services, DirectoryInfo folder, string connectionString, double scale)
    {
        _emulator = emulator;
        _services = services;
        _folder = folder;
        _connectionString = connectionString;
        _scale = scale;
        _clusters = new ClusterClients(new EksTokens(_aws, TimeProvider.System));
        Emulator = new HttpClient { BaseAddress = new Uri(emulator.Urls.First(url => url.StartsWith("http://", StringComparison.Ordinal))) };
    }

    public HttpClient Emulator { get; }

    public IServiceProvider Services => _services;

    private AwsTarget Target => new(Samples.Target.Name, "000000000000", Samples.Target.Region, null, Emulator.BaseAddress!.ToString());

    public static Actor Engineer { get; } = new("engineer", "Engineer", new HashSet<string> { Roles.Engineer });

    public static Actor Ops { get; } = new("ops", "Ops", new HashSet<string> { Roles.Ops });

    public static Actor Viewer { get; } = new("viewer", "Viewer", new HashSet<string> { Roles.Viewer });

    /// <param name="scale">How many simulated seconds pass in a real one.</param>
    public static async Task<Fleet> StartAsync(double scale)
    {
        var connectionString = await PostgresFixture.CreateDatabaseAsync();
        var folder = Directory.CreateTempSubdirectory("portal-fleet-");
        var emulator = EmulatorApp.Build([], configuration => configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Emulator:Url"] = $"http://127.0.0.1:{ProgramUnderTest.FreePort()}",
            ["Emulator:KubernetesUrl"] = $"https://127.0.0.1:{ProgramUnderTest.FreePort()}",
            ["Emulator:DataFolder"] = folder.FullName,
            ["Emulator:ClockScale"] = scale.ToString(CultureInfo.InvariantCulture),
            ["Emulator:AccessKeyId"] = AccessKey,
            ["Emulator:SecretAccessKey"] = SecretKey,
            ["Logging:LogLevel:Default"] = "Warning",
        }));
        await emulator.StartAsync();
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddPortalCore(null).AddPortalDatabase(connectionString).BuildServiceProvider();
        var fleet = new Fleet(emulator, services, folder, connectionString, scale);
        await fleet.AddTargetAsync();
        return fleet;
    }

    public async Task<ProgramUnderTest> StartWorkerAsync()
    {
        var worker = ProgramUnderTest.Start(typeof(WorkerApp), new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Portal"] = _connectionString,
            ["Worker__Helm__Path"] = ToolPaths.Find().Helm,
            ["Worker__Aws__AccessKeyId"] = AccessKey,
            ["Worker__Aws__SecretAccessKey"] = SecretKey,
            ["Worker__Charts__LoadBalancerController__Repository"] = new Uri(Emulator.BaseAddress!, "/_emulator/charts").ToString(),
            ["Worker__Charts__ClusterAutoscaler__Repository"] = new Uri(Emulator.BaseAddress!, "/_emulator/charts").ToString(),
        }, "--urls", "http://127.0.0.1:0");
        _workers.Add(worker);
        await worker.WaitForLineAsync("Application started");
        return worker;
    }

    /// <summary>Asks for the seed's example and has it approved.</summary>
    public Task<Guid> ApproveShopAsync(string environment) => ApproveAsync(Samples.Shop(environment));

    public async Task<Guid> ApproveAsync(Specification specification)
    {
        return await ApproveAsync(await _services.GetRequiredService<SubmitRequest>().ExecuteAsync(Engineer, specification, CancellationToken.None));
    }

    public async Task ApproveChangeAsync(Guid environmentId, Specification wanted) =>
        await ApproveAsync(await _services.GetRequiredService<ChangeEnvironment>().SubmitAsync(Engineer, environmentId, wanted, wanted.Environment, CancellationToken.None));

    public async Task ApproveDestructionAsync(Guid environmentId)
    {
        var environment = await _services.GetRequiredService<EnvironmentQueries>().SnapshotAsync(environmentId, CancellationToken.None);
        await ApproveAsync(await _services.GetRequiredService<ChangeEnvironment>().SubmitDestructionAsync(Engineer, environmentId, environment!.Environment.Name, CancellationToken.None));
    }

    /// <summary>Names of the steps of which something exists.</summary>
    public async Task<IReadOnlyList<string>> DeployedAsync(Guid environmentId)
    {
        await using var connection = await _services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();
        return [.. (await Deployments.ReadAsync(connection, environmentId, CancellationToken.None)).Select(deployment => deployment.Step)];
    }

    private async Task<Guid> ApproveAsync(Outcome<SubmittedRequest> submitted)
    {
        submitted.Refusal.ShouldBeNull();
        var detail = await _services.GetRequiredService<RequestQueries>().RequestAsync(Engineer, submitted.Value!.Number, CancellationToken.None);
        // As many as the rules ask for.
        var decide = _services.GetRequiredService<DecideRequest>();
        for (var approver = 1; ; approver++)
        {
            var decided = await decide.ExecuteAsync(
                Ops with { Subject = $"ops-{approver}" }, submitted.Value.Id, Verdict.Approve, detail!.Request.PlanHash, null, CancellationToken.None);
            decided.Refusal.ShouldBeNull();
            if (decided.Value!.OperationId is not null)
                return submitted.Value.EnvironmentId;
        }
    }

    // Of what a worker wrote that was killed before it could tell, nobody tells.
    private static readonly TimeSpan Untold = TimeSpan.FromSeconds(1);

    /// <summary>Completes when the environment looks like that; told by NOTIFY, as the portal is.</summary>
    public async Task<EnvironmentSnapshot> WaitAsync(Guid environmentId, Func<EnvironmentSnapshot, bool> until, TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        var queries = _services.GetRequiredService<EnvironmentQueries>();
        await using var connection = await _services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(timeout.Token);
        await using (var listen = new NpgsqlCommand($"listen {Channels.Event}", connection))
            await listen.ExecuteNonQueryAsync(timeout.Token);
        while (true)
        {
            var snapshot = (await queries.SnapshotAsync(environmentId, CancellationToken.None))!;
            if (until(snapshot))
                return snapshot;
            try
            {
                await connection.WaitAsync(Untold, timeout.Token);
            }
            catch (OperationCanceledException error)
            {
                throw new TimeoutException($"After {patience.TotalSeconds} s:\n{Describe(snapshot)}\n{string.Join('\n', _workers.Select(worker => worker.Output))}", error);
            }
        }
    }

    public async Task<EnvironmentSnapshot> SnapshotAsync(Guid environmentId) =>
        (await _services.GetRequiredService<EnvironmentQueries>().SnapshotAsync(environmentId, CancellationToken.None))!;

    /// <summary>See the emulator's README.</summary>
    public async Task FaultAsync(object fault) => (await Emulator.PostAsJsonAsync("/_emulator/faults", fault)).EnsureSuccessStatusCode();

    /// <summary><c>step/logical id</c> of every resource of the environment's stacks, as CloudFormation has them.</summary>
    public async Task<IReadOnlyList<string>> StackResourcesAsync(Guid environmentId)
    {
        var stacks = new CloudFormationGateway(_aws, TimeProvider.System);
        var resources = new List<string>();
        await foreach (var stack in stacks.ListAsync(Target, CancellationToken.None))
        {
            if (StackTags.TryRead(stack.Tags, out var id, out var step) && id == environmentId)
                resources.AddRange((await stacks.ResourcesAsync(Target, stack.Id, CancellationToken.None)).Select(resource => $"{step}/{resource.LogicalId}"));
        }

        return resources;
    }

    /// <summary>Deletes a stack as somebody at AWS's console would, and returns when it is gone.</summary>
    public async Task DeleteStackAsync(string name)
    {
        var stacks = new CloudFormationGateway(_aws, TimeProvider.System);
        var id = (await stacks.FindAsync(Target, name, CancellationToken.None))!.Id;
        await stacks.DeleteAsync(Target, name, $"by-hand-{name}", CancellationToken.None);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await stacks.FindAsync(Target, id, CancellationToken.None) is { Status: not "DELETE_COMPLETE" } stack)
        {
            stack.Status.ShouldNotBe("DELETE_FAILED", stack.Reason);
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Does to a secret what somebody would with <c>aws secretsmanager</c>.</summary>
    public async Task SecretAsync(string action, JsonObject body) =>
        await _aws.For(Target, new AwsService("Secrets Manager", "secrets", "secretsmanager", "2017-10-17")).PostAsync(new JsonRequest(action, "secretsmanager", body), CancellationToken.None);

    /// <summary>The API of an environment's cluster, past the portal.</summary>
    public k8s.IKubernetes Cluster(EnvironmentSnapshot snapshot)
    {
        var outputs = snapshot.Deployed.Single(step => step.Name == StepNames.Cluster).Outputs;
        return _clusters.For(new ClusterConnection(Target, outputs["ClusterName"], new Uri(outputs["ClusterEndpoint"]), outputs["ClusterCertificateAuthority"]));
    }

    /// <summary>How often the target's observer has changed.</summary>
    public async Task<long> ObserverAsync()
    {
        await using var command = _services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select epoch from observers");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Completes when another observer than that one has seen the whole target.</summary>
    public async Task ObservedAnewAsync(long than)
    {
        await using var command = _services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select count(*) from observers where epoch > $1 and seen_at > taken_at");
        command.Parameters.Add(new NpgsqlParameter { Value = than });
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while ((long)(await command.ExecuteScalarAsync())! == 0)
            await timer.WaitForNextTickAsync();
    }

    /// <summary>How many runners have taken the operation over.</summary>
    public async Task<long> EpochAsync(Guid operationId)
    {
        await using var command = _services.GetRequiredService<NpgsqlDataSource>().CreateCommand("select epoch from operations where id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = operationId });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Without what made the account ready.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> LedgerAsync(string query) =>
        await Emulator.GetFromJsonAsync<List<LedgerEntry>>($"/_emulator/ledger?{query}&after={_prepared}", JsonSerializerOptions.Web) ?? [];

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
            await worker.DisposeAsync();
        _clusters.Dispose();
        _aws.Dispose();
        Emulator.Dispose();
        await _emulator.StopAsync();
        await _emulator.DisposeAsync();
        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task AddTargetAsync()
    {
        var account = await SandboxAccount.PrepareAsync(
            new CloudFormationGateway(_aws, TimeProvider.System), Target, StackTemplate.Named("target.yaml").Body, TimeProvider.System, CancellationToken.None);
        _prepared = (await LedgerAsync("kind=effect"))[^1].Id;
        await using var database = await _services.GetRequiredService<Microsoft.EntityFrameworkCore.IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        database.Add(new TargetRow
        {
            Name = Samples.Target.Name,
            AccountId = "000000000000",
            Region = Samples.Target.Region,
            EndpointUrl = Emulator.BaseAddress!.ToString(),
            ApiAccessCidrs = Samples.Target.ApiAccessCidrs,
            TemplateBucket = account["TemplateBucket"],
            EventQueue = account["EventQueue"],
            Pace = _scale,
        });
        await database.SaveChangesAsync();
    }

    private static string Describe(EnvironmentSnapshot snapshot) =>
        string.Join('\n', snapshot.Steps.Where(step => step.State != StepState.Pending).Select(step => $"{step.Name} {step.State} {step.Failure}"));
}

/// <summary>A line of the emulator's ledger.</summary>
internal sealed record LedgerEntry(long Id, DateTimeOffset At, string Kind, string Service, string Action, string Subject, string? Detail);
