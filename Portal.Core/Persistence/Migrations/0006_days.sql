-- Which version of the specification an operation brings about, or leaves as it is.
alter table operations add column specification_version int;
update operations o set specification_version = coalesce(
  (select specification_version from requests r where r.id = o.request_id),
  (select specification_version from environments e where e.id = o.environment_id));
create index operations_specification on operations (environment_id, created_at) where state = 'Succeeded';

-- Whether what a step made is asleep: nothing of it runs, and nothing of it is lost. Set before the first side effect, cleared when it is awake.
alter table deployments add column asleep boolean not null default false;

alter table environments
  -- When it is to go; null for never.
  add column expires_at timestamptz,
  -- When somebody was last told that it will: the number of days that were left.
  add column reminded_days int,
  -- It has expired, and is destroyed at this time unless somebody keeps it.
  add column destroyed_after timestamptz,
  -- Only those who operate the portal lift it.
  add column protected boolean not null default false,
  -- When it sleeps: {"timeZone", "days", "from", "to"} of when it is awake; null for always awake.
  add column timetable jsonb,
  -- Up to when the timetable has been followed; what somebody does by hand in between stands until its next change.
  add column timetable_at timestamptz;
create index environments_expiring on environments (expires_at) where expires_at is not null and state not in ('Destroyed', 'Rejected');
create index environments_timetable on environments (id) where timetable is not null and state not in ('Destroyed', 'Rejected');
