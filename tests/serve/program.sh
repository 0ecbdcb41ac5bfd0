#!/usr/bin/env bash
# program.sh NUTHATCH DATA WORK: `nuthatch serve` as its operator and its clients meet it: curl, signals, keys, HTTPS, logs,
# and Prometheus' own linter where it is installed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
nuthatch=$1 data=$2 work=$3
rm -rf "$work"
mkdir -p "$work/models/iris/1" "$work/models/iris/2"
cd "$work"

train() { # SET FAMILY OUT [FLAG...]
  "$nuthatch" train --data "$data/$1.train.csv" --target label --model "$2" -o "$3" "${@:4}" >/dev/null
}
train iris logistic models/iris/1/model.nhm
train iris forest models/iris/2/model.nhm --trees 5
train diabetes ridge diabetes.nhm --input int16 --monitor full

fail() {
  echo "$*"
  cat log
  exit 1
}
# start ARGUMENT...: the server's address in $url; its log in `log`.
start() {
  "$nuthatch" serve "$@" --port 0 >url 2>log &
  server=$!
  for _ in $(seq 200); do
    url=$(cat url)
    [ -n "$url" ] && return
    kill -0 $server 2>/dev/null || fail "the server ended"
    sleep 0.05
  done
  fail "the server did not say where it listens"
}
# stop SIGNAL: it ends with status 0.
stop() {
  kill -"$1" $server
  wait $server || fail "stopped by $1, the server's status is $?"
}
trap 'kill $server 2>/dev/null || true' EXIT
within() { # SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1))
  until "${@:2}" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "not within $1 s: ${*:2}"
    sleep 0.1
  done
}
logged() { jq -e "select(.event == \"$1\")" log; }
question='{"id":"q","inputs":[{"name":"features","datatype":"FP32","shape":[1,4],"data":[5,3.5,1.5,0.31415926]}]}'
ask() { curl -sS --fail-with-body "$url/v2/models/$1/infer" -d "$question" "${@:2}"; }

# What it answers, to the protocol's own questions and to predict's rows.
start --model models diabetes.nhm
[ "$(curl -sS -o /dev/null -w '%{http_code}' "$url/v2/health/ready")" = 200 ]
[ "$(curl -sS "$url/v2/models/iris" | jq -c .versions)" = '["1","2"]' ]
[ "$(ask iris | jq -r '.model_version, .id, .outputs[0].data[0]' | tr '\n' ' ')" = "2 q setosa " ]
[ "$(ask iris/versions/1 | jq -r .model_version)" = 1 ]
for model in models/iris/1/model.nhm models/iris/2/model.nhm; do
  "$nuthatch" predict $model --data "$data/iris.test.csv" >host.csv
  "$nuthatch" predict $model --data "$data/iris.test.csv" --on "$url/" | cmp - host.csv
done
[ "$("$nuthatch" evaluate diabetes.nhm --data "$data/diabetes.test.csv" --on "$url" --json | jq .identical_to_host)" = true ]
curl -sS "$url/metrics" >metrics.prom
grep -q '^nuthatch_rows_total{name="diabetes",version="1"} 89$' metrics.prom
grep -q '^nuthatch_model_requests_total{name="iris",version="2",result="answered"} 2$' metrics.prom
if command -v promtool >/dev/null; then "$here/../report/lint.sh" promtool metrics.prom; fi
# A model of another data set is not there, and curl is told.
"$nuthatch" train --data "$data/wine.train.csv" --target label --model tree -o wine.nhm >/dev/null
if "$nuthatch" predict wine.nhm --data "$data/wine.test.csv" --on "$url" 2>err; then fail "predicted by no model"; fi
grep -q 'does not serve the model' err
[ "$(curl -sS "$url/v2/models/wine/infer" -d "$question" | jq -r .error)" = 'there is no model "wine"' ]
# curl sends what is larger than 1 MiB only when it is told to continue; here it is not.
head -c 6000000 /dev/zero >large
[ "$(curl -sS -o /dev/null -w '%{http_code}' --data-binary @large "$url/v2/models/iris/infer")" = 413 ]

