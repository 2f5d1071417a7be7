set lock_timeout = '20s';
set client_min_messages = error;
do $$
declare
  app text := current_setting('portal.user');
begin
  perform pg_advisory_xact_lock(hashtext('portal_full'));
  if exists (select from pg_roles where rolname = app) then
    execute format('alter role %I nologin', app);
    perform pg_terminate_backend(pid) from pg_stat_activity where usename = app;
    execute format('reassign owned by %I to portal_full', app);
    execute format('drop owned by %I', app);
    execute format('drop role %I', app);
  end if;
end
$$;
