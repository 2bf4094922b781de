"""What a cluster costs beside one machine: time, the coordinator's memory and processor, with and without keys, few and many workers.

Workers share nothing with their coordinator, over TCP on this machine, so that all that a run moves goes through it. All kinds
take turns in each round.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

program, work, instance = sys.argv[1:4]
rounds = 3
# What it is called, and: workers of one thread, whether with keys, copies of what is made of shards. No workers: `run`.
KINDS = [
    ("one machine, 2 workers", 0, False, 1),
    ("2 machines, no keys", 2, False, 1),
    ("2 machines, keys", 2, True, 1),
    ("2 machines, keys, no copies", 2, True, 0),
    ("16 machines, keys", 16, True, 1),
]


def once(workers, has_keys, copies):
    """Seconds, the coordinator's largest memory in MiB and its processor's seconds, and megabytes that were moved."""
    output = f"{work}/out"
    shutil.rmtree(output, ignore_errors=True)
    begun = time.time()
    if not workers:
        command = [program, "run", instance, "--output", output, "--workers", "2", "--threads", "1"]
        others = []
    else:
        place = ["--keys", f"{work}/keys"] if has_keys else ["--insecure"]
        where = f"{work}/where.json"
        others = [subprocess.Popen(
            [program, "worker", "--rendezvous", where, "--threads", "1", "--no-shared-disk", *place],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(workers)]
        command = [program, "coordinator", instance, "--output", output, "--listen", "tcp://127.0.0.1:0", "--rendezvous", where,
                   "--min-workers", str(workers), "--copies", str(copies), *place]
    coordinator = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(coordinator.pid, 0)
    seconds = time.time() - begun
    if status:
        for other in others:
            other.kill()
        sys.exit(f"{' '.join(command)} failed")
    for other in others:
        other.wait()
    with open(f"{output}/run.json") as file:
        stages = json.load(file)["stages"]
    moved = sum(stage["bytes"] + stage["bytes_sent"] for stage in stages) / 1e6
    return seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime, moved


subprocess.run([program, "keys", f"{work}/keys", "lab"], check=True, stdout=subprocess.DEVNULL)
found = {name: [] for name, *_ in KINDS}
for _ in range(rounds):
    for name, *kind in KINDS:
        found[name].append(once(*kind))
alone = statistics.median(seconds for seconds, *_ in found[KINDS[0][0]])
print("| cluster | seconds | of one machine | coordinator, MiB | its processor, s | moved, MB |\n| --- | --- | --- | --- | --- | --- |")
for name, *_ in KINDS:
    seconds, memory, processor, moved = (statistics.median(column) for column in zip(*found[name]))
    print(f"| {name} | {seconds:.1f} | {seconds / alone:.2f} | {memory:.0f} | {processor:.1f} | {moved:.0f} |")
