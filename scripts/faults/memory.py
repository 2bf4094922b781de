"""What workers need that go on for long: memory and open files."""
import os
import threading
import time

from .network import free_port
from .processes import finish, hashes, wait_for


def usage(pid):
    """Resident megabytes, and open files."""
    with open(f"/proc/{pid}/statm") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resident / 1e6, len(os.listdir(f"/proc/{pid}/fd"))


def median(values):
    return sorted(values)[len(values) // 2]


def summary(seen):
    """A worker's usage after each of its runs, in words."""
    memory, files = ([each[what] for each in seen] for what in (0, 1))
    quarter, half = len(seen) // 4, len(seen) // 2
    return (f"RSS first {memory[0]:.1f}, median of the second quarter {median(memory[quarter:half + 1]):.1f}, "
            f"of the last {median(memory[-quarter - 1:]):.1f}, most {max(memory):.1f}, last {memory[-1]:.1f} MB; "
            f"open files first {files[0]}, most {max(files)}, last {files[-1]}")


def small(rehearsal, minutes):
    """Coordinators do a small run and die at the end of it, one after the other, for the same two workers. Memory and
    open files of the workers are told. True if the last run gave the same bytes as one that nobody disturbed."""
    instance, output = rehearsal.given("trees: 4"), f"{rehearsal.folder}/out"
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    expected = rehearsal.undisturbed(instance, "alone")
    workers = [rehearsal.worker(endpoint) for _ in range(2)]
    for each in workers:
        wait_for(each, "looking for the coordinator")
        threading.Thread(target=each.stdout.read, daemon=True).start()
    seen, end = [], time.time() + 60 * minutes
    while time.time() < end:
        run = rehearsal.coordinator(instance, endpoint, output, 2, "--fresh")
        wait_for(run, "Explaining and segmenting")
        run.kill()
        run.wait()
        run.stdout.close()
        rehearsal.running.remove(run)
        seen.append([usage(each.pid) for each in workers])
        if len(seen) % 10 == 1:
            now = ", ".join(f"{memory:.1f} MB {files} files" for memory, files in seen[-1])
            print(f"{len(seen)} runs: {now}", flush=True)
    finish(rehearsal.coordinator(instance, endpoint, output, 2, "--fresh"))
    for number in range(2):
        print(f"worker {number + 1}: {summary([each[number] for each in seen])}")
    same = hashes(output) == expected
    print(f"{len(seen)} runs in {minutes:g} minutes; the last gave the same bytes: {same}")
    return same
