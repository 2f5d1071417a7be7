set -eu
# No password on a command line: the script reads them itself. mongosh keeps a log of its own where it is at home.
HOME=/tmp WORD="$1" mongosh --quiet --norc --nodb --file /portal/user.js
echo "The user $DATABASE_USER is as asked for: $1 ($DATABASE_ACCESS)."
