-- Events are appended by these alone, with their owner's rights: whoever else calls them may read events, and neither write nor change one. The
-- path is fixed, with what a session has made for itself last, so that nobody puts a table of his own in the place of one of ours.
do $$
declare
  append regprocedure;
begin
  foreach append in array array[
    'append_event(uuid, uuid, text, text, text, text, timestamptz, text, text, text, jsonb, text)'::regprocedure,
    'append_portal_event(text, text, text, timestamptz, text, text, text, jsonb, text)'::regprocedure
  ] loop
    execute format('alter function %s security definer set search_path = %I, pg_temp', append, current_schema());
    execute format('revoke execute on function %s from public', append);
  end loop;
end $$;
