-- What somebody wants to see of what runs, which only a worker can reach: asked by a page, answered once, and forgotten within minutes.
create table inquiries (
  id uuid primary key,
  environment_id uuid not null references environments,
  -- What is asked for: the pod, as namespace/name.
  subject text not null,
  asked_by text not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  answer jsonb
);
-- By who asked, for the limit; by age, for what is forgotten.
create index inquiries_by_age on inquiries (asked_at);
