"""Processes of the program: what they say, how they end, and what they leave."""
import json


def wait_for(process, text):
    """Reads what a process says until a line has this text."""
    seen = ""
    for line in process.stdout:
        seen += line
        if text in line:
            return
    raise SystemExit(f"ended without {text!r}:\n{seen}")


def finish(process):
    """Waits for the end of a process, which has to end well."""
    text = process.communicate()[0]
    if process.returncode != 0:
        raise SystemExit(f"exit code {process.returncode}:\n{text}")


def hashes(output):
    """The SHA-256 of each output that a run has left."""
    with open(f"{output}/run.json") as file:
        return {each["path"]: each["sha256"] for each in json.load(file)["outputs"]}
