-- What was asked for while another operation of the environment was under way; done in this order when that has succeeded.
create table waiting_operations (
  id uuid primary key,
  -- The order of turns: two may be asked for in one moment.
  number bigint generated always as identity,
  environment_id uuid not null references environments on delete cascade,
  kind text not null,
  -- The step it is about; null for all of the environment.
  step text,
  -- Null for what is planned from what exists when its turn comes.
  plan jsonb,
  plan_hash text,
  -- The version of the specification that it brings about; null where it brings about none.
  specification_version int,
  sentence text not null,
  asked_at timestamptz not null,
  by_id text not null,
  by_name text not null,
  by_kind text not null,
  check ((plan is null) = (plan_hash is null))
);
create index waiting_operations_line on waiting_operations (environment_id, number);
