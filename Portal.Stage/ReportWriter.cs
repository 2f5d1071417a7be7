using System.Text.Json;
using Dapper;
using Npgsql;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Core.Specifications;

namespace Portal.Stage;

/// <summary>Gathers what is to be told of a rehearsal while it is played.</summary>
internal sealed class ReportWriter(StageHost stage, Guid environmentId)
{
    private const int MostKinds = 60;
    private const int MostAnswers = 60;
    private const int MostLeft = 100;

    private readonly NpgsqlDataSource _database = stage.Services.GetRequiredService<NpgsqlDataSource>();
    private readonly List<RehearsedAct> _acts = [];
    private IReadOnlyList<RehearsedKind> _resources = [];
    private IReadOnlyList<RehearsedAnswer> _answers = [];
    private RehearsedFailure? _failure;

    /// <summary>Whether a destruction has come to its end, one way or the other.</summary>
    public bool IsEmptied { get; private set; }

    /// <summary>Counts what there is now, before it goes.</summary>
    public async Task CountAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        _resources = (await connection.QueryAsync<RehearsedKind>(
            "select type as Type, count(*)::int as Count from resources where environment_id = @environmentId group by type order by count(*) desc, type limit @MostKinds", new { environmentId, MostKinds })).AsList();
    }

    /// <summary>What came of an act.</summary>
    public async Task AddAsync(RehearsalAct act, Guid operation, OperationState state, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var rows = (await connection.QueryAsync<Row>(
            """
            select name as Name, title as Title, state as State, started_at as StartedAt, finished_at as FinishedAt, outputs::text as Outputs, failure::text as Failure
            from steps where operation_id = @operation order by ordinal
            """, new { operation })).ToDictionary(row => row.Name, StringComparer.Ordinal);
        _acts.Add(Timeline.Of(act, state, rows.Values.Select(row => row.Times), stage.StackHistory(), stage.ClockScale));
        IsEmptied |= act.Operation == OperationKind.Destroy;
        if (act.Kind == RehearsalActKind.Asked && act.Plan.Steps.FirstOrDefault(step => step.Kind == StepKind.Probe) is { } probe && rows[probe.Name].Outputs is { } outputs)
            _answers = [.. JsonSerializer.Deserialize<Dictionary<string, string>>(outputs)!.Select(pair => new RehearsedAnswer(pair.Key, pair.Value)).Take(MostAnswers)];
        if (state != OperationState.Succeeded)
            _failure ??= Of(act, rows.Values.Where(row => row.Failure is not null).MinBy(row => row.FinishedAt), await connection.ExecuteScalarAsync<string?>("select failure::text from operations where id = @operation", new { operation }));
    }

    public async Task<RehearsalReport> WriteAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var left = await connection.QueryAsync<(string Kind, string Id, string Title, bool IsKept, string Reason, string Advice)>(
            "select kind, id, title, kept, reason, advice from residues where environment_id = @environmentId order by kept, kind, id limit @MostLeft", new { environmentId, MostLeft });
        return new RehearsalReport
        {
            Acts = _acts,
            Resources = _resources,
            Answers = _answers,
            Failure = _failure,
            Left = _acts.Count > 0 && IsEmptied && _acts[^1].State == OperationState.Succeeded
                ? [.. left.Select(one => new Residue(one.Kind, one.Id, one.Title, one.IsKept, one.Reason, one.Advice))]
                : null,
            MadeUpSecrets = stage.MadeUpSecrets,
        };
    }

    // The first step that failed tells more than what it kept from being done.
    private static RehearsedFailure Of(RehearsalAct act, Row? step, string? ofOperation)
    {
        var failure = (step?.Failure ?? ofOperation) is { } json ? JsonSerializer.Deserialize<Failure>(json, Specification.Json)! : new Failure("cancelled", "It was stopped.");
        return new RehearsedFailure(act.Kind, step?.Title ?? act.Plan.Environment, failure.Message, failure.RootCause, failure.Evidence ?? []);
    }

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string Title { get; init; } = "";
        public StepState State { get; init; }
        public DateTime? StartedAt { get; init; }
        public DateTime? FinishedAt { get; init; }
        public string? Outputs { get; init; }
        public string? Failure { get; init; }

        public StepTimes Times => new(Name, Title, State, At(StartedAt), At(FinishedAt));

        private static DateTimeOffset? At(DateTime? time) => time is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null;
    }
}
