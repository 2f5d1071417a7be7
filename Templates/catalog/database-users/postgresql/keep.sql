-- Who may write does it as the one role that owns everything, so that what one service makes the others can change; who may read has a role of
-- that. A change of owner waits for whoever works on a table: not for long, because everybody else would wait behind it.
set lock_timeout = '20s';
set client_min_messages = error;
do $$
declare
  app text := current_setting('portal.user');
  writes boolean := current_setting('portal.access') <> 'read';
  base text := current_database();
  mine text[];
  one record;
begin
  -- Jobs of two services would meet in the same rows of the catalogue.
  perform pg_advisory_xact_lock(hashtext('portal_full'));
  if not exists (select from pg_roles where rolname = 'portal_full') then
    create role portal_full nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'portal_read') then
    create role portal_read nologin;
  end if;
  if not exists (select from pg_roles where rolname = app) then
    execute format('create role %I login', app);
  end if;
  execute format('grant portal_full, portal_read, %I to %I', app, current_user);
  begin
    execute format('alter role %I login password %L', app, current_setting('portal.password'));
  exception when others then
    -- The server's own words would quote the statement.
    raise exception 'The password of % cannot be set (SQLSTATE %).', app, sqlstate;
  end;

  -- What was made as the master, before services had users, becomes the role's; but for the databases themselves.
  mine := array(select datname from pg_database where datdba = current_user::regrole and not datistemplate);
  execute format('reassign owned by %I, %I to portal_full', current_user, app);
  for one in select unnest(mine) as datname loop
    execute format('alter database %I owner to %I', one.datname, current_user);
  end loop;

  execute format('grant connect, create, temporary on database %I to portal_full', base);
  execute format('grant connect on database %I to portal_read', base);
  for one in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
      and (pg_has_role(current_user, nspowner, 'usage') or nspname = 'public') loop
    execute format('grant all on schema %I to portal_full', one.nspname);
    execute format('grant usage on schema %I to portal_read', one.nspname);
  end loop;
  -- One by one: what an extension or AWS owns in the same schema cannot be given away.
  for one in select oid::regclass as name, relkind from pg_class where relowner = 'portal_full'::regrole and relkind in ('r', 'p', 'v', 'm', 'f', 'S') loop
    execute format('grant select on %s %s to portal_read', case when one.relkind = 'S' then 'sequence' else 'table' end, one.name);
  end loop;
  -- And what comes; as the master too, whose sessions may still be there.
  alter default privileges for role portal_full grant usage on schemas to portal_read;
  alter default privileges for role portal_full grant select on tables to portal_read;
  alter default privileges for role portal_full grant select on sequences to portal_read;
  alter default privileges grant all on schemas to portal_full;
  alter default privileges grant all on tables to portal_full;
  alter default privileges grant all on sequences to portal_full;
  alter default privileges grant select on tables to portal_read;

  if writes then
    execute format('grant portal_full to %I', app);
    execute format('alter role %I set role = %L', app, 'portal_full');
    execute format('revoke portal_read from %I', app);
  else
    execute format('grant portal_read to %I', app);
    execute format('alter role %I reset role', app);
    execute format('revoke portal_full from %I', app);
  end if;
end
$$;
