-- Who is signed in. The browser holds a random key, this table its hash; the provider's tokens are protected with the key ring.
create table sessions (
  id uuid primary key,
  key_hash bytea not null unique,
  -- The way somebody signed in: a portal takes only sessions of its own method.
  method text not null,
  subject text not null,
  name text not null,
  roles text[] not null,
  teams text[] not null,
  -- What the provider calls them: it ends sessions by these (back-channel logout).
  issuer text,
  provider_subject text,
  provider_session text,
  tokens text,
  -- The provider gave a refresh token, so that it can be asked whether somebody is still there.
  can_be_checked boolean not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  checked_at timestamptz not null,
  -- The lease of the one portal that asks the provider.
  checking_until timestamptz,
  -- Raised when name, roles or teams change.
  version int not null default 1
);
create index sessions_seen_at on sessions (seen_at);
create index sessions_expires_at on sessions (expires_at);
create index sessions_checked_at on sessions (checked_at) where can_be_checked;
create index sessions_provider on sessions (issuer, provider_subject) where issuer is not null;

-- Logout tokens that were heard, so that each works once.
create table logout_tokens (
  id bytea primary key,
  expires_at timestamptz not null
);

-- The key ring of data protection, which every portal reads.
create table data_protection_keys (
  id int generated always as identity primary key,
  friendly_name text,
  xml text not null
);
