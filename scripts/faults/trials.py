"""The runs that a fault disturbs, and what came of them."""
import glob
import os
import subprocess
import time

from .processes import finish, hashes, wait_for


class Cluster:
    """A coordinator and its workers."""

    def __init__(self, run, workers, begun):
        self.run, self.workers, self.begun, self.took = run, workers, begun, None

    def wait_for(self, text):
        """Waits until the coordinator says this. It names a stage when the stage is over."""
        wait_for(self.run, text)

    def finish(self):
        """Waits for the end of the run, which has to end well."""
        if self.took is None:
            finish(self.run)
            self.took = time.time() - self.begun

    def leave(self):
        for each in self.workers:
            each.wait()


class Trials:
    """Counts a fault's runs, those that gave the expected bytes, and the seconds that they took longer than usual."""

    def __init__(self, rehearsal, instance=None, expected=None, output=None):
        self.rehearsal = rehearsal
        self.instance, self.expected = instance or rehearsal.instance, expected or rehearsal.expected
        self.output = output or f"{rehearsal.folder}/out"
        self.endpoint = f"ipc://{rehearsal.folder}/socket"
        self.tries, self.same, self.lost = 0, 0, 0.0

    def clean(self):
        """Removes the output of the run before, and its journal."""
        folder, name = os.path.split(self.output)
        subprocess.run(["rm", "-rf", self.output, *glob.glob(f"{folder}/.{name}.*")], check=True)

    def workers(self, count):
        """Starts workers, which wait for a coordinator."""
        return [self.rehearsal.worker(self.endpoint) for _ in range(count)]

    def begin(self, workers, *options, at_least=None, listen=None):
        """Starts a coordinator for these workers. It begins once all of them are there, or `at_least` so many."""
        self.clean()
        begun = time.time()
        run = self.rehearsal.coordinator(
            self.instance, listen or self.endpoint, self.output, at_least or len(workers), *options)
        return Cluster(run, workers, begun)

    def end(self, cluster):
        """Waits for the end of a run and of its workers, and counts it."""
        cluster.finish()
        cluster.leave()
        self.count(cluster.took)

    def count(self, seconds):
        """Counts a run that has just ended, after so many seconds."""
        self.tries += 1
        self.lost += seconds - self.rehearsal.usual
        self.same += hashes(self.output) == self.expected

    def report(self, fault, outcome=None):
        """Reports the fault, with the time that a run lost unless something else is to be told."""
        outcome = outcome or f"{self.lost / self.tries:.1f} s a run"
        self.rehearsal.report(fault, self.tries, self.same, outcome)
