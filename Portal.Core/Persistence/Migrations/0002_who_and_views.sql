-- Who did it. What is older was written by no version that kept it.
alter table events
  add column actor_id text not null default 'system',
  add column actor_name text not null default 'Portal',
  add column actor_kind text not null default 'System';
alter table events
  alter column actor_id drop default,
  alter column actor_name drop default,
  alter column actor_kind drop default;

drop function append_event(uuid, uuid, text, text, text, text, timestamptz);
-- The environment's row lock is held until commit, so that an environment's events become visible in the order of their numbers:
-- a reader that has seen n will never find a smaller number later.
create function append_event(
  for_environment uuid, for_operation uuid, for_step text, event_kind text, event_severity text, event_message text, event_at timestamptz,
  by_id text, by_name text, by_kind text
) returns bigint language plpgsql as $$
declare
  event_number bigint;
begin
  update environments set last_event = last_event + 1, changed_at = event_at where id = for_environment returning last_event into event_number;
  if event_number is null then
    raise exception 'no environment %', for_environment using errcode = 'foreign_key_violation';
  end if;
  insert into events (environment_id, number, at, operation_id, step, kind, severity, message, actor_id, actor_name, actor_kind)
  values (for_environment, event_number, event_at, for_operation, for_step, event_kind, event_severity, event_message, by_id, by_name, by_kind);
  perform pg_notify('portal_event', for_environment || ':' || event_number);
  return event_number;
end $$;

-- What lists sort by stands in the row: out of documents of a hundred kilobytes it would cost more the more there are.
alter table environments
  add column services integer not null default 0,
  add column monthly_cost numeric not null default 0;
update environments e set
  services = (select jsonb_array_length(document -> 'services') from specifications s where s.environment_id = e.id and s.version = e.specification_version),
  monthly_cost = (select (plan -> 'cost' ->> 'monthly')::numeric from requests r where r.environment_id = e.id order by number desc limit 1);
alter table environments
  alter column services drop default,
  alter column monthly_cost drop default;
alter table requests add column monthly_cost numeric not null generated always as ((plan -> 'cost' ->> 'monthly')::numeric) stored;

-- A list as somebody wants to see it again: the part of its address behind the question mark.
create table saved_views (
  id uuid primary key,
  owner_id text not null,
  page text not null,
  name text not null,
  query text not null,
  is_default boolean not null default false,
  created_at timestamptz not null
);
create unique index saved_views_name on saved_views (owner_id, page, lower(name));
create unique index saved_views_default on saved_views (owner_id, page) where is_default;
