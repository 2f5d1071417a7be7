-- Each event bears a hash over itself and the hash of the one before it, so that none can be changed, taken out or put in without every later one
-- telling. A chain an environment: its events come one after the other anyway, and environments do not wait for each other.
create function event_hash(before bytea, one events) returns bytea language sql stable as $$
  -- As JSON, where no two different rows make the same text; the time as a number, which is the same in every time zone.
  select sha256(coalesce(before, ''::bytea) || convert_to(jsonb_build_array(
    one.environment_id, one.number, extract(epoch from one.at), one.operation_id, one.step, one.kind, one.severity, one.message,
    one.actor_id, one.actor_name, one.actor_kind, one.body)::text, 'UTF8'))
$$;

alter table events add column hash bytea;
alter table events disable trigger events_immutable;
do $$
declare
  one events;
  of_environment uuid;
  before bytea;
begin
  for one in select * from events order by environment_id, number loop
    if of_environment is distinct from one.environment_id then
      of_environment := one.environment_id;
      before := null;
    end if;
    before := event_hash(before, one);
    update events set hash = before where environment_id = one.environment_id and number = one.number;
  end loop;
end $$;
alter table events enable trigger events_immutable;
alter table events alter column hash set not null;
create index events_at on events (at desc, environment_id, number desc);
-- Few among the many that processes write, and what is looked at first.
create index events_by_people on events (at desc, environment_id, number desc) where actor_kind <> 'System';

create trigger events_kept before truncate on events for each statement execute function refuse_change();

-- Returns the environment's revision.
create or replace function append_event(
  for_environment uuid, for_operation uuid, for_step text, event_kind text, event_severity text, event_message text, event_at timestamptz,
  by_id text, by_name text, by_kind text, event_body jsonb
) returns bigint language plpgsql as $$
declare
  one events;
  new_revision bigint;
begin
  -- The environment's row lock is held until commit, so that an environment's events become visible in the order of their numbers:
  -- a reader that has seen n will never find a smaller number later.
  update environments set last_event = last_event + 1, revision = revision + 1, changed_at = event_at where id = for_environment
    returning last_event, revision into one.number, new_revision;
  if one.number is null then
    raise exception 'no environment %', for_environment using errcode = 'foreign_key_violation';
  end if;
  one.environment_id := for_environment;
  one.at := event_at;
  one.operation_id := for_operation;
  one.step := for_step;
  one.kind := event_kind;
  one.severity := event_severity;
  one.message := event_message;
  one.actor_id := by_id;
  one.actor_name := by_name;
  one.actor_kind := by_kind;
  one.body := event_body;
  one.hash := event_hash((select hash from events where environment_id = for_environment and number = one.number - 1), one);
  insert into events select one.*;
  return new_revision;
end $$;
