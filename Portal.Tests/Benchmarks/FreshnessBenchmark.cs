using System.Globalization;
using System.Net.Http.Json;
using System.Xml.Linq;
using Dapper;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Emulator;
using Portal.Infrastructure.Embedded;
using Portal.Tests.Provisioning;
using Portal.Worker;
using Portal.Worker.Aws;
using Portal.Worker.Engine;
using Portal.Worker.Observe;

namespace Portal.Benchmarks;

/// <summary>
/// How long after CloudFormation's own time of it a stack's end stands in the database: with events, with all of them lost, and with events
/// on a target that is polled as slowly as AWS. The real observer, Postgres, and the emulator on the usual clock; nothing else is running.
/// </summary>
internal sealed class FreshnessBenchmark : IAsyncDisposable
{
    private const int Scale = 60;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly Installation _installation;
    private Guid _environment;
    private int _stacks;

    private FreshnessBenchmark(Installation installation) => _installation = installation;

    public static async Task<FreshnessBenchmark> StartAsync()
    {
        var benchmark = new FreshnessBenchmark(await Installation.StartAsync(Scale));
        await benchmark.BeginAsync();
        return benchmark;
    }

    public async Task RunAsync(int stacks)
    {
        await MeasureAsync("event", Scale, stacks);
        using var http = new HttpClient { BaseAddress = _installation.Emulator.Url };
        (await http.PostAsJsonAsync("/_emulator/faults", new { kind = "lose-deliveries", rate = 1.0 })).EnsureSuccessStatusCode();
        await MeasureAsync("lost", Scale, stacks);
        await http.DeleteAsync("/_emulator/faults");
        await MeasureAsync("event-polled-as-aws", 1, stacks);
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    /// <summary>One observer at the given pace; the first stack of each row warms it up and does not count.</summary>
    private async Task MeasureAsync(string name, double pace, int stacks)
    {
        await using (var connection = await _installation.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("update targets set pace = @pace", new { pace });
        using var host = Observer();
        await host.StartAsync();
        var ages = new List<double>();
        for (var number = 0; number <= stacks; number++)
        {
            var age = await AgeAsync();
            if (number > 0)
                ages.Add(age.TotalMilliseconds);
        }

        await host.StopAsync();
        Figures.Print($"freshness.{name}.p50", Figures.Percentile(ages, 0.5), "ms");
        Figures.Print($"freshness.{name}.p95", Figures.Percentile(ages, 0.95), "ms");
        Figures.Print($"freshness.{name}.most", ages.Max(), "ms");
    }

    private async Task<TimeSpan> AgeAsync()
    {
        var stack = $"fresh-{++_stacks}";
        await using var connection = await _installation.Database.OpenConnectionAsync();
        await connection.ExecuteAsync($"listen {Channels.Observation}");
        await _installation.Account.AskAsync("cloudformation", ("Action", "CreateStack"), ("StackName", stack), ("TemplateBody", "Resources: { A: { Type: AWS::KMS::Key } }"),
            ("Tags.member.1.Key", StackTags.EnvironmentId), ("Tags.member.1.Value", _environment.ToString()), ("Tags.member.2.Key", StackTags.Step), ("Tags.member.2.Value", "iam"));
        using var patience = new CancellationTokenSource(s_patience);
        while (await connection.ExecuteScalarAsync<string>("select state from observations where name = @stack", new { stack }) != "CREATE_COMPLETE")
            await connection.WaitAsync(patience.Token);
        var seen = TimeProvider.System.GetUtcNow();
        var events = await _installation.Account.AskAsync("cloudformation", ("Action", "DescribeStackEvents"), ("StackName", stack));
        return seen - DateTimeOffset.Parse(events.Descendants("member").First().Element("Timestamp")!.Value, CultureInfo.InvariantCulture);
    }

    private IHost Observer()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        var keys = new EmulatorOptions();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Worker:Aws:AccessKeyId"] = keys.AccessKeyId,
            ["Worker:Aws:SecretAccessKey"] = keys.SecretAccessKey,
            ["Worker:Helm:Path"] = ToolPaths.Find().Helm,
        });
        builder.Services.AddPortalDatabase(_installation.ConnectionString).AddGateways(builder.Configuration).AddObservers();
        builder.Services.AddSingleton<WorkerLease>().AddHostedService(provider => provider.GetRequiredService<WorkerLease>());
        return builder.Build();
    }

    /// <summary>An environment whose first step has begun.</summary>
    private async Task BeginAsync()
    {
        _environment = await _installation.ApproveAsync(Samples.Shop());
        await using var connection = await _installation.Database.OpenConnectionAsync();
        var operation = await connection.ExecuteScalarAsync<Guid>("select id from operations where environment_id = @_environment", new { _environment });
        var store = new OperationStore(_installation.Database, _installation.Services.GetRequiredService<Transactions>(), _installation.Services.GetRequiredService<Lifecycle>(), _installation.Services.GetRequiredService<StepDurations>(), TimeProvider.System);
        var work = (await store.BeginAsync(operation, CancellationToken.None))!;
        await store.StartStepAsync(work, work.Plan.Step("iam"), 1, CancellationToken.None);
    }
}
