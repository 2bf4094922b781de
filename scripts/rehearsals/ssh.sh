# Machines over real ssh that see nothing of the data, of which one dies. Sourced by scripts/rehearse, and by `quick`.
machines="${machines:-4}"

bytes() { # of stages that moved the most, from run.json
    python3 - "$1" <<'END'
import json, sys
stages = json.load(open(sys.argv[1]))["stages"]
size = lambda stage: stage["bytes"] + stage["bytes_sent"]
most = sorted(stages, key=size, reverse=True)[:6]
print("  moved: " + ", ".join(f"{s['stage']} {s['bytes'] / 1e6:.1f} MB from workers {s['bytes_sent'] / 1e6:.1f} to them" for s in most)
      + f"; in all {sum(map(size, stages)) / 1e6:.1f} MB")
END
}

try() { # what, after which words of the run host 2 is killed, and whether they see the data
    # What is seen here of the folder of data is empty there.
    local unseen=("$work/data" "${hidden[@]}")
    [ -z "${3:-}" ] || unseen=()
    scripts/hosts up "$machines" "$work/net" "${unseen[@]}"
    sed -i 's/$/ 1/' "$work/net/hosts"
    begin="$(seconds)"
    cluster/ssh/run "$instance" --hosts "$work/net/hosts" --listen 10.99.0.1 --ssh "$work/net/ssh" --output "$work/data/out" \
        >"$work/log" 2>&1 &
    run=$!
    if [ -n "$2" ]; then
        until_says "$work/log" "$2" $run
        scripts/hosts kill "$work/net" 2
    fi
    wait $run || { cat "$work/log"; fail "$1: the run failed"; }
    if grep -q "cannot be used here: files go over the network" "$work/log"; then seen=; else seen=yes; fi
    [ "$seen" = "${3:-}" ] || { cat "$work/log"; fail "$1: what a machine saw"; }
    cp "$work/data/out/run.json" "$work/run.json"
    check "$1"
    bytes "$work/run.json"
    left="$(for host in $(seq "$machines"); do
        [ -z "$2" ] || [ "$host" != 2 ] || continue
        "$work/net/ssh" "10.99.0.1$host" 'ls -A /tmp'
        ip netns pids "propensity$host" | xargs -r ps -o comm= -p | grep -x propensity || true
    done)"
    [ -z "$left" ] || fail "$1: left behind: $left"
    scripts/hosts down "$work/net"
}
if [ "$engine" = quick ]; then
    try "two machines over ssh, one dies" "Training"
else
    try "four machines, to which the program is copied" ""
    try "four machines that share the folder" "" yes
    shared="$took"
    try "four machines" ""
    try "one of them dies while features are assembled" "Assembling features"
    try "one of them dies while trees are trained" "Training"
fi
