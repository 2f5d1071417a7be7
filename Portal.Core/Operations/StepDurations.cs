using System.Collections.Concurrent;
using Dapper;
using Npgsql;
using Portal.Core.Catalog;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;

namespace Portal.Core.Operations;

/// <param name="Within">Of so many <paramref name="Operations"/> the time was within the range that was said at the beginning.</param>
/// <param name="MedianRatio">Time taken ÷ the middle of the range; null without operations.</param>
public sealed record EstimateAccuracy(int Operations, int Within, double? MedianRatio);

/// <summary>What is expected of steps by how long the last ones of their kind took in a target; by the catalogue until there were enough.</summary>
public sealed class StepDurations(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>Fewer say too little.</summary>
    public const int Fewest = 5;

    /// <summary>Older ones tell of another time.</summary>
    public const int Most = 50;

    /// <summary>The next operation's times change little by the last one's: what was read is good for a while.</summary>
    private static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(30);

    private const int MostNames = 5_000;

    // A row an account and region; a template's or chart's name never changes with its digest.
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, IReadOnlyDictionary<(string Subject, string Action), DurationRange> Ranges)> _targets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, EstimateAccuracy Accuracy)> _accuracies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>Keeps how long a step took that succeeded at once: what was tried again, or waited for somebody, tells nothing of the next.</summary>
    /// <param name="wasThere">Whether what the step makes was there before.</param>
    public static Statement Keep(Guid operationId, PlannedStep step, bool wasThere) => new(
        """
        insert into step_durations (target, subject, action, seconds, at)
        select e.target, coalesce((select name from artifacts where digest = @artifact), @fallback) || @kind, @action, extract(epoch from s.finished_at - s.started_at), s.finished_at
        from steps s join operations o on o.id = s.operation_id join environments e on e.id = o.environment_id
        where s.operation_id = @operation and s.name = @step and s.attempt = 1 and s.started_at is not null and s.finished_at is not null
        """,
        ("operation", operationId), ("step", step.Name), ("artifact", step.Artifact), ("fallback", Fallback(step)), ("kind", KindOf(step)), ("action", ActionOf(step, wasThere)));

    /// <summary>Forgets all but the newest of each kind.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            $"""
            delete from step_durations d using (
              select ctid, row_number() over (partition by target, subject, action order by at desc) as place from step_durations) old
            where d.ctid = old.ctid and old.place > {Most}
            """, cancellationToken: cancellationToken));
    }

    /// <summary>The plan with what is expected of its steps now.</summary>
    /// <param name="pace">How many times faster than AWS the target is; the plan's seconds are AWS's.</param>
    /// <param name="there">Steps of which something exists already.</param>
    public async Task<Plan> ExpectAsync(Plan plan, double pace, IReadOnlySet<string> there, CancellationToken cancellationToken)
    {
        var ranges = await RangesAsync(plan.Target, cancellationToken);
        if (ranges.Count == 0)
            return plan;
        await NameAsync([.. plan.Steps.Select(step => step.Artifact).OfType<string>().Where(digest => !_names.ContainsKey(digest))], cancellationToken);
        IReadOnlyList<PlannedStep> steps = [.. plan.Steps.Select(step =>
            ranges.TryGetValue((SubjectOf(step), ActionOf(step, there.Contains(step.Deployment))), out var range) ? step with { Expected = range / (1 / pace) } : step)];
        return plan with { Steps = steps, Expected = PlanDifference.CriticalPath(steps) };
    }

    /// <summary>Keeps what is said now that an operation will take, as pages say it.</summary>
    /// <param name="there">Steps of which something exists already.</param>
    public async Task EstimateAsync(Guid operationId, Plan plan, double pace, IReadOnlySet<string> there, CancellationToken cancellationToken)
    {
        // The extremes of all steps do not come together: half of the way to them, as pages say it.
        var expected = await ExpectAsync(plan, pace, there, cancellationToken);
        var said = PlanDifference.CriticalPath([.. expected.Steps.Select(step => step with
        {
            Expected = new DurationRange { Low = (step.Expected.Low + step.Expected.Typical) / 2, Typical = step.Expected.Typical, High = (step.Expected.High + step.Expected.Typical) / 2 },
        })]) / pace;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "update operations set expected_low = @low, expected_high = @high where id = @operationId and expected_low is null",
            new { operationId, low = said.Low, high = said.High }, cancellationToken: cancellationToken));
    }

    /// <summary>How often what was said came true: of the newest fifty operations of a target that succeeded and were never tried again.</summary>
    public async Task<EstimateAccuracy> AccuracyAsync(string target, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (_accuracies.TryGetValue(target, out var known) && now - known.At < GoodFor)
            return known.Accuracy;
        var accuracy = await ReadAccuracyAsync(target, cancellationToken);
        _accuracies[target] = (now, accuracy);
        return accuracy;
    }

    private async Task<EstimateAccuracy> ReadAccuracyAsync(string target, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<EstimateAccuracy>(new CommandDefinition(
            $"""
            select count(*)::int as "Operations",
                   (count(*) filter (where seconds between expected_low and expected_high))::int as "Within",
                   percentile_cont(0.5) within group (order by seconds / nullif((expected_low + expected_high) / 2, 0)) as "MedianRatio"
            from (
              select extract(epoch from o.finished_at - o.started_at)::double precision as seconds, o.expected_low, o.expected_high
              from operations o join environments e on e.id = o.environment_id
              where e.target = @target and o.state = 'Succeeded' and o.expected_low is not null
                and not exists (select from steps s where s.operation_id = o.id and s.attempt > 1)
              order by o.created_at desc limit {Most}
            ) newest
            """, new { target }, cancellationToken: cancellationToken));
    }

    private string SubjectOf(PlannedStep step) => (step.Artifact is { } digest && _names.TryGetValue(digest, out var name) ? name : Fallback(step)) + KindOf(step);

    // Of one chart, but a job takes what it has to do, and nobody waits for a scheduled one.
    private static string KindOf(PlannedStep step) => WorkloadValues.KindOf(step) is WorkloadValues.Job or WorkloadValues.Schedule ? $" ({WorkloadValues.KindOf(step)})" : "";

    private static string Fallback(PlannedStep step) => step.RepositoryChart ?? step.Name;

    private static string ActionOf(PlannedStep step, bool wasThere) => step.Action == PlanAction.Ensure ? wasThere ? "Change" : "Create" : step.Action.ToString();

    private async Task<IReadOnlyDictionary<(string Subject, string Action), DurationRange>> RangesAsync(string target, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (_targets.TryGetValue(target, out var known) && now - known.At < GoodFor)
            return known.Ranges;
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        // Quantiles, so that one that hung for an hour changes little.
        var rows = await connection.QueryAsync<(string Subject, string Action, double Low, double Typical, double High)>(new CommandDefinition(
            $"""
            select subject, action, percentile_cont(0.1) within group (order by seconds), percentile_cont(0.5) within group (order by seconds), percentile_cont(0.9) within group (order by seconds)
            from (select subject, action, seconds, row_number() over (partition by subject, action order by at desc) as place from step_durations where target = @target) newest
            where place <= {Most}
            group by subject, action
            having count(*) >= {Fewest}
            """, new { target }, cancellationToken: cancellationToken));
        var ranges = rows.ToDictionary(row => (row.Subject, row.Action), row => new DurationRange { Low = row.Low, Typical = row.Typical, High = row.High });
        _targets[target] = (now, ranges);
        return ranges;
    }

    private async Task NameAsync(string[] digests, CancellationToken cancellationToken)
    {
        if (digests.Length == 0)
            return;
        if (_names.Count > MostNames)
            _names.Clear();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var found = await connection.QueryAsync<(string Digest, string Name)>(new CommandDefinition(
            "select digest, name from artifacts where digest = any(@digests)", new { digests }, cancellationToken: cancellationToken));
        foreach (var (digest, name) in found)
            _names[digest] = name;
    }
}
