-- Worker processes. One that has not been seen for three seconds is taken for dead, and what it owned is taken up by another.
create table workers (
  id text primary key,
  started_at timestamptz not null,
  seen_at timestamptz not null
);

alter table operations
  -- The worker that runs it; null while it waits for one.
  add column owner text,
  -- When a job was last enqueued for it.
  add column enqueued_at timestamptz;
create index operations_unsettled on operations (id) where state in ('Queued', 'Running', 'Cancelling');

-- Quartz's tables, where an earlier version made them.
drop table if exists qrtz_fired_triggers, qrtz_paused_trigger_grps, qrtz_scheduler_state, qrtz_locks, qrtz_simprop_triggers,
  qrtz_cron_triggers, qrtz_blob_triggers, qrtz_simple_triggers, qrtz_triggers, qrtz_job_details, qrtz_calendars cascade;

-- Operations that need no approval have no request. Who began one is kept with it.
alter table operations alter column request_id drop not null;
alter table operations
  add column by_id text not null default 'system',
  add column by_name text not null default 'Portal',
  add column by_kind text not null default 'System';

-- What a step is to do: bring about, take away, or ask whether it works.
alter table steps add column action text not null default 'Ensure';
alter table steps alter column action drop default;

-- What exists of an environment, or may exist because it was begun: a row a step. Written before a step's first side effect, completed
-- when it succeeds, removed when what it made is gone. An operation is only the way from one state of this table to the next.
create table deployments (
  environment_id uuid not null references environments,
  step text not null,
  -- The step as it was planned when it was carried out.
  plan jsonb not null,
  outputs jsonb not null default '{}',
  -- Whether the step succeeded as planned; else it is half made, or half changed.
  complete boolean not null,
  -- The operation that made it what it is.
  operation_id uuid not null references operations,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (environment_id, step)
);

-- Of environments that were made before there was such a table.
insert into deployments (environment_id, step, plan, outputs, complete, operation_id, created_at, changed_at)
select o.environment_id, s.name, planned.step, coalesce(s.outputs, '{}'), s.state = 'Succeeded', o.id, coalesce(s.started_at, o.created_at), coalesce(s.finished_at, s.started_at, o.created_at)
from (select distinct on (environment_id) * from operations order by environment_id, created_at desc) o
join steps s on s.operation_id = o.id and s.attempt > 0
cross join lateral (select step from jsonb_array_elements(o.plan -> 'steps') as step where step ->> 'name' = s.name) planned;

-- What happened, for programs: replay, audit, notifications and metrics read the body, never the sentence. Its version stands in it.
alter table events add column body jsonb not null default '{"v": 0}';
alter table events alter column body drop default;

drop function append_event(uuid, uuid, text, text, text, text, timestamptz, text, text, text);
-- The environment's row lock is held until commit, so that an environment's events become visible in the order of their numbers:
-- a reader that has seen n will never find a smaller number later.
create function append_event(
  for_environment uuid, for_operation uuid, for_step text, event_kind text, event_severity text, event_message text, event_at timestamptz,
  by_id text, by_name text, by_kind text, event_body jsonb
) returns bigint language plpgsql as $$
declare
  event_number bigint;
begin
  update environments set last_event = last_event + 1, changed_at = event_at where id = for_environment returning last_event into event_number;
  if event_number is null then
    raise exception 'no environment %', for_environment using errcode = 'foreign_key_violation';
  end if;
  insert into events (environment_id, number, at, operation_id, step, kind, severity, message, actor_id, actor_name, actor_kind, body)
  values (for_environment, event_number, event_at, for_operation, for_step, event_kind, event_severity, event_message, by_id, by_name, by_kind, event_body);
  perform pg_notify('portal_event', for_environment || ':' || event_number);
  return event_number;
end $$;
