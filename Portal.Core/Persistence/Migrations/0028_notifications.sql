-- Which events people may have to be told of: written with the event, by the database, so that none is told that did not happen and none
-- that happened is forgotten. What is told of them, and to whom, is decided when somebody takes them out.
create table outbox (
  id bigint generated always as identity primary key,
  environment_id uuid not null,
  number bigint not null
);
create function keep_for_telling() returns trigger language plpgsql as $$
begin
  insert into outbox (environment_id, number) values (new.environment_id, new.number);
  return null;
end $$;
create trigger events_told after insert on events for each row
  when (new.kind like 'request.%' or new.kind like 'operation.%' or new.kind like 'expiry.%' or new.kind like 'health.%')
  execute function keep_for_telling();

-- What somebody is told in the portal.
create table notices (
  id uuid primary key,
  number bigint generated always as identity,
  subject text not null,
  environment_id uuid not null references environments,
  event_number bigint not null,
  kind text not null,
  severity text not null,
  title text not null,
  body text not null,
  path text not null,
  at timestamptz not null,
  read_at timestamptz,
  unique (subject, environment_id, event_number)
);
create index notices_of_a_person on notices (subject, number desc);
create index notices_unread on notices (subject) where read_at is null;
create index notices_at on notices (at);

-- What is told outside of the portal, each to one address: waiting until it is sent or given up.
create table deliveries (
  -- Said with each try, so that whoever gets it twice knows.
  id uuid primary key,
  number bigint generated always as identity,
  channel text not null check (channel in ('Mail', 'Webhook')),
  -- A mail address, or the name that the configuration gives a webhook; never its address, which may be a secret.
  recipient text not null,
  environment_id uuid not null references environments,
  event_number bigint not null,
  kind text not null,
  severity text not null,
  title text not null,
  body text not null,
  path text not null,
  at timestamptz not null,
  attempts integer not null default 0,
  -- When it is to be tried; whoever takes it moves it on, so that another takes it only where he has died.
  due_at timestamptz not null,
  trouble text,
  sent_at timestamptz,
  given_up_at timestamptz,
  unique (channel, recipient, environment_id, event_number)
);
create index deliveries_due on deliveries (due_at) where sent_at is null and given_up_at is null;
create index deliveries_given_up on deliveries (given_up_at desc) where given_up_at is not null;
create index deliveries_sent on deliveries (sent_at) where sent_at is not null;

-- What people want otherwise than is usual.
create table notice_choices (
  subject text not null,
  kind text not null,
  channel text not null check (channel in ('Portal', 'Mail')),
  wanted boolean not null,
  primary key (subject, kind, channel)
);

-- The ways out that the workers are configured with, for pages to say: no addresses and no secrets.
create table outlets (
  channel text not null,
  name text not null,
  kinds text[] not null,
  primary key (channel, name)
);

alter table sessions add column mail text;
alter table people add column mail text;
create or replace function remember_person() returns trigger language plpgsql as $$
begin
  insert into people (subject, name, roles, teams, mail, told_at) values (new.subject, new.name, new.roles, new.teams, new.mail, greatest(new.created_at, new.checked_at))
  on conflict (subject) do update set name = excluded.name, roles = excluded.roles, teams = excluded.teams, mail = excluded.mail, told_at = excluded.told_at
    where people.told_at <= excluded.told_at;
  return null;
end $$;
drop trigger sessions_people on sessions;
create trigger sessions_people after insert or update of name, roles, teams, mail on sessions for each row execute function remember_person();

-- Of a request that waits: when who has to decide was last told so again, the stage's turn that has been handed further up, and whether its
-- end was told of.
alter table requests
  add column reminded_at timestamptz,
  add column escalated_at timestamptz,
  add column end_told_at timestamptz;
