using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Persistence;
using Portal.Core.Provisioning;
using Portal.Core.Rehearsals;
using Portal.Core.Security;

namespace Portal.Stage;

/// <summary>Why a rehearsal cannot be played to its end.</summary>
internal sealed class PlayFault(string message) : Exception(message);

/// <summary>Plays the acts of a script one after another, then destroys what is there, and tells what came of it.</summary>
internal sealed class Play(StageHost stage, RehearsalScript script, Action<RehearsalProgress> progress)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    private readonly NpgsqlDataSource _database = stage.Services.GetRequiredService<NpgsqlDataSource>();
    private readonly Transactions _transactions = stage.Services.GetRequiredService<Transactions>();
    private readonly Lifecycle _lifecycle = stage.Services.GetRequiredService<Lifecycle>();
    private readonly ReportWriter _report = new(stage, script.EnvironmentId);

    // The destruction is an act of its own where the request is not one.
    private int Acts => script.Acts.Count + (IsDestruction ? 0 : 1);

    private bool IsDestruction => script.Acts[^1].Operation == OperationKind.Destroy;

    public async Task<RehearsalReport> RunAsync(CancellationToken cancellationToken)
    {
        await _transactions.DoAsync(BeginAsync, cancellationToken);
        for (var number = 0; number < script.Acts.Count; number++)
        {
            var act = script.Acts[number];
            if (act.Operation == OperationKind.Destroy)
                await _report.CountAsync(cancellationToken);
            if (await PlayAsync(act, number + 1, cancellationToken) != OperationState.Succeeded)
                break;
        }

        if (!_report.IsEmptied)
        {
            await _report.CountAsync(cancellationToken);
            await PlayAsync(await DestructionAsync(cancellationToken), Acts, cancellationToken);
        }

        return await _report.WriteAsync(cancellationToken);
    }

    private async Task BeginAsync(Work work)
    {
        var first = script.Acts[0];
        await _lifecycle.BeginAsync(work, new NewEnvironment(script.EnvironmentId, first.Plan.Environment, first.Plan.Target, first.Specification.Network.Cidr, Actor.System, "", ""));
    }

    private async Task<RehearsalAct> DestructionAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var last = script.Acts[^1];
        var plan = Deployments.Destruction(last.Plan, await Deployments.ReadAsync(connection, script.EnvironmentId, cancellationToken));
        return last with { Kind = RehearsalActKind.Destroyed, Operation = OperationKind.Destroy, Plan = plan };
    }

    private async Task<OperationState> PlayAsync(RehearsalAct act, int number, CancellationToken cancellationToken)
    {
        var operation = new NewOperation(script.EnvironmentId, null, act.Operation, act.Plan, Actor.System, act.Operation == OperationKind.Destroy ? null : new AdoptedSpecification(null, act.Specification)) { Artifacts = script.Files };
        var said = new NewEvent(Actor.System, script.EnvironmentId, null, null, "rehearsal.act", EventSeverity.Info, act.Kind.ToString());
        var id = await _transactions.DoWithJobsAsync(work => _lifecycle.QueueAsync(work, operation, said), cancellationToken)
            ?? throw new PlayFault($"{act.Plan.Environment} is in no state for the act {act.Kind}: that is a fault of the portal's own.");
        while (true)
        {
            var (state, steps) = await LookAsync(id, cancellationToken);
            progress(new RehearsalProgress(
                act.Kind, number, Acts, steps.Count(step => step.State.IsSettled()), steps.Count, [.. steps.Where(step => step.State == StepState.Running).Select(step => step.Title).Take(3)],
                TimeProvider.System.GetUtcNow() + Estimate.Left(act, steps.Count(step => step.State.IsSettled()), script.Acts.Skip(number), isDestroyedAfter: number < Acts && !IsDestruction, stage.ClockScale)));
            if (state.IsSettled())
            {
                await _report.AddAsync(act, id, state, cancellationToken);
                return state;
            }

            await Task.Delay(LookEvery, TimeProvider.System, cancellationToken);
        }
    }

    private async Task<(OperationState State, IReadOnlyList<(string Title, StepState State)> Steps)> LookAsync(Guid operation, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        var state = await connection.ExecuteScalarAsync<string>("select state from operations where id = @operation", new { operation });
        var steps = await connection.QueryAsync<(string Title, string State)>("select title, state from steps where operation_id = @operation order by ordinal", new { operation });
        return (Enum.Parse<OperationState>(state!), [.. steps.Select(step => (step.Title, Enum.Parse<StepState>(step.State)))]);
    }
}
