-- How long steps took, for what is expected of the next ones. Of each kind only the newest are kept.
create table step_durations (
  target text not null references targets,
  -- What the step was about: a template's or chart's name, or the step's own name where it has neither.
  subject text not null,
  -- Create, Change, or what else was done.
  action text not null,
  seconds double precision not null check (seconds >= 0),
  at timestamptz not null
);
create index step_durations_newest on step_durations (target, subject, action, at desc);
