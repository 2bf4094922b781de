"""Workers come, many of them or late."""
import time

from .processes import wait_for
from .registry import fault
from .trials import Trials


@fault
def many(rehearsal):
    """256 workers wait for their coordinator."""
    trials, count = Trials(rehearsal), 256
    workers = trials.workers(count)
    # Their start is not what is measured.
    for each in workers:
        wait_for(each, "looking for the coordinator")
    cluster = trials.begin(workers, "--verbose")
    cluster.wait_for(f"; {count} now")
    took = time.time() - cluster.begun
    trials.end(cluster)
    trials.report(f"{count} workers register", f"{took:.2f} s until all had")


@fault
def crowd(rehearsal):
    """There is one worker, then there are sixteen, then three, in the middle of training."""
    trials = Trials(rehearsal)
    for _ in range(3):
        cluster = trials.begin(trials.workers(1))
        cluster.wait_for("Binning features")
        cluster.workers += trials.workers(15)
        for each in cluster.workers:
            wait_for(each, "registered as")
        cluster.wait_for("Logistic regression")
        for each in cluster.workers[:13]:
            each.kill()
        trials.end(cluster)
    trials.report("1 worker, then 16, then 3")


@fault
def last(rehearsal):
    """The only worker dies, and another comes two seconds later."""
    trials = Trials(rehearsal)
    for moment in ("Gathering events", "Logistic regression", "Training symmetric", "Scoring"):
        cluster = trials.begin(trials.workers(1))
        cluster.wait_for(moment)
        cluster.workers[0].kill()
        cluster.leave()
        time.sleep(2)
        cluster.workers = trials.workers(1)
        trials.end(cluster)
    trials.report("the last worker SIGKILL, another 2 s later")
