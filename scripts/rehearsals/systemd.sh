# The units on a Debian that debootstrap makes and systemd-nspawn boots: verified, their exposure, and a run with a worker of which one
# is stopped in the middle. Sourced by scripts/rehearse. PACKAGE: the tarball, if it is there already.
for tool in debootstrap:debootstrap systemd-nspawn:systemd-container zstd:zstd patchelf:patchelf; do
    command -v "${tool%%:*}" >/dev/null || apt-get install -y -qq "${tool#*:}" >/dev/null
done
[ -n "${PACKAGE:-}" ] || scripts/package "$work/package"
[ -n "${PACKAGE:-}" ] || PACKAGE="$(ls "$work"/package/propensity-*.tar.zst)"
root="$work/root"
debootstrap --variant=minbase --include=systemd,dbus bookworm "$root" "${DEBIAN:-http://deb.debian.org/debian}" >"$work/log" 2>&1 ||
    { tail "$work/log"; fail "debootstrap"; }
mkdir -p "$root/opt/propensity" "$root/etc/propensity"
zstd -dc "$PACKAGE" | tar -x -C "$root/opt/propensity" --strip-components=1
cp "$root"/opt/propensity/cluster/systemd/*.service "$root/etc/systemd/system/"
cp cluster/systemd/*.service "$root/etc/systemd/system/"
cp "$instance" "$root/etc/propensity/sample.yaml"
cp "$work/data/online_retail.parquet" "$root/etc/propensity/"
"$PROPENSITY" keys "$root/etc/propensity/keys" worker >/dev/null 2>&1
# The public keys are for everybody; the secrets stay root's.
chmod 755 "$root/etc/propensity/keys" "$root/etc/propensity/keys/allowed"
cat >"$root/etc/systemd/system/rehearsal.service" <<'END'
[Service]
Type=oneshot
StandardOutput=file:/rehearsal
StandardError=inherit
ExecStart=/bin/bash /rehearsal.sh
[Install]
WantedBy=multi-user.target
END
cat >"$root/rehearsal.sh" <<'END'
units="propensity-coordinator@sample propensity-worker@localhost"
systemctl start $units
# A worker that is stopped hands back what it was given, within the time that it has.
sleep 2
begin=$(date +%s%N)
systemctl stop propensity-worker@localhost
echo "worker stopped after $((($(date +%s%N) - begin) / 1000000)) ms: $(systemctl show -P Result propensity-worker@localhost)"
systemctl start propensity-worker@localhost
for _ in $(seq 100); do
    systemctl is-active -q propensity-coordinator@sample || break
    sleep 1
done
echo "coordinator: $(systemctl show -P Result propensity-coordinator@sample), code $(systemctl show -P ExecMainStatus propensity-coordinator@sample)"
journalctl --no-pager -o cat $(printf -- '-u %s ' $units)
END
ln -s ../rehearsal.service "$(mkdir -p "$root/etc/systemd/system/multi-user.target.wants" && echo "$root/etc/systemd/system/multi-user.target.wants")/rehearsal.service"
mkdir -p "$root/etc/systemd/system/rehearsal.service.d"
printf '[Service]\nExecStopPost=/bin/touch /rehearsal.done\n' >"$root/etc/systemd/system/rehearsal.service.d/done.conf"

for unit in propensity-coordinator@sample propensity-worker@localhost; do
    chroot "$root" systemd-analyze --man=no verify "$unit.service" || fail "systemd-analyze verify $unit"
    chroot "$root" systemd-analyze --offline=true security "$unit.service" 2>/dev/null | tail -n 1
done

begin="$(seconds)"
systemd-nspawn -q -D "$root" --boot --register=no --keep-unit --machine=rehearsal </dev/null >"$work/log" 2>&1 &
container=$!
cleanup() { kill "$container" 2>/dev/null || true; sleep 1; kill -KILL "$container" 2>/dev/null || true; }
for _ in $(seq 150); do [ ! -e "$root/rehearsal.done" ] || break; kill -0 $container 2>/dev/null || break; sleep 1; done
grep -E "^(worker|coordinator)" "$root/rehearsal" || { cat "$work/log" "$root/rehearsal"; fail "the services did not run"; }
[ -e "$root/var/lib/private/propensity/sample/results/run.json" ] || { cat "$root/rehearsal"; fail "there are no results"; }
cp -r "$root/var/lib/private/propensity/sample/results" "$work/data/out"
check "services of a booted systemd"
