set -eu
# No password on a command line: psql finds the master's in its environment, and reads the user's itself.
PGUSER="$(cat /portal/master/username)"
PGPASSWORD="$(cat /portal/master/password)"
export PGUSER PGPASSWORD PGHOST="$DATABASE_HOST" PGPORT="$DATABASE_PORT" PGDATABASE="$DATABASE_NAME" PGSSLMODE=require PGCONNECT_TIMEOUT=10
psql -X -q -v ON_ERROR_STOP=1 -f "/portal/$1.psql"
echo "The user $DATABASE_USER of $DATABASE_NAME is as asked for: $1 ($DATABASE_ACCESS)."
