-- What a browser goes on with in another portal, where it could not take it along itself.
create table paused_circuits (
  -- SHA-256 of the circuit's secret, which stands in the browser only.
  key_hash bytea primary key,
  state jsonb not null,
  expires_at timestamptz not null
);
create index paused_circuits_expires_at on paused_circuits (expires_at);
