-- Resources of a stack that somebody chose to leave out of its way back, because they cannot go back: it holds until the step is complete again.
alter table deployments add column left_out text[] not null default '{}';
