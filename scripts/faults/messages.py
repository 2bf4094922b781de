"""Workers are killed by what they are told."""
from .registry import fault
from .trials import Trials

# The kinds of messages that every worker of a run of two gets; the tests have the others too.
KINDS = ["welcome", "perform", "assign", "order", "closeFit", "acknowledged", "ping", "stop"]


@fault
def workers(rehearsal):
    """One of two workers is killed at a message, in turn of every kind."""
    trials = Trials(rehearsal)
    for kind in KINDS:
        survivor, doomed = rehearsal.worker(trials.endpoint), rehearsal.worker(trials.endpoint, "--die-at", kind)
        trials.end(trials.begin([survivor, doomed], at_least=1))
    trials.report("worker SIGKILL at a kind of message", f"{max(0, trials.lost / trials.tries):.1f} s a run")
