"""Disks that are full."""
import os
import subprocess
import time

from .processes import finish
from .registry import fault, needs_root
from .trials import Trials


@fault
@needs_root
def disk(rehearsal):
    """The run's disk is full at some point; with more room the same command goes on."""
    mount = f"{rehearsal.folder}/small"
    trials = Trials(rehearsal, output=f"{mount}/out")
    command = ("run", trials.instance, "--output", trials.output, "--workers", "2")
    os.makedirs(mount)
    for size in (1, 2, 3, 4):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", mount], check=True)
        try:
            begun, run = time.time(), rehearsal.start(*command)
            text = run.communicate()[0]
            if run.returncode == 0:
                continue
            assert "No space left" in text, text
            subprocess.run(["mount", "-o", "remount,size=100m", mount], check=True)
            finish(rehearsal.start(*command))
            trials.count(time.time() - begun)
        finally:
            subprocess.run(["umount", mount], check=True)
    trials.report("disk full, then room again", "the same command goes on")
