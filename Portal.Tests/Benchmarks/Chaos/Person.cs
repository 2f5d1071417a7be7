using System.Globalization;
using System.Xml.Linq;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Core;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Benchmarks.Chaos;

/// <summary>
/// Somebody who has environments made, lives with each for a while and has it taken away. Where no answer comes, they look whether it
/// happened, and press again where it did not.
/// </summary>
internal sealed class Person(Installation installation, int number, Random random, Action<string> broken)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(150);

    /// <summary>Without anything happening to the environment: how long all of it takes is the machine's and the strikes' business.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly ChangeEnvironment _changes = installation.Services.GetRequiredService<ChangeEnvironment>();
    private readonly SleepEnvironment _sleeps = installation.Services.GetRequiredService<SleepEnvironment>();

    /// <summary>Until it is enough; the last environment is taken away then.</summary>
    public async Task LiveAsync(CancellationToken enough)
    {
        for (var life = 0; life == 0 || !enough.IsCancellationRequested; life++)
            await LiveOnceAsync(Wanted(life), enough);
    }

    private Specification Wanted(int life)
    {
        var shop = Samples.Shop(string.Create(CultureInfo.InvariantCulture, $"chaos-{number}-{life}"), string.Create(CultureInfo.InvariantCulture, $"10.{number}.0.0/16"));
        // One service, with a store of its own every other time: what differs between services is not what is tried here.
        return shop with { Services = [shop.Services[life % shop.Services.Count] with { Stores = Samples.Stores((life + number) % 2 == 0 ? "dynamodb" : "none") }] };
    }

    private async Task LiveOnceAsync(Specification wanted, CancellationToken enough)
    {
        var request = Guid.CreateVersion7();
        var submit = installation.Services.GetRequiredService<SubmitRequest>();
        var made = await DoAsync(wanted.Environment, OperationKind.Create, async _ => (await submit.ExecuteAsync(Installation.Engineer, wanted, request, CancellationToken.None)).Refusal);
        if (made)
            await EverythingIsToldAsync(wanted.Environment);
        for (var times = random.Next(1, 4); made && times > 0 && !enough.IsCancellationRequested; times--)
        {
            if (random.Next(2) == 0)
            {
                wanted = wanted with { Services = [wanted.Services[0] with { Image = string.Create(CultureInfo.InvariantCulture, $"ghcr.io/shop/chaos:{times}.{random.Next(1000)}") }] };
                made = await DoAsync(wanted.Environment, OperationKind.Change, async id => (await _changes.SubmitAsync(Installation.Engineer, id, wanted, wanted.Environment, CancellationToken.None)).Refusal);
            }
            else
            {
                made = await DoAsync(wanted.Environment, OperationKind.Sleep, async id => (await _sleeps.SleepAsync(Installation.Engineer, id, null, CancellationToken.None)).Refusal)
                    && (random.Next(3) == 0 || await DoAsync(wanted.Environment, OperationKind.Wake, async id => (await _sleeps.WakeAsync(Installation.Engineer, id, null, CancellationToken.None)).Refusal));
                if (made && (await LookAsync(wanted.Environment))!.State == nameof(EnvironmentState.Asleep))
                    break;
            }
        }

        await DoAsync(wanted.Environment, OperationKind.Destroy,
            async id => (await _changes.SubmitDestructionAsync(Installation.Engineer, id, wanted.Environment, CancellationToken.None)).Refusal);
    }

    /// <returns>Whether it succeeded.</returns>
    private async Task<bool> DoAsync(string environment, OperationKind kind, Func<Guid, Task<Refusal?>> ask)
    {
        var before = (await LookAsync(environment))?.Operations ?? 0;
        var since = TimeProvider.System.GetTimestamp();
        Refusal? refusal = null;
        Sight? last = null;
        while (true)
        {
            var seen = await LookAsync(environment);
            if (seen?.LastEvent != last?.LastEvent)
                (last, since) = (seen, TimeProvider.System.GetTimestamp());
            if (seen is not null && seen.Operations > before)
            {
                if (seen.Operation is nameof(OperationState.Succeeded))
                    return true;
                if (seen.Operation is nameof(OperationState.Failed) or nameof(OperationState.Cancelled))
                {
                    broken($"{kind} of {environment} is {seen.Operation}: {seen.Failure}");
                    return false;
                }
            }
            else
            {
                refusal = await AskAsync(seen, kind, ask) ?? refusal;
            }

            if (TimeProvider.System.GetElapsedTime(since) > s_patience)
            {
                broken($"{kind} of {environment} is stuck: {seen} {refusal?.Message}");
                return false;
            }

            await Task.Delay(s_look, TimeProvider.System);
        }
    }

    private async Task<Refusal?> AskAsync(Sight? seen, OperationKind kind, Func<Guid, Task<Refusal?>> ask)
    {
        try
        {
            return seen is { Request: { } request, PlanHash: { } hash }
                ? (await installation.Services.GetRequiredService<DecideRequest>().ExecuteAsync(Installation.Ops, request, Verdict.Approve, hash, null, CancellationToken.None)).Refusal
                : await ask(seen?.Id ?? Guid.Empty);
        }
        catch (Exception error) when (DatabaseFaults.IsAway(error))
        {
            // Whether it happened shows at the next look.
            return null;
        }
        catch (Exception error)
        {
            broken($"{kind} was answered with {error}");
            return null;
        }
    }

    private Task<Sight?> LookAsync(string environment) => installation.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<Sight>(
        """
        select e.id as Id, e.state as State, e.last_event as LastEvent, (select count(*) from operations where environment_id = e.id) as Operations,
               last.state as Operation, last.failure::text as Failure, open.id as Request, open.plan_hash as PlanHash
        from environments e
        left join lateral (select state, failure from operations where environment_id = e.id order by created_at desc limit 1) last on true
        left join lateral (select id, plan_hash from requests where environment_id = e.id and state = 'Submitted' limit 1) open on true
        where e.name = @environment
        """, new { environment }));

    /// <summary>Every resource that CloudFormation has is told of, however often whoever observed it was killed.</summary>
    private async Task EverythingIsToldAsync(string environment)
    {
        var since = TimeProvider.System.GetTimestamp();
        var there = await ResourcesAsync(environment);
        while (true)
        {
            var told = await installation.ReadAsync(async connection => (await connection.QueryAsync<string>(
                """
                select r.step || '/' || r.name from resources r join environments e on e.id = r.environment_id
                where e.name = @environment and r.type not like 'Kubernetes::%' and r.step <> @LoadBalancer
                """, new { environment, StepNames.LoadBalancer })).ToHashSet(StringComparer.Ordinal));
            if (told.SetEquals(there))
                return;
            if (TimeProvider.System.GetElapsedTime(since) > s_patience)
            {
                broken($"{environment}: not told of {string.Join(", ", there.Except(told, StringComparer.Ordinal))}; told of {string.Join(", ", told.Except(there, StringComparer.Ordinal))}, which is not there.");
                return;
            }

            await Task.Delay(s_look, TimeProvider.System);
        }
    }

    private async Task<HashSet<string>> ResourcesAsync(string environment)
    {
        var plan = Plan.FromJson((await installation.ReadAsync(connection => connection.ExecuteScalarAsync<string>(
            "select o.plan::text from operations o join environments e on e.id = o.environment_id where e.name = @environment and o.kind = 'Create'", new { environment })))!);
        var resources = new HashSet<string>(StringComparer.Ordinal);
        foreach (var step in plan.Steps.Where(step => step.Kind == StepKind.Stack))
        {
            var answer = await installation.Account.AskAsync("cloudformation", ("Action", "DescribeStackResources"), ("StackName", step.Subject));
            resources.UnionWith(answer.Descendants("LogicalResourceId").Select(id => $"{step.Name}/{id.Value}"));
        }

        return resources;
    }

    private sealed record Sight
    {
        public Guid Id { get; init; }
        public string State { get; init; } = "";
        public long LastEvent { get; init; }
        public long Operations { get; init; }
        public string? Operation { get; init; }
        public string? Failure { get; init; }
        public Guid? Request { get; init; }
        public string? PlanHash { get; init; }
    }
}
