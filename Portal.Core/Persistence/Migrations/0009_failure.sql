-- Whom a running step waits for that does not answer, since when, and what was last heard.
alter table steps add column waiting jsonb;

-- What is left of a destroyed environment: kept on purpose, or not gone.
create table residues (
  environment_id uuid not null references environments,
  kind text not null,
  -- The provider's own name of it.
  id text not null,
  title text not null,
  kept boolean not null,
  -- Why it is there, and what to do about it.
  reason text not null,
  advice text not null,
  -- US dollars; null where nobody knows.
  monthly numeric,
  -- The operation whose sweep saw it last.
  operation_id uuid not null references operations,
  seen_at timestamptz not null,
  primary key (environment_id, kind, id)
);
