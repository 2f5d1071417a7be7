-- What a program has asked for under a key of its own, and what it was answered: asked again, it is answered the same and nothing is done twice.
create table idempotency_keys (
  -- Of whom the program acts for.
  owner_id text not null,
  key text not null,
  -- Of method, address and body, SHA-256: another one under the same key is a mistake.
  asked bytea not null,
  -- Null while it is under way.
  status int,
  content_type text,
  location text,
  etag text,
  body bytea check (octet_length(body) <= 262144),
  -- Until then nobody else does the same; after it whoever did it is taken for dead.
  leased_until timestamptz not null,
  expires_at timestamptz not null,
  primary key (owner_id, key)
);
create index idempotency_keys_expires_at on idempotency_keys (expires_at);
