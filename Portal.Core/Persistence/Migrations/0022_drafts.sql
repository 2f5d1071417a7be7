-- What somebody has typed of a request for a new environment and not yet submitted.
create table drafts (
  -- Of the person and of the request it becomes. The id is the browser's own: what one person says is nobody else's.
  owner_id text not null,
  id uuid not null,
  -- What the environment is to be called, for lists.
  name text not null,
  -- As the form writes it, which alone can read it. No jsonb: that refuses letters that a form may hold.
  document text not null check (octet_length(document) <= 524288),
  -- Counts what is kept, so that two who type upon the same know of each other.
  version integer not null,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (owner_id, id)
);
create index drafts_of_a_person on drafts (owner_id, changed_at desc, id);
create index drafts_changed_at on drafts (changed_at);
