"""Workers that are slow."""
import os

from .duty_cycle import DutyCycle
from .processes import wait_for
from .registry import fault
from .trials import Trials


def with_four(trials, share):
    """A run of four workers, of which one works for a share of the time; how long it took."""
    workers = trials.workers(4)
    for each in workers:
        wait_for(each, "looking for the coordinator")
    cycle = DutyCycle(workers[0], share) if share < 1 else None
    cluster = trials.begin(workers)
    cluster.finish()
    if cycle:
        cycle.end()
    trials.end(cluster)
    return cluster.took


@fault
def slow(rehearsal):
    """One of four workers runs for a quarter of the time, in a run that is long enough for a worker to be known by its
    rate."""
    if "INSTANCE" in os.environ:
        trials = Trials(rehearsal)
    else:
        instance = rehearsal.sample("trees: 400, learning_rate: 0.02, stop_after: 400", name="long")
        trials = Trials(rehearsal, instance, rehearsal.undisturbed(instance, "long"))
    times = [(with_four(trials, 1), with_four(trials, 0.25)) for _ in range(3)]
    evenly, slowly = (sorted(each)[1] for each in zip(*times))
    trials.report("one of 4 workers at a quarter of its speed",
                  f"{slowly / evenly:.2f} times as long ({evenly:.1f} s, {slowly:.1f} s)")
