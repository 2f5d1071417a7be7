-- Every change of what pages show of an environment counts its revision up, in the transaction of the change. So whoever has seen one
-- revision can ask whether there is a newer one, also when nobody told.
alter table environments add column revision bigint not null default 0;
-- Not smaller than the numbers that portals of the version before have seen.
update environments set revision = last_event;

-- Notifies no more: from a NOTIFY to the end of its commit a transaction holds a lock that the database has once, so that all who write
-- events would wait for each other. Whoever commits tells of it afterwards.
-- Returns the environment's revision.
create or replace function append_event(
  for_environment uuid, for_operation uuid, for_step text, event_kind text, event_severity text, event_message text, event_at timestamptz,
  by_id text, by_name text, by_kind text, event_body jsonb
) returns bigint language plpgsql as $$
declare
  event_number bigint;
  new_revision bigint;
begin
  -- The environment's row lock is held until commit, so that an environment's events become visible in the order of their numbers:
  -- a reader that has seen n will never find a smaller number later.
  update environments set last_event = last_event + 1, revision = revision + 1, changed_at = event_at where id = for_environment
    returning last_event, revision into event_number, new_revision;
  if event_number is null then
    raise exception 'no environment %', for_environment using errcode = 'foreign_key_violation';
  end if;
  insert into events (environment_id, number, at, operation_id, step, kind, severity, message, actor_id, actor_name, actor_kind, body)
  values (for_environment, event_number, event_at, for_operation, for_step, event_kind, event_severity, event_message, by_id, by_name, by_kind, event_body);
  return new_revision;
end $$;
