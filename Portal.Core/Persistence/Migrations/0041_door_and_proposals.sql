-- A request that somebody sends through an environment's front door is an inquiry as well: a worker sends it, and its answer is forgotten as soon.
alter table inquiries
  add column kind text not null default 'PodLog' check (kind in ('PodLog', 'DoorRequest')),
  -- Who asked, for the event that says so.
  add column asked_by_name text,
  add column asked_from text,
  -- What is to be sent. It is gone once a worker has taken it, which is before it is sent: nothing is sent twice, and no body stays.
  add column ask jsonb,
  add column taken_at timestamptz;

-- Whoever made a proposal may take it back while nobody has answered it; then ended_by says who did.
alter table proposals drop constraint proposals_outcome_check;
alter table proposals add constraint proposals_outcome_check check (outcome in ('Accepted', 'Declined', 'Lapsed', 'TakenBack'));
