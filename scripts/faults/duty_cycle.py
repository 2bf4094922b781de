"""A process that works for a share of the time."""
import signal
import threading


class DutyCycle:
    """Stops and continues a process, so that it runs for a share of each tenth of a second."""

    def __init__(self, process, share):
        self.process, self.share, self.ended = process, share, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended.is_set() and self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)
            self.ended.wait(0.1 * (1 - self.share))
            self.process.send_signal(signal.SIGCONT)
            self.ended.wait(0.1 * self.share)

    def end(self):
        self.ended.set()
        self.thread.join()
