# The manifests against Kubernetes' schemas, and the commands of the pods as another user, with a root file system that cannot be written to,
# on hosts made of this machine. No cluster is started. Sourced by scripts/rehearse. Needs kubectl (kustomize) and Python.
tools="$work/tools"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$tools" kubernetes-validate
"$PROPENSITY" keys "$work/keys" worker >/dev/null 2>&1
for overlay in volume object-store; do
    cp -r cluster/kubernetes "$work/manifests"
    place="$work/manifests/overlays/$overlay"
    cp -r "$work/keys" "$place/keys"
    cp "$instance" "$place/instance.yaml"
    kubectl kustomize "$place" >"$work/$overlay.yaml"
    rm -rf "$work/manifests"
    PYTHONPATH="$tools" python3 - "$work/$overlay.yaml" <<'END'
import sys, yaml, kubernetes_validate
versions = list(dict.fromkeys(kubernetes_validate.utils.all_versions()))[-3:]
documents = list(yaml.safe_load_all(open(sys.argv[1])))
for version in versions:
    for document in documents:
        kubernetes_validate.validate(document, version, strict=True)
print(f"{len(documents)} manifests fit the schemas of {', '.join(versions)}")
END
done

pod() { # host, job, mounts as SOURCE:TARGET: runs the command of the job's only container as the pod would
    local host="$1" job="$2"
    shift 2
    python3 - "$work/volume.yaml" "$job" >"$work/pod$host" <<'END'
import re, shlex, sys
try:
    import yaml
except ImportError:
    sys.path.insert(0, sys.argv[1].rsplit("/", 1)[0] + "/tools")
    import yaml
job = next(d for d in yaml.safe_load_all(open(sys.argv[1])) if d["kind"] == "Job" and d["metadata"]["name"] == sys.argv[2])
container = job["spec"]["template"]["spec"]["containers"][0]
values = {e["name"]: e.get("value", "") for e in container.get("env", [])}
words = [re.sub(r"\$\((\w+)\)", lambda m: values[m[1]], w) for w in container["command"]]
print("export " + " ".join(f"{n}={shlex.quote(v)}" for n, v in values.items()) if values else ":")
print("exec setpriv --reuid=65532 --regid=65532 --clear-groups --no-new-privs --bounding-set=-all " + " ".join(map(shlex.quote, words)))
END
    {
        echo "set -e; mkdir -p /tmp/pod; mount --rbind / /tmp/pod; cd /tmp/pod"
        # Folders of the pod, over this machine's root.
        echo "mkdir -p /tmp/top; for d in keys instance work scratch propensity; do mkdir -p /tmp/top/\$d; done"
        echo "mount -t overlay overlay -o lowerdir=/tmp/top:/ /tmp/pod 2>/dev/null || exit 90"
        for mount in "$@"; do echo "mount --rbind '${mount%%:*}' '/tmp/pod/${mount#*:}'"; done
        echo "mount -t tmpfs tmpfs /tmp/pod/tmp; chmod 1777 /tmp/pod/tmp; mount --rbind /proc /tmp/pod/proc; mount --rbind /dev /tmp/pod/dev"
        echo "echo '10.99.0.11 coordinator.propensity' >/tmp/hosts; mount --bind /tmp/hosts /tmp/pod/etc/hosts"
        echo "exec env LD_LIBRARY_PATH=/propensity/lib chroot /tmp/pod sh -c '$(sed "s/'/'\\\\''/g" "$work/pod$host")'"
    } >"$work/start$host"
    "$work/net/ssh" "10.99.0.1$host" "sh '$work/start$host'" >"$work/log$host" 2>&1 &
}
coordinator="$work/pods/coordinator" worker="$work/pods/worker"
mkdir -p "$coordinator"/{keys/allowed,instance,work} "$worker"/{keys,scratch}
cp "$work/keys/coordinator.secret" "$coordinator/keys/"
cp "$work/keys/allowed/worker.public" "$coordinator/keys/allowed/"
cp "$work/keys/coordinator.public" "$work/keys/worker.secret" "$worker/keys/"
cp "$instance" "$coordinator/instance/instance.yaml"
cp "$work"/data/online_retail.parquet "$coordinator/instance/"
chgrp -R 65532 "$coordinator" "$worker"
chmod -R g+rX "$coordinator" "$worker"
chmod 0440 "$coordinator"/keys/*.secret "$worker"/keys/*.secret
chown 65532 "$coordinator/work"
scripts/hosts up 4 "$work/net" "$work/data"
begin="$(seconds)"
programs="$work/program"
cluster/bundle "$PROPENSITY" "$programs"
pod 1 propensity-coordinator "$programs:propensity" "$coordinator/keys:keys" "$coordinator/instance:instance" "$coordinator/work:work"
first=$!
for host in 2 3 4; do
    mkdir -p "$worker/scratch$host"
    chown 65532 "$worker/scratch$host"
    pod $host propensity-worker "$programs:propensity" "$worker/keys:keys" "$worker/scratch$host:scratch"
done
wait $first || { cat "$work"/log?; fail "the coordinator's pod failed"; }
cp -r "$coordinator/work/results" "$work/data/out"
check "the pods' commands, not as root, on a root that cannot be written to"
wait
