-- A request's plan, carried out where it costs nothing and hurts nobody, for those who decide on it: asked for by a person, played by a worker.
create table rehearsals (
  id uuid primary key,
  number bigint generated always as identity,
  request_id uuid not null references requests,
  state text not null check (state in ('Queued', 'Running', 'Succeeded', 'Failed', 'Cancelled')),
  -- Of the plan that is rehearsed: the request's as it was asked for, and then as it is when it begins.
  plan_hash text not null,
  by_id text not null,
  by_name text not null,
  by_kind text not null,
  asked_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  -- The worker that plays it, and when that last said so; a number for each time that one took it up.
  owner text,
  beat_at timestamptz,
  attempt int not null default 0,
  -- Who does not want it any more.
  cancelled_by text,
  progress jsonb,
  report jsonb,
  -- Why there is no report, in a sentence.
  trouble text,
  check ((finished_at is null) = (state in ('Queued', 'Running')))
);
create index rehearsals_request on rehearsals (request_id, number desc);
create unique index rehearsals_open on rehearsals (request_id) where finished_at is null;
create index rehearsals_waiting on rehearsals (number) where finished_at is null;

-- Names what an installation makes where others may make theirs, too: the databases of rehearsals.
create table installation (id uuid primary key default gen_random_uuid());
insert into installation default values;
