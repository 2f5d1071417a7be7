-- What programs say who they are with. The token itself is shown once; here are its hash and its first letters, to recognize it by.
create table access_tokens (
  id uuid primary key,
  hash bytea not null unique,
  prefix text not null,
  name text not null,
  -- The way people signed in when it was made: a portal takes only tokens of its own method.
  method text not null,
  -- Whom it acts for: a person, or a team.
  owner_id text references people,
  team text,
  scopes text[] not null,
  made_by_id text not null,
  made_by_name text not null,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  -- To the minute.
  used_at timestamptz,
  revoked_at timestamptz,
  revoked_by_name text,
  check ((owner_id is null) <> (team is null)),
  check (expires_at > made_at)
);
create index access_tokens_owner on access_tokens (owner_id, made_at desc) where owner_id is not null;
create index access_tokens_team on access_tokens (team, made_at desc) where team is not null;
