create table targets (
  name text primary key,
  account_id text not null,
  region text not null,
  role_arn text,
  endpoint_url text,
  api_access_cidrs text not null,
  pace double precision not null default 1 check (pace > 0)
);

create table environments (
  id uuid primary key,
  name text not null,
  target text not null references targets,
  state text not null,
  owner_id text not null,
  owner_name text not null,
  cidr text not null,
  specification_version integer not null,
  last_event bigint not null default 0,
  created_at timestamptz not null,
  changed_at timestamptz not null
);
create unique index environments_name on environments (name) where state not in ('Rejected', 'Destroyed');
create index environments_changed on environments (changed_at desc, id);

create table specifications (
  environment_id uuid not null references environments,
  version integer not null,
  document jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (environment_id, version)
);

create table requests (
  id uuid primary key,
  number bigint generated always as identity unique,
  kind text not null,
  environment_id uuid not null,
  specification_version integer not null,
  state text not null,
  requested_by_id text not null,
  requested_by_name text not null,
  submitted_at timestamptz not null,
  plan jsonb not null,
  plan_hash text not null,
  decided_by_id text,
  decided_by_name text,
  decided_at timestamptz,
  comment text,
  foreign key (environment_id, specification_version) references specifications,
  check ((state = 'Submitted') = (decided_at is null))
);
create index requests_waiting on requests (submitted_at) where state = 'Submitted';
create index requests_environment on requests (environment_id);

create table operations (
  id uuid primary key,
  environment_id uuid not null references environments,
  request_id uuid not null unique references requests,
  kind text not null,
  state text not null,
  epoch bigint not null default 0,
  plan jsonb not null,
  plan_hash text not null,
  created_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  failure jsonb
);
-- One at a time an environment.
create unique index operations_open on operations (environment_id) where state in ('Queued', 'Running', 'Cancelling');
create index operations_environment on operations (environment_id, created_at desc);

create table steps (
  operation_id uuid not null references operations,
  name text not null,
  ordinal integer not null,
  kind text not null,
  title text not null,
  service text,
  state text not null,
  attempt integer not null default 0,
  expected_seconds double precision not null,
  started_at timestamptz,
  finished_at timestamptz,
  outputs jsonb,
  failure jsonb,
  primary key (operation_id, name)
);

create table resources (
  environment_id uuid not null references environments,
  step text not null,
  type text not null,
  name text not null,
  physical_id text,
  state text not null,
  ready boolean not null,
  reason text,
  changed_at timestamptz not null,
  primary key (environment_id, step, type, name)
);

create table events (
  environment_id uuid not null references environments,
  number bigint not null,
  at timestamptz not null,
  operation_id uuid,
  step text,
  kind text not null,
  severity text not null,
  message text not null,
  primary key (environment_id, number)
);

create table observations (
  target text not null references targets,
  kind text not null,
  name text not null,
  external_id text not null,
  state text not null,
  reason text,
  data jsonb not null,
  changed_at timestamptz not null,
  primary key (target, kind, name)
);

create table artifacts (
  digest text primary key,
  name text not null,
  body bytea not null
);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger specifications_immutable before update or delete on specifications for each row execute function refuse_change();
create trigger events_immutable before update or delete on events for each row execute function refuse_change();
create trigger artifacts_immutable before update or delete on artifacts for each row execute function refuse_change();

-- The environment's row lock is held until commit, so that an environment's events become visible in the order of their numbers:
-- a reader that has seen n will never find a smaller number later.
create function append_event(
  for_environment uuid, for_operation uuid, for_step text, event_kind text, event_severity text, event_message text, event_at timestamptz
) returns bigint language plpgsql as $$
declare
  event_number bigint;
begin
  update environments set last_event = last_event + 1, changed_at = event_at where id = for_environment returning last_event into event_number;
  if event_number is null then
    raise exception 'no environment %', for_environment using errcode = 'foreign_key_violation';
  end if;
  insert into events (environment_id, number, at, operation_id, step, kind, severity, message)
  values (for_environment, event_number, event_at, for_operation, for_step, event_kind, event_severity, event_message);
  perform pg_notify('portal_event', for_environment || ':' || event_number);
  return event_number;
end $$;
