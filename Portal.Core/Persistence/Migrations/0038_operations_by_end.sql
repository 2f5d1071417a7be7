-- How operations went, day by day.
create index operations_finished on operations (finished_at) where finished_at is not null;
