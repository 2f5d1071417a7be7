-- What an approver would have asked for in place of a request, for whoever asked to take or not.
create table proposals (
  -- Of whoever sends it: sent again, it is there once.
  id uuid primary key,
  -- The order they were made in: whoever proposes holds the request's row.
  number bigint generated always as identity,
  request_id uuid not null references requests,
  by_id text not null,
  by_name text not null,
  by_kind text not null,
  -- In whose place; null for one's own.
  for_id text,
  for_name text,
  reason text not null,
  -- The specification, its plan and what the rules look at, as they were when it was made; all are made anew when it is accepted.
  document jsonb not null,
  plan jsonb not null,
  plan_hash text not null,
  facts jsonb not null,
  proposed_at timestamptz not null,
  -- Null while it is open.
  outcome text check (outcome in ('Accepted', 'Declined', 'Lapsed')),
  ended_at timestamptz,
  -- Who accepted or declined it; null for one that lapsed.
  ended_by_id text,
  ended_by_name text,
  comment text,
  check ((outcome is null) = (ended_at is null))
);
create index proposals_request on proposals (request_id, number);
create unique index proposals_open on proposals (request_id) where outcome is null;

-- When what is asked for became what it is now, by a proposal that was accepted: from then on it waits. Null for since it was asked.
alter table requests add column revised_at timestamptz;
