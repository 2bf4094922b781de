# Four machines behind a network that delays, drops and limits. Sourced by scripts/rehearse.
export NETWORK="${NETWORK:---delay 10 --loss 0.01 --rate 50}"
keys() { "$PROPENSITY" keys "$work/keys" lab >/dev/null 2>&1; }
keys
worker() { # host: a worker that looks where the coordinator is, and shares nothing with it
    "$work/net/ssh" "10.99.0.1$1" "exec '$PROPENSITY' worker --rendezvous '$work/where.json' --keys '$work/keys' --name lab --threads 1" \
        >"$work/worker$1.log" 2>&1 &
    workers+=($!)
}
coordinator() { # address
    "$PROPENSITY" coordinator "$instance" --listen "tcp://$1:0" --keys "$work/keys" --rendezvous "$work/where.json" --min-workers 4 \
        --output "$work/data/out" >>"$work/log" 2>&1 &
    run=$!
}
ip addr show dev propensity0 >/dev/null 2>&1 && fail "there are machines of an earlier rehearsal: scripts/hosts down DIR"
for what in "behind a slow network" "a machine vanishes without a word" "the coordinator comes back under another address"; do
    scripts/hosts up 4 "$work/net" "$work/data" "${hidden[@]}"
    ip addr add 10.99.0.2/24 dev propensity0
    : >"$work/log"
    workers=()
    begin="$(seconds)"
    for host in 1 2 3 4; do worker $host; done
    coordinator 10.99.0.1
    case "$what" in
        *vanishes*)
            until_says "$work/log" "Training" $run
            cut="$(seconds)"
            scripts/hosts kill "$work/net" 2
            until_says "$work/log" "has not been heard\|was lost\|lost" $run
            echo "  noticed after $(since "$cut") s" ;;
        *address*)
            until_says "$work/log" "Training" $run
            kill -KILL $run
            wait $run 2>/dev/null || true
            coordinator 10.99.0.2 ;;
    esac
    wait $run || { cat "$work/log" "$work"/worker*.log; fail "$what: the run failed"; }
    check "$what"
    # The connection to a machine that has vanished would be waited for.
    kill "${workers[@]}" 2>/dev/null || true
    scripts/hosts down "$work/net"
    wait
done
