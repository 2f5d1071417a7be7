using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;
using Portal.Core.Operations;
using Portal.Core.Provisioning;

namespace Portal.Benchmarks.Chaos;

/// <summary>What has to hold when everything has come to rest: by the emulator's ledger, and by a record of every change of a state that the database keeps.</summary>
internal sealed class Judge(Installation installation, Action<string> broken)
{
    /// <summary>Has the database keep the record, in tables that are not the programs'.</summary>
    public async Task BeginAsync()
    {
        await using var connection = await installation.OpenAsOwnerAsync();
        await connection.ExecuteAsync(
            """
            create table chaos_moves (id bigint generated always as identity, what text, key text, was text, became text);
            create function chaos_move() returns trigger language plpgsql security definer as $$
            begin
              if old.state is distinct from new.state then
                insert into chaos_moves (what, key, was, became) values (tg_table_name,
                  case tg_table_name when 'steps' then to_jsonb(new) ->> 'operation_id' || '/' || (to_jsonb(new) ->> 'name') else to_jsonb(new) ->> 'id' end, old.state, new.state);
              end if;
              return null;
            end $$;
            create table chaos_claims (owner text);
            create function chaos_claim() returns trigger language plpgsql security definer as $$
            begin
              if new.owner is not null and old.owner is distinct from new.owner then
                insert into chaos_claims values (new.owner);
              end if;
              return null;
            end $$;
            create trigger chaos_claims after update on operations for each row execute function chaos_claim();
            create trigger chaos after update on environments for each row execute function chaos_move();
            create trigger chaos after update on requests for each row execute function chaos_move();
            create trigger chaos after update on operations for each row execute function chaos_move();
            create trigger chaos after update on steps for each row execute function chaos_move();
            """);
    }

    public async Task JudgeAsync()
    {
        await using var connection = await installation.OpenAsOwnerAsync();
        await NothingIsMadeTwiceOrLeftAsync(connection);
        await StatesAreLegalAsync(connection);
        await EventsAreWholeAsync(connection);
    }

    private async Task NothingIsMadeTwiceOrLeftAsync(NpgsqlConnection connection)
    {
        using var emulator = new HttpClient { BaseAddress = installation.Emulator.Url };
        foreach (var twice in await emulator.GetFromJsonAsync<JsonArray>("/_emulator/ledger/duplicates") ?? [])
            broken($"Made twice: {twice}");
        foreach (var cluster in await emulator.GetFromJsonAsync<JsonArray>("/_emulator/clusters") ?? [])
            broken($"A cluster is left: {cluster?["name"]}");
        var stacks = await installation.Account.AskAsync("cloudformation", ("Action", "DescribeStacks"));
        foreach (var stack in stacks.Descendants("StackName").Where(name => name.Value.StartsWith("chaos-", StringComparison.Ordinal)))
            broken($"A stack is left: {stack.Parent}");
        foreach (var left in await connection.QueryAsync<string>("select e.name || ': ' || d.step from deployments d join environments e on e.id = d.environment_id"))
            broken($"A deployment is left: {left}");
        foreach (var left in await connection.QueryAsync<string>("select name || ': ' || state from environments where state <> 'Destroyed'"))
            broken($"An environment is left: {left}");
    }

    private async Task StatesAreLegalAsync(NpgsqlConnection connection)
    {
        foreach (var (what, was, became, example) in await connection.QueryAsync<(string What, string Was, string Became, string Example)>(
            "select what, was, became, min(key) from chaos_moves group by 1, 2, 3"))
        {
            var sources = what switch
            {
                "steps" => Transitions.SourcesOf(Enum.Parse<StepState>(became)),
                "operations" => Transitions.SourcesOf(Enum.Parse<OperationState>(became)),
                "requests" => Transitions.SourcesOf(Enum.Parse<RequestState>(became)),
                _ => Transitions.SourcesOf(Enum.Parse<EnvironmentState>(became)),
            };
            if (!sources.Contains(was, StringComparer.Ordinal))
                broken($"No legal transition of {what}: {was} to {became}, for example {example}");
        }
    }

    private async Task EventsAreWholeAsync(NpgsqlConnection connection)
    {
        foreach (var name in await connection.QueryAsync<string>(
            """
            select e.name from environments e left join events v on v.environment_id = e.id
            group by e.id having count(v.number) <> e.last_event or coalesce(max(v.number), 0) <> e.last_event
            """))
            broken($"Numbers of {name}'s events have gaps.");
        foreach (var (key, became, moves, events) in await connection.QueryAsync<(string Key, string Became, long Moves, long Events)>(
            """
            with told as (
              select operation_id || coalesce('/' || step, '') as key, initcap(split_part(kind, '.', 2)) as became, count(*) as events
              from events where kind ~ '^(step|operation)\.(succeeded|failed|skipped|cancelled)$' group by 1, 2),
            moved as (
              select key, became, count(*) as moves from chaos_moves
              where what in ('steps', 'operations') and became in ('Succeeded', 'Failed', 'Skipped', 'Cancelled') group by 1, 2)
            select key, became, coalesce(moves, 0), coalesce(events, 0) from moved full join told using (key, became) where moves is distinct from events
            """))
            broken($"{key} became {became} {moves} times, and events tell of {events}.");
        foreach (var (name, step, message, times) in await connection.QueryAsync<(string Name, string Step, string Message, long Times)>(
            """
            select e.name, v.step, v.message, count(*) from events v join environments e on e.id = v.environment_id join operations o on o.id = v.operation_id
            where o.kind = 'Create' and v.kind = 'resource.changed' and v.message like '% ready' group by 1, 2, 3 having count(*) > 1
            """))
            broken($"{name}: '{message}' of {step} is told {times} times.");
    }
}
