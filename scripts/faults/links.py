"""Networks between workers and their coordinator that are slow, break or fall silent."""
import time

from .network import Link, free_port
from .registry import fault
from .trials import Trials


def over(line, trials, during=None):
    """A run whose three workers reach their coordinator by a link; how long it took."""
    trials.endpoint = line.endpoint
    cluster = trials.begin(trials.workers(3), listen=f"tcp://127.0.0.1:{line.target}")
    if during:
        during(cluster)
    trials.end(cluster)
    line.close()
    return cluster.took


@fault
def link(rehearsal):
    """The link between the workers and their coordinator is slow."""
    for bandwidth, delay in ((20e6, 0.005), (5e6, 0.02)):
        trials, line = Trials(rehearsal), Link(free_port(), bandwidth=bandwidth, delay=delay)
        over(line, trials)
        trials.report(f"a link of {bandwidth / 1e6:g} MB/s, {delay * 1000:g} ms each way, 3 workers",
                      f"{trials.lost:.1f} s ({line.bytes / 1e6:.1f} MB)")


@fault
def cuts(rehearsal):
    """Connections are reset in the middle of messages, over and over."""
    trials, count = Trials(rehearsal), 0
    for attempt in range(3):
        line = Link(free_port(), cut_after=20e6, cuts=20, seed=attempt)
        over(line, trials)
        count += line.cuts
    trials.report(f"connections reset in mid-message, {count} times", f"{trials.lost / max(1, count):.2f} s a reset")


@fault
def partition(rehearsal):
    """All workers are cut off without a word, for less and for more than it takes to give them up."""
    for moment in ("Assembling features", "Logistic regression"):
        for seconds in (5, 30):
            trials, line = Trials(rehearsal), Link(free_port())

            def during(cluster):
                cluster.wait_for(moment)
                line.silence()
                time.sleep(seconds)
                line.heal()

            over(line, trials, during)
            trials.report(f"partition of {seconds} s after {moment.lower()}",
                          f"{trials.lost - seconds:.1f} s more than the partition")
