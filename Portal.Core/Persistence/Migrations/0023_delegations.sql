-- Who has signed in, whether or not a session of theirs is left, and what the provider said of them last.
create table people (
  subject text primary key,
  name text not null,
  roles text[] not null,
  teams text[] not null,
  told_at timestamptz not null
);
create index people_name on people (lower(name), subject);
create function remember_person() returns trigger language plpgsql as $$
begin
  insert into people (subject, name, roles, teams, told_at) values (new.subject, new.name, new.roles, new.teams, greatest(new.created_at, new.checked_at))
  on conflict (subject) do update set name = excluded.name, roles = excluded.roles, teams = excluded.teams, told_at = excluded.told_at
    where people.told_at <= excluded.told_at;
  return null;
end $$;
insert into people (subject, name, roles, teams, told_at)
  select distinct on (subject) subject, name, roles, teams, greatest(created_at, checked_at) as told_at from sessions order by subject, told_at desc;
create trigger sessions_people after insert or update of name, roles, teams on sessions for each row execute function remember_person();

-- Who decides for whom while they are away. A row stays: it is what a verdict for somebody was given by.
create table delegations (
  id uuid primary key,
  from_id text not null references people,
  to_id text not null references people,
  -- Ids of approvals.yaml: those that the first was a member of then.
  groups text[] not null check (cardinality(groups) > 0),
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  made_at timestamptz not null,
  -- When it was taken back, before its end.
  ended_at timestamptz,
  check (from_id <> to_id),
  check (ends_at > starts_at)
);
create index delegations_from on delegations (from_id, ends_at) where ended_at is null;
create index delegations_to on delegations (to_id, ends_at) where ended_at is null;

-- In whose place the verdict was given; null for one's own.
alter table approvals
  add column for_id text,
  add column for_name text,
  add check ((for_id is null) = (for_name is null));
