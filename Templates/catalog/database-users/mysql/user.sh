set -eu
# No password on a command line: the client finds the master's in its environment, and the statements come by its input. MySQL itself
# leaves passwords out of its logs.
MYSQL_PWD="$(cat /portal/master/password)"
export MYSQL_PWD
master="$(cat /portal/master/username)"
password="$(cat /portal/user/password)"
# In a grant an underscore stands for any letter.
database="$(printf '%s' "$DATABASE_NAME" | sed 's/_/\\_/g')"
writing="INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER"
statements() {
  if [ "$1" = drop ]; then
    echo "DROP USER IF EXISTS '$DATABASE_USER'@'%';"
    return
  fi
  echo "CREATE USER IF NOT EXISTS '$DATABASE_USER'@'%' IDENTIFIED BY '$password';"
  echo "ALTER USER '$DATABASE_USER'@'%' IDENTIFIED BY '$password' ACCOUNT UNLOCK;"
  echo "GRANT SELECT, SHOW VIEW ON \`$database\`.* TO '$DATABASE_USER'@'%';"
  if [ "$DATABASE_ACCESS" = read ]; then
    echo "REVOKE $writing ON \`$database\`.* FROM '$DATABASE_USER'@'%';"
  else
    echo "GRANT $writing ON \`$database\`.* TO '$DATABASE_USER'@'%';"
  fi
}
statements "$1" | mysql --no-defaults --ssl-mode=REQUIRED --connect-timeout=10 --host="$DATABASE_HOST" --port="$DATABASE_PORT" --user="$master"
echo "The user $DATABASE_USER of $DATABASE_NAME is as asked for: $1 ($DATABASE_ACCESS)."
