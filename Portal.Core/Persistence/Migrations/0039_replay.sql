-- What a replay needs beside the events: every state that a resource was seen in, and every one that a step's result was in. Written by the
-- database with the row itself, so that there is no moment that one of them lacks. Forgotten after 90 days, as CloudFormation forgets events.
create table resource_history (
  id bigint generated always as identity primary key,
  environment_id uuid not null,
  at timestamptz not null,
  step text not null,
  type text not null,
  name text not null,
  physical_id text,
  -- Null where it is gone.
  state text,
  ready boolean not null,
  reason text
);
create index resource_history_environment on resource_history (environment_id, at, id);
create index resource_history_at on resource_history (at);

create table deployment_history (
  id bigint generated always as identity primary key,
  environment_id uuid not null,
  at timestamptz not null,
  step text not null,
  title text not null,
  complete boolean not null,
  asleep boolean not null,
  gone boolean not null
);
create index deployment_history_environment on deployment_history (environment_id, at, id);
create index deployment_history_at on deployment_history (at);

create function remember_resource() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    -- Who takes rows away says no time; no earlier than what was seen before.
    insert into resource_history (environment_id, at, step, type, name, ready) values (old.environment_id, greatest(old.changed_at, clock_timestamp()), old.step, old.type, old.name, false);
  else
    insert into resource_history (environment_id, at, step, type, name, physical_id, state, ready, reason)
      values (new.environment_id, new.changed_at, new.step, new.type, new.name, new.physical_id, new.state, new.ready, new.reason);
  end if;
  return null;
end $$;
create trigger resources_remembered after insert or update or delete on resources for each row execute function remember_resource();

create function remember_deployment() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into deployment_history (environment_id, at, step, title, complete, asleep, gone)
      values (old.environment_id, greatest(old.changed_at, clock_timestamp()), old.step, coalesce(old.plan ->> 'title', old.step), false, false, true);
  elsif tg_op = 'INSERT' or (new.complete, new.asleep) is distinct from (old.complete, old.asleep) then
    insert into deployment_history (environment_id, at, step, title, complete, asleep, gone)
      values (new.environment_id, new.changed_at, new.step, coalesce(new.plan ->> 'title', new.step), new.complete, new.asleep, false);
  end if;
  return null;
end $$;
create trigger deployments_remembered after insert or update or delete on deployments for each row execute function remember_deployment();

insert into resource_history (environment_id, at, step, type, name, physical_id, state, ready, reason)
  select environment_id, changed_at, step, type, name, physical_id, state, ready, reason from resources;
insert into deployment_history (environment_id, at, step, title, complete, asleep, gone)
  select environment_id, changed_at, step, coalesce(plan ->> 'title', step), complete, asleep, false from deployments;
