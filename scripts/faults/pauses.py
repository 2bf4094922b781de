"""Workers are stopped until they have been given up, and continue."""
import signal
import time

from .duty_cycle import DutyCycle
from .registry import fault
from .trials import Trials


@fault
def stop(rehearsal):
    """One of three workers is stopped while trees grow, and continues a minute later: by then it has been given up."""
    trials = Trials(rehearsal)
    cluster = trials.begin(trials.workers(3))
    cluster.wait_for("Logistic regression")
    victim = cluster.workers[0]
    victim.send_signal(signal.SIGSTOP)
    stopped = time.time()
    cluster.finish()
    time.sleep(max(0, stopped + 60 - time.time()))
    victim.send_signal(signal.SIGCONT)
    victim.terminate()
    trials.end(cluster)
    trials.report("SIGSTOP 60 s, then CONT", f"{trials.lost:.1f} s (15 s until given up)")


@fault
def late(rehearsal):
    """Two of three workers are stopped until they have been given up, and continue while the third still works: what
    they say then comes too late."""
    trials = Trials(rehearsal)
    for moment in ("Assembling features", "Logistic regression"):
        cluster = trials.begin(trials.workers(3))
        cluster.wait_for(moment)
        *stopped, third = cluster.workers
        for each in stopped:
            each.send_signal(signal.SIGSTOP)
        # The third alone would be done too soon: it takes part for a twentieth of the time.
        slowed = DutyCycle(third, 0.05)
        cluster.wait_for("was lost")
        for each in stopped:
            each.send_signal(signal.SIGCONT)
        slowed.end()
        trials.end(cluster)
    trials.report("SIGSTOP of 2 of 3 workers until given up, then CONT in the run")
