"""Machines that do not give what is read from them. They are imitated by mounts that one worker alone sees."""
import os
import subprocess

from .network import free_port
from .registry import fault, needs_root
from .trials import Trials


def worker_after(rehearsal, mount, endpoint):
    """Starts a worker in a mount namespace of its own, after a command that mounts something there."""
    security = " --insecure" if endpoint.startswith("tcp://") else ""
    worker = f"exec {rehearsal.program} worker --connect {endpoint}{security} --threads 1"
    return rehearsal.launch("unshare", "--mount", "sh", "-c", f"{mount} && {worker}")


@fault
@needs_root
def hang(rehearsal):
    """A worker's compute thread waits for a file that never comes, while its heartbeat goes on: it finds a pipe in the
    place of what it has to read."""
    trials, pipe = Trials(rehearsal), f"{rehearsal.folder}/pipe"
    os.mkfifo(pipe)
    for place in ("input", "bins"):
        events = f"{os.path.dirname(trials.instance)}/online_retail.parquet"
        mount = f"mount --bind {pipe} {events}" if place == "input" else "true"
        victim = worker_after(rehearsal, mount, trials.endpoint)
        cluster = trials.begin([victim, *trials.workers(2)])
        if place == "bins":
            # Those of half of the shards, before they are read for the first time.
            cluster.wait_for("Binning features")
            found = subprocess.run(["find", rehearsal.folder, "-name", "*.bins"], capture_output=True, text=True).stdout
            for file in sorted(found.split())[::2]:
                subprocess.run(
                    ["nsenter", "--target", str(victim.pid), "--mount", "mount", "--bind", pipe, file], check=True)
        cluster.finish()
        victim.kill()
        trials.end(cluster)
    trials.report("a compute thread hangs, the heartbeat goes on")


@fault
@needs_root
def blind(rehearsal):
    """One of three workers does not see the inputs, or the run's folder, as a machine that has not mounted them."""
    runs = f"{rehearsal.folder}/runs"
    os.makedirs(runs)
    for place, what in ((rehearsal.folder, "the files"), (runs, "the run's folder")):
        trials = Trials(rehearsal, output=f"{runs}/out")
        for _ in range(3):
            trials.endpoint = f"tcp://127.0.0.1:{free_port()}"
            victim = worker_after(rehearsal, f"mount -t tmpfs tmpfs {place}", trials.endpoint)
            trials.end(trials.begin([*trials.workers(2), victim]))
        trials.clean()
        trials.report(f"one of 3 workers does not see {what}")
