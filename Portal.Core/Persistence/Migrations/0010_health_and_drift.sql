-- Since when an environment is not seen, and why; no row for what is. A worker that is alive renews its row every second; ten
-- seconds are more than it takes another one to take over. Three minutes are more than the longest pause between two looks.
create or replace view unseen as
select e.id as environment_id,
  case when t.reason is not null then o.seen_at else c.seen_at end as since,
  coalesce(t.reason, c.trouble) as reason,
  -- Or only what is in its cluster.
  t.reason is not null as whole
from environments e
join observers o on o.target = e.target
left join cluster_sights c on c.environment_id = e.id and not c.gone
cross join lateral (select case
  when not exists (select from workers w where w.id = o.owner and w.seen_at > clock_timestamp() - interval '10 seconds') then 'No worker is running that could look.'
  when o.trouble is not null then o.trouble
  when o.seen_at < clock_timestamp() - interval '3 minutes' then 'AWS asks for patience.' end as reason) t
where e.state not in ('Requested', 'Rejected', 'Destroyed') and (t.reason is not null or c.trouble is not null);

-- Where what exists is not what was planned: a row a property, replaced by each check.
create table drifts (
  environment_id uuid not null references environments,
  step text not null,
  -- Logical id in a stack, kind/name in a release.
  resource text not null,
  type text not null,
  -- Path of the property; empty where the whole resource is gone.
  property text not null,
  expected text,
  found text,
  found_at timestamptz not null,
  primary key (environment_id, step, resource, property)
);

-- The newest check of each environment.
create table drift_checks (
  environment_id uuid primary key references environments,
  asked_at timestamptz not null,
  asked_by text not null,
  started_at timestamptz,
  finished_at timestamptz,
  -- What could not be checked, and why.
  trouble text
);

-- What somebody has looked at and left as it is for a while.
create table drift_ignores (
  environment_id uuid not null references environments,
  step text not null,
  resource text not null,
  until timestamptz not null,
  by_name text not null,
  primary key (environment_id, step, resource)
);
