-- What was said at its beginning that an operation would take, real seconds: so that it can be told how often that came true.
alter table operations
  add column expected_low double precision,
  add column expected_high double precision;
