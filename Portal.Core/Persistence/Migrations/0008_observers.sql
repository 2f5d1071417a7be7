-- Who observes a target: the worker that owns the row, for as long as it lives (workers).
create table observers (
  target text primary key references targets,
  owner text,
  -- Raised by whoever takes over: what the one before still writes is refused.
  epoch bigint not null default 0,
  taken_at timestamptz,
  -- When all of the target was last read.
  seen_at timestamptz,
  -- Why it cannot be read; null while it can.
  trouble text
);

-- How far each stack's events have been read. Moves in one transaction with what was read.
create table stack_cursors (
  target text not null references targets,
  stack_id text not null,
  -- The newest event whose resource is written, and its time: AWS forgets events after 90 days.
  event_id text,
  event_at timestamptz,
  -- Of the stack when its events were last read: while it is settled and has the same, there is nothing new.
  status text not null,
  primary key (target, stack_id)
);

-- What is known of each environment's cluster beside its objects.
create table cluster_sights (
  environment_id uuid primary key references environments,
  -- When its API last answered with all its watches open.
  seen_at timestamptz,
  -- Why it cannot be seen; null while it can.
  trouble text,
  -- Whether EKS says that there is no such cluster any more.
  gone boolean not null default false
);

-- Since when an environment is not seen, and why; no row for what is. A worker that is alive renews its row every second; ten
-- seconds are more than it takes another one to take over. Three minutes are more than the longest pause between two looks.
create view unseen as
select e.id as environment_id,
  case when t.reason is not null then o.seen_at else c.seen_at end as since,
  coalesce(t.reason, c.trouble) as reason
from environments e
join observers o on o.target = e.target
left join cluster_sights c on c.environment_id = e.id and not c.gone
cross join lateral (select case
  when not exists (select from workers w where w.id = o.owner and w.seen_at > clock_timestamp() - interval '10 seconds') then 'No worker is running that could look.'
  when o.trouble is not null then o.trouble
  when o.seen_at < clock_timestamp() - interval '3 minutes' then 'AWS asks for patience.' end as reason) t
where t.reason is not null or c.trouble is not null;

-- Whether what exists of an environment is observed to work; beside its state, which says what was last done to it.
alter table environments
  add column health text not null default 'Unknown',
  add column health_since timestamptz,
  add column health_reasons jsonb not null default '[]';
