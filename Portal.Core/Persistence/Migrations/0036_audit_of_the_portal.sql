-- From where somebody acted, as the trusted proxies tell it: hashed where it is known, so that the hashes of before stay what they are.
alter table events add column actor_address text;

create or replace function event_hash(before bytea, one events) returns bytea language sql stable as $$
  -- As JSON, where no two different rows make the same text; the time as a number, which is the same in every time zone.
  select sha256(coalesce(before, ''::bytea) || convert_to((jsonb_build_array(
    one.environment_id, one.number, extract(epoch from one.at), one.operation_id, one.step, one.kind, one.severity, one.message,
    one.actor_id, one.actor_name, one.actor_kind, one.body)
    || case when one.actor_address is null then '[]'::jsonb else jsonb_build_array(one.actor_address) end)::text, 'UTF8'))
$$;

drop function append_event(uuid, uuid, text, text, text, text, timestamptz, text, text, text, jsonb);
-- Returns the environment's revision.
create function append_event(
  for_environment uuid, for_operation uuid, for_step text, event_kind text, event_severity text, event_message text, event_at timestamptz,
  by_id text, by_name text, by_kind text, event_body jsonb, by_address text default null
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
  one.actor_address := by_address;
  one.hash := event_hash((select hash from events where environment_id = for_environment and number = one.number - 1), one);
  insert into events select one.*;
  return new_revision;
end $$;

-- What happens to no environment: tokens, limits, who decides for whom. A chain of its own, as each environment has one.
create table portal_events (
  number bigint primary key,
  at timestamptz not null,
  kind text not null,
  severity text not null,
  message text not null,
  actor_id text not null,
  actor_name text not null,
  actor_kind text not null,
  actor_address text,
  body jsonb not null,
  hash bytea not null
);
create index portal_events_at on portal_events (at desc, number desc);
create trigger portal_events_immutable before update or delete on portal_events for each row execute function refuse_change();
create trigger portal_events_kept before truncate on portal_events for each statement execute function refuse_change();

-- One row: whoever appends holds it until commit, and an end that was cut off is found by it.
create table portal_chain (last_event bigint not null);
insert into portal_chain values (0);

create function portal_event_hash(before bytea, one portal_events) returns bytea language sql stable as $$
  select sha256(coalesce(before, ''::bytea) || convert_to(jsonb_build_array(
    one.number, extract(epoch from one.at), one.kind, one.severity, one.message, one.actor_id, one.actor_name, one.actor_kind, one.actor_address, one.body)::text, 'UTF8'))
$$;

create function append_portal_event(
  event_kind text, event_severity text, event_message text, event_at timestamptz, by_id text, by_name text, by_kind text, event_body jsonb, by_address text
) returns void language plpgsql as $$
declare
  one portal_events;
begin
  update portal_chain set last_event = last_event + 1 returning last_event into one.number;
  one.at := event_at;
  one.kind := event_kind;
  one.severity := event_severity;
  one.message := event_message;
  one.actor_id := by_id;
  one.actor_name := by_name;
  one.actor_kind := by_kind;
  one.actor_address := by_address;
  one.body := event_body;
  one.hash := portal_event_hash((select hash from portal_events where number = one.number - 1), one);
  insert into portal_events select one.*;
end $$;
