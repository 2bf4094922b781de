# The part of `ssh` that every change goes through: two machines that share nothing, of which one dies. Sourced by scripts/rehearse.
try() { # what, and after which words of the run host 2 is killed
    scripts/hosts up 2 "$work/net" "$work/data"
    sed -i 's/$/ 1/' "$work/net/hosts"
    begin="$(seconds)"
    cluster/ssh/run "$instance" --hosts "$work/net/hosts" --listen 10.99.0.1 --ssh "$work/net/ssh" --output "$work/data/out" \
        >"$work/log" 2>&1 &
    run=$!
    until_says "$work/log" "$1" $run
    scripts/hosts kill "$work/net" 2
    wait $run || { cat "$work/log"; fail "the run failed"; }
    grep -q "cannot be used here: files go over the network" "$work/log" || { cat "$work/log"; fail "a machine saw the data"; }
    check "two machines over ssh, one dies"
    scripts/hosts down "$work/net"
}
try "Training"
