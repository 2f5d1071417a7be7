-- What a target's account allows, offers and has in use, as a worker last read it: who asks for an environment is told by it, while it is fresh.
create table account_figures (
  target text not null references targets,
  part text not null check (part in ('Quotas', 'Use', 'Zones', 'Versions')),
  -- Whose they are: a target may be led to another account.
  account_id text not null,
  region text not null,
  -- When the last try began, and the last that brought figures.
  tried_at timestamptz not null,
  read_at timestamptz,
  figures jsonb,
  -- Why the last try brought nothing, or not all of it; null where it did.
  trouble text,
  primary key (target, part)
);
