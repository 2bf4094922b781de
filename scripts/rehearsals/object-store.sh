# Events from an object store and results there; four machines that see nothing else. Sourced by scripts/rehearse.
scripts/setup object-store
store=""
cleanup() { [ -z "$store" ] || kill "$store" 2>/dev/null || true; }
mkfifo "$work/store-input"
scripts/faults/object_store.py shop "$work/data/online_retail.parquet=events/online_retail.parquet" <"$work/store-input" >"$work/store" 2>/dev/null &
store=$!
exec 7>"$work/store-input"
until [ -s "$work/store" ]; do kill -0 $store || fail "the object store did not start"; sleep 0.1; done
export AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID=key AWS_SECRET_ACCESS_KEY=secret AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
AWS_ENDPOINT_URL="$(cat "$work/store")"
sed 's#path: online_retail.parquet#path: s3://shop/events/*.parquet#; s#^output:.*#output: s3://shop/results/weekly#' "$instance" >"$work/objects.yaml"

ingest() { # folder: seconds of the stage that reads
    python3 -c 'import json, sys; print(next(s["seconds"] for s in json.load(open(sys.argv[1]))["stages"] if s["stage"] == "ingest"))' "$1/run.json"
}
for round in 1 2 3; do
    begin="$(seconds)"
    "$PROPENSITY" run "$work/objects.yaml" --workers 4 --threads 1 --work "$work/data" >"$work/log" 2>&1 || { cat "$work/log"; fail "the run failed"; }
    "$PROPENSITY" run "$instance" --workers 4 --threads 1 --output "$work/data/local" >"$work/log" 2>&1
    echo "round $round: ingest $(ingest "$work/data/weekly") s from the store, $(ingest "$work/data/local") s from a disk"
done
"$PROPENSITY" fetch s3://shop/results/weekly "$work/data/out" >/dev/null
begin="$(seconds)"
check "what has come back from the store"
rm -rf "$work/data/weekly" "$work/data/local"

for fault in busy broken; do
    curl -sS -X FAULT "$AWS_ENDPOINT_URL/$fault"
    begin="$(seconds)"
    "$PROPENSITY" run "$work/objects.yaml" --workers 4 --threads 1 --output "$work/data/out" >"$work/log" 2>&1 || { cat "$work/log"; fail "$fault: the run failed"; }
    check "a store that is $fault"
done
curl -sS -X FAULT "$AWS_ENDPOINT_URL/none"
if [ "$(id -u)" = 0 ]; then
    # They reach the coordinator, and the store at its address would be their own: so they read through the coordinator.
    scripts/hosts up 4 "$work/net" "$work/data"
    sed -i 's/$/ 1/' "$work/net/hosts"
    begin="$(seconds)"
    cluster/ssh/run "$work/objects.yaml" --hosts "$work/net/hosts" --listen 10.99.0.1 --ssh "$work/net/ssh" --output "$work/data/out" >"$work/log" 2>&1 ||
        { cat "$work/log"; fail "the run on four machines failed"; }
    check "four machines without credentials"
fi
exec 7>&-
