-- One verdict a row; a request's own columns knew a single one.
create table approvals (
  id uuid primary key,
  -- The order they were given in: whoever decides holds the request's row.
  number bigint generated always as identity,
  request_id uuid not null references requests,
  -- Of approvals.yaml, for whom they spoke; null for a rule that asks for nobody, and for what was decided before there were rules.
  group_id text,
  verdict text not null check (verdict in ('Approve', 'Reject')),
  by_id text not null,
  by_name text not null,
  by_kind text not null,
  comment text,
  -- Of the plan that was read.
  plan_hash text not null,
  -- Digest of the rules that it was decided by.
  policy text not null,
  decided_at timestamptz not null
);
create index approvals_request on approvals (request_id, number);
insert into approvals (id, request_id, verdict, by_id, by_name, by_kind, comment, plan_hash, policy, decided_at)
  select gen_random_uuid(), id, case state when 'Approved' then 'Approve' else 'Reject' end, decided_by_id, decided_by_name, 'Person', comment, plan_hash, '', decided_at
  from requests where decided_at is not null;
create trigger approvals_immutable before update or delete on approvals for each row execute function refuse_change();

alter table requests
  drop column decided_by_id,
  drop column decided_by_name,
  drop column comment,
  -- What the rules look at; null for what was asked for before there were any.
  add column facts jsonb;
