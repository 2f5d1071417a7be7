set -eu
# By RabbitMQ's management API, which Amazon MQ has too:
# https://docs.aws.amazon.com/amazon-mq/latest/developer-guide/rabbitmq-basic-elements-user.html. Its certificate is a public authority's, which
# curl verifies. No password on a command line: curl reads who signs in, and what it sends, from its input.
api="https://$DATABASE_HOST:$DATABASE_PORT/api"
# Within quotes of JSON and of curl's own words.
quoted() { sed 's/[\\"]/\\&/g'; }
# METHOD PATH ANSWERS, what is sent by its input
call() {
  body="$(quoted)"
  answer="$({
    printf 'user = "%s:%s"\n' "$(quoted < /portal/master/username)" "$(quoted < /portal/master/password)"
    printf 'header = "Content-Type: application/json"\ndata = "%s"\n' "$body"
  } | curl --config - --silent --show-error --connect-timeout 10 --max-time 60 --output /dev/null --write-out '%{http_code}' --request "$1" "$api/$2")"
  case " $3 " in
    *" $answer "*) ;;
    *) echo "The broker answered $1 $2 with $answer." >&2; exit 1 ;;
  esac
}
if [ "$1" = drop ]; then
  # With its connections.
  printf '' | call DELETE "users/$DATABASE_USER" '204 404'
else
  printf '{"password":"%s","tags":""}' "$(quoted < /portal/user/password)" | call PUT "users/$DATABASE_USER" '201 204'
  # Of the virtual host /, the one that every broker has.
  printf '{"configure":".*","write":".*","read":".*"}' | call PUT "permissions/%2F/$DATABASE_USER" '201 204'
fi
echo "The user $DATABASE_USER is as asked for: $1 ($DATABASE_ACCESS)."
