# A real Slurm of three nodes: the sample, a worker cancelled, the coordinator requeued. Sourced by scripts/rehearse.
cleanup() { pkill -f "$work/slurm" || true; }
command -v slurmctld >/dev/null || apt-get install -y -qq slurmctld slurmd slurm-client munge >/dev/null
scripts/hosts up 3 "$work/net"
mkdir -p "$work/slurm/state" "$work/bin" /run/munge
# Where all nodes see it, whose /tmp is another one.
cp "$PROPENSITY" "$work/bin/"
export PROPENSITY="$work/bin/propensity"
chown munge: /run/munge
pgrep -x munged >/dev/null || runuser -u munge -- munged
export SLURM_CONF="$work/slurm/slurm.conf"
cat >"$SLURM_CONF" <<END
ClusterName=rehearsal
SlurmctldHost=$(hostname)(10.99.0.1)
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$work/slurm/state
SlurmdSpoolDir=$work/slurm/spool-%n
SlurmctldPidFile=$work/slurm/slurmctld.pid
SlurmdPidFile=$work/slurm/slurmd-%n.pid
SlurmctldLogFile=$work/slurm/slurmctld.log
SlurmdLogFile=$work/slurm/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdParameters=config_overrides
$(for host in 1 2 3; do echo "NodeName=host$host NodeAddr=10.99.0.1$host CPUs=2 RealMemory=1000 State=UNKNOWN"; done)
PartitionName=all Nodes=host[1-3] Default=YES MaxTime=INFINITE State=UP
END
slurmctld -f "$SLURM_CONF"
for host in 1 2 3; do
    mkdir -p "$work/slurm/spool-host$host"
    # slurmd looks for control groups, of which it uses none here.
    "$work/net/ssh" "10.99.0.1$host" "mount -t tmpfs none /sys/fs/cgroup && mkdir -p /sys/fs/cgroup/systemd && mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd && slurmd -f $SLURM_CONF" ||
        { cat "$work"/slurm/slurmd-*.log; exit 1; }
done
until [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 3 ]; do sleep 0.5; done
for what in "a run on Slurm" "a worker is cancelled" "the coordinator is requeued"; do
    begin="$(seconds)"
    cluster/slurm/run "$instance" --workers 2 --cpus 1 --output "$work/data/out" --folder "$work/slurm/job" >"$work/log" 2>&1 &
    run=$!
    jobs() { squeue -h -r -n "$1" -t running -o %i; }
    case "$what" in
        *cancelled)
            until grep -q "Assembling features" "$work/log"; do kill -0 $run; sleep 0.05; done
            scancel "$(jobs propensity-worker | head -1)" ;;
        *requeued)
            until grep -q "Assembling features" "$work/log"; do kill -0 $run; sleep 0.05; done
            scontrol requeue "$(jobs propensity)" ;;
    esac
    wait $run || { cat "$work/log" "$work"/slurm/job/logs/*; echo "rehearse: $what: the run failed"; exit 1; }
    [ -z "$(squeue -h -t running)" ] || sleep 5
    [ -z "$(squeue -h -t running)" ] || { squeue; echo "rehearse: $what: jobs are left"; exit 1; }
    check "$what"
    rm -rf "$work/slurm/job"
done
