using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core;
using Portal.Core.Operations;
using Portal.Core.Requests;
using Portal.Core.Security;
using Portal.Tests.Provisioning;

namespace Portal.Benchmarks;

/// <summary>Two people who decide the same request at the same moment, one yes and one no: what comes of it, and how long each waits for an answer.</summary>
internal static class ApprovalsBenchmark
{
    /// <summary>Pairs at once: as many people as decide at the same time, and then some.</summary>
    private const int AtOnce = 8;

    /// <summary>Decisions before any is timed: a process's first ones are compiled while they run, which is the start's cost and not theirs.</summary>
    private const int Warm = 4 * AtOnce;

    private static readonly Actor s_other = new("ops-2", "Ops 2", new HashSet<string> { Roles.Ops });

    public static async Task RunAsync(int pairs)
    {
        await using var installation = await Installation.StartAsync(60);
        await using var connection = await installation.Database.OpenConnectionAsync();
        var submitted = new List<(SubmittedRequest Request, string Hash)>();
        var submit = installation.Services.GetRequiredService<SubmitRequest>();
        for (var number = 0; number < pairs; number++)
        {
            var shop = Samples.Shop($"race-{number}", $"10.{number / 16}.{number % 16 * 16}.0/20");
            var filed = await submit.ExecuteAsync(Installation.Engineer, shop with { Services = [shop.Services[^1]] }, CancellationToken.None);
            var request = filed.Value ?? throw new InvalidOperationException(filed.Refusal!.Message);
            submitted.Add((request, await connection.ExecuteScalarAsync<string>("select plan_hash from requests where id = @Id", new { request.Id }) ?? ""));
        }

        var (took, decide) = (new List<double>(), installation.Services.GetRequiredService<DecideRequest>());
        foreach (var batch in submitted.Chunk(AtOnce))
        {
            var answers = await Task.WhenAll(batch.SelectMany(one => new[]
            {
                DecideAsync(decide, Installation.Ops, one.Request.Id, Verdict.Approve, one.Hash),
                DecideAsync(decide, s_other, one.Request.Id, Verdict.Reject, one.Hash),
            }));
            took.AddRange(answers);
        }

        var timed = took.Skip(Math.Min(Warm, took.Count / 2)).ToList();

        // What a decision does: a verdict, an operation, an event that says so. One of each request, whoever was faster.
        var effects = await connection.QuerySingleAsync<(long Most, long Least, long Both)>(
            """
            select max(verdicts), min(verdicts), count(*) filter (where operations + rejections <> 1)
            from (select (select count(*) from approvals a where a.request_id = r.id) as verdicts,
                         (select count(*) from operations o where o.request_id = r.id) as operations,
                         (select count(*) from events e where e.environment_id = r.environment_id and e.kind = 'request.rejected') as rejections
                  from requests r) counted
            """);
        Figures.Print("approvals.pairs", pairs, "count");
        Figures.Print("approvals.effects.max", Math.Max(effects.Most, effects.Both > 0 ? 2 : 1), "count");
        Figures.Print("approvals.effects.min", effects.Least, "count");
        Figures.Print("approvals.most", took.Max(), "ms");
        Figures.Print("approvals.p50", Figures.Percentile(timed, 0.5), "ms");
        Figures.Print("approvals.p99", Figures.Percentile(timed, 0.99), "ms");
    }

    private static async Task<double> DecideAsync(DecideRequest decide, Actor actor, Guid request, Verdict verdict, string hash)
    {
        var since = Stopwatch.GetTimestamp();
        var outcome = await decide.ExecuteAsync(actor, request, verdict, hash, verdict == Verdict.Reject ? "no" : null, CancellationToken.None);
        return outcome.Refusal is null or AlreadyDecided ? Stopwatch.GetElapsedTime(since).TotalMilliseconds : throw new InvalidOperationException(outcome.Refusal.Message);
    }
}
