-- Which team an environment belongs to, as the sign-in maps teams; empty for nobody's in particular.
alter table environments add column team text not null default '';
create index environments_team on environments (team) where state not in ('Destroyed', 'Rejected');

-- More than teams.yaml says, until a day. A row stays: it says who allowed what.
create table limit_raises (
  id uuid primary key,
  -- Of teams.yaml.
  limit_id text not null,
  team text not null,
  -- Null for what the limit says.
  environments int check (environments > 0),
  monthly numeric(14, 2) check (monthly > 0),
  until timestamptz not null,
  reason text not null,
  by_id text not null,
  by_name text not null,
  made_at timestamptz not null,
  -- When it was taken back, before its end.
  ended_at timestamptz,
  check (environments is not null or monthly is not null)
);
create index limit_raises_team on limit_raises (team, limit_id, until) where ended_at is null;
