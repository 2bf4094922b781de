"""What all faults share: the program, a folder, the processes that run, and what a run gives that nobody disturbs."""
import os
import subprocess
import tempfile
import time

from .processes import finish, hashes

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Rehearsal:
    """Starts the program in a folder of its own, and keeps what is to be told at the end.

    Used as a context, it ends all processes and removes the folder.
    """

    def __init__(self, is_blind=False, copies=1):
        """Where `is_blind`, workers share no disk with their coordinator: files go over the network, those of shards only if
        there are `copies`."""
        self.is_blind, self.copies = is_blind, copies
        self.program = os.environ.get("PROPENSITY", f"{ROOT}/.build/release/propensity")
        self.folder = tempfile.mkdtemp(prefix="propensity-soak-")
        self.running, self.rows = [], []
        self.instance, self.expected, self.usual = None, {}, 0.0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for process in self.running:
            if process.poll() is None:
                process.kill()
        subprocess.run(["rm", "-rf", self.folder])

    def measure(self):
        """Does a run that nobody disturbs: its outputs are expected of all others, and its time is the usual one."""
        self.instance = self.given("trees: 40")
        begun = time.time()
        self.expected = self.undisturbed(self.instance, "alone")
        self.usual = time.time() - begun
        print(f"undisturbed: {self.usual:.1f} s, {len(self.expected)} outputs")

    def given(self, settings, name="sample"):
        """The instance file that INSTANCE names, or else one of the bundled sample with these settings of the model."""
        return os.environ.get("INSTANCE") or self.sample(settings, name)

    def sample(self, settings, name):
        source = f"{ROOT}/Sources/propensity/Sample"
        with open(f"{source}/online_retail.parquet", "rb") as file:
            with open(f"{self.folder}/online_retail.parquet", "wb") as copy:
                copy.write(file.read())
        with open(f"{source}/online_retail.yaml") as file, open(f"{self.folder}/{name}.yaml", "w") as copy:
            copy.write(f"{file.read()}model: {{ {settings} }}\n")
        return f"{self.folder}/{name}.yaml"

    def undisturbed(self, instance, name):
        """The hashes of the outputs of a run with two workers of its own."""
        output = f"{self.folder}/{name}"
        finish(self.start("run", instance, "--output", output, "--workers", "2"))
        return hashes(output)

    def start(self, *arguments):
        """Starts the program."""
        if any(each.startswith("tcp://") for each in arguments) and "--keys" not in arguments:
            arguments += ("--insecure",)
        return self.launch(self.program, *arguments)

    def launch(self, *command):
        """Starts a command, which is killed at the end if it still runs then."""
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.running.append(process)
        return process

    def worker(self, endpoint, *options):
        sight = ("--no-shared-disk", "--scratch", self.folder) if self.is_blind else ()
        return self.start("worker", "--connect", endpoint, "--threads", "1", *sight, *options)

    def coordinator(self, instance, endpoint, output, workers, *options):
        """Starts a coordinator that waits for so many workers."""
        return self.start("coordinator", instance, "--listen", endpoint, "--output", output,
                          "--min-workers", str(workers), "--copies", str(self.copies), *options)

    def report(self, fault, tries, same, lost):
        """Keeps a row of the table, and prints it already."""
        self.rows.append((fault, tries, f"{same} of {tries}", lost))
        print(f"{fault}: {tries} tries, same bytes {same}, {lost}", flush=True)