# Files that change: seen by themselves, and with SIGHUP.
cp models/iris/1/model.nhm new && mv new models/iris/2/model.nhm
within 10 logged loaded
within 10 bash -c "curl -sS $url/v2/models/iris/versions/2 | jq -e '.outputs | map(.name) | index(\"probabilities\")'"
[ "$(curl -sS "$url/v2/models/iris" | jq -r .parameters.sha256)" = "$(curl -sS "$url/v2/models/iris/versions/1" | jq -r .parameters.sha256)" ]
head -c 100 models/iris/1/model.nhm >models/iris/2/model.nhm
within 10 logged "not loaded"
ask iris >/dev/null
grep -q '^nuthatch_server_failed_reloads_total 1$' <(curl -sS "$url/metrics")
stop TERM
[ "$(tail -n 1 log | jq -r .event)" = stopped ]
# Every line is JSON with a time; requests have an id, and no feature's value is told.
jq -se 'all(.time and .level and .event)' log >/dev/null
[ "$(jq -s 'map(select(.event == "request" and (.id | length) == 0)) | length' log)" = 0 ]
jq -se 'any(.event == "request" and .status == 413)' log >/dev/null
if grep -q 31415926 log; then fail "a feature's value is in the log"; fi

# A start with a broken model is refused, with its name.
if "$nuthatch" serve --model models --port 0 >/dev/null 2>err; then fail "started with a broken model"; fi
grep -q 'models/iris/2/model.nhm: ' err
rm -r models/iris/2

# Keys, and a key that is replaced.
openssl rand -hex 32 >keys
start --model models --api-key-file keys --no-watch --quiet
if ask iris >answer; then fail "answered without a key"; fi
grep -q 'API key' answer
ask iris -H "Authorization: Bearer $(cat keys)" >/dev/null
NUTHATCH_API_KEY=$(cat keys) "$nuthatch" predict models/iris/1/model.nhm --data "$data/iris.test.csv" --on "$url" >/dev/null
old=$(cat keys)
openssl rand -hex 32 >keys
kill -HUP $server
within 10 ask iris -H "Authorization: Bearer $(cat keys)"
if ask iris -H "Authorization: Bearer $old" >/dev/null; then fail "the old key is taken still"; fi
stop INT
[ "$(grep -c '"level":"info"' log)" = 0 ] || fail "--quiet tells"

# HTTPS; a certificate that is replaced; and what no client may do.
certificate() { # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" \
    -addext "subjectAltName=IP:127.0.0.1" -keyout key.pem -out cert.pem 2>/dev/null
}
certificate first
start --model models --tls-cert cert.pem --tls-key key.pem --timeout 1
[[ $url == https://127.0.0.1:* ]]
[ "$(ask iris --cacert cert.pem | jq -r '.outputs[0].data[0]')" = setosa ]
SSL_CERT_FILE=cert.pem "$nuthatch" predict models/iris/1/model.nhm --data "$data/iris.test.csv" --on "$url" >tls.csv
"$nuthatch" predict models/iris/1/model.nhm --data "$data/iris.test.csv" | cmp - tls.csv
if ask iris --tls-max 1.1 -k >/dev/null 2>&1; then fail "TLS 1.1 is spoken"; fi
[ -z "$(curl -s "http${url#https}/v2")" ] || fail "HTTP is spoken where HTTPS should be"
# A handshake that stands still does not keep its place.
exec 3<>"/dev/tcp/127.0.0.1/${url##*:}"
printf '\x16\x03\x01' >&3
timeout 10 cat <&3 >/dev/null || fail "a handshake may take for ever"
exec 3>&-
certificate second
kill -HUP $server
within 10 ask iris --cacert cert.pem
stop TERM

# Wrong usage.
for wrong in "--tls-cert cert.pem" "--port 65536" "--threads 0" "--max-body 0" "--timeout 0"; do
  status=0
  # shellcheck disable=SC2086
  "$nuthatch" serve --model models $wrong >/dev/null 2>err || status=$?
  [ $status -eq 2 ] || fail "serve $wrong: status $status"
done
for wrong in "--api-key-file nowhere" "--tls-cert key.pem --tls-key key.pem" "--host 256.1.1.1"; do
  status=0
  # shellcheck disable=SC2086
  "$nuthatch" serve --model models --port 0 $wrong >/dev/null 2>err || status=$?
  [ $status -eq 1 ] || fail "serve $wrong: status $status"
  [ "$(wc -l <err)" -ge 1 ]
done
mkdir empty
if "$nuthatch" serve --model empty --port 0 2>err; then fail "served nothing"; fi
grep -q 'no model to serve' err
[ "$("$nuthatch" serve --help | wc -l)" -le 24 ] || fail "the help is longer than a screen"
echo "the server did as its operator expects"
