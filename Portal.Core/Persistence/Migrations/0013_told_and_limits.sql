-- Of what happened since the cursor's event, what CloudFormation has told of itself and is written already: when the events are read, none of
-- it is said again. Empty once they were read at the stack's end.
alter table stack_cursors add column told jsonb not null default '[]';

-- What steps have asked for and nobody has seen the end of.
create index observations_moving on observations (target) where kind = 'stack' and state like '%_IN_PROGRESS';

-- How many calls that only read CloudFormation a worker makes of the target in a second of AWS's; null for as many as it likes.
alter table targets add column reads_per_second double precision check (reads_per_second > 0);
