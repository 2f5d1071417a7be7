-- What is asked and answered about a request before it is decided: rows that are written once.
create table request_comments (
  -- Of whoever sends it: sent again, it is there once.
  id uuid primary key,
  -- The order they were said in: whoever speaks holds the request's row.
  number bigint generated always as identity,
  request_id uuid not null references requests,
  kind text not null check (kind in ('Question', 'Answer', 'Comment')),
  -- The last entry that an answer's author had read: what was asked later waits for another answer.
  answers_until bigint check ((kind = 'Answer') = (answers_until is not null)),
  by_id text not null,
  by_name text not null,
  by_kind text not null,
  body text not null,
  said_at timestamptz not null
);
create index request_comments_request on request_comments (request_id, number);
create trigger request_comments_immutable before update or delete on request_comments for each row execute function refuse_change();
