"""Processes are killed."""
import math
import os
import random
import time

from .processes import finish
from .registry import fault
from .trials import Trials


def length(journal):
    return os.path.getsize(journal) if os.path.exists(journal) else 0


def dies(run, journal, end):
    """Kills a run once its journal has reached a length. False if the run has ended before, which it has to do well."""
    while run.poll() is None:
        if length(journal) >= end:
            run.kill()
            run.communicate()
            return True
        time.sleep(0.0005)
    finish(run)
    return False


@fault
def kills(rehearsal):
    """The coordinator is killed once its journal has reached a length, over and over until it is done."""
    trials, deaths, journal = Trials(rehearsal), 0, f"{rehearsal.folder}/.out.work/journal"
    for attempt in range(6):
        trials.clean()
        random.seed(attempt)
        begun = time.time()
        while True:
            end = length(journal) + random.choice([1, 200, 5_000, 50_000, 200_000])
            run = rehearsal.start("run", trials.instance, "--output", trials.output, "--workers", "2")
            if not dies(run, journal, end if deaths < 15 * (attempt + 1) else math.inf):
                break
            deaths += 1
        trials.count(time.time() - begun)
    trials.report(f"coordinator SIGKILL at a length of its journal, {deaths} deaths",
                  f"{trials.lost / max(1, deaths):.2f} s a death")


@fault
def poisson(rehearsal):
    """One of eight workers dies every four seconds in the mean, and another takes its place."""
    trials, deaths = Trials(rehearsal), 0
    for attempt in range(3):
        random.seed(attempt)
        workers = trials.workers(8)
        cluster = trials.begin(workers)
        due = time.time() + random.expovariate(1 / 4)
        while cluster.run.poll() is None:
            if time.time() >= due:
                victim = random.randrange(8)
                workers[victim].kill()
                workers[victim].wait()
                workers[victim] = rehearsal.worker(trials.endpoint)
                deaths += 1
                due = time.time() + random.expovariate(1 / 4)
            time.sleep(0.01)
        cluster.finish()
        # One that has come too late still looks for the coordinator.
        for each in workers:
            each.terminate()
        trials.end(cluster)
    trials.report(f"Poisson kills of 8 workers, mean 4 s, {deaths} deaths")


@fault
def massacre(rehearsal):
    """Seven of eight workers are killed at once, in one of four stages of the run."""
    trials = Trials(rehearsal)
    for moment in ("Gathering events", "Assembling features", "Logistic regression", "Training symmetric"):
        cluster = trials.begin(trials.workers(8))
        cluster.wait_for(moment)
        for each in cluster.workers[1:]:
            each.kill()
        trials.end(cluster)
    trials.report("7 of 8 workers SIGKILL at once")
