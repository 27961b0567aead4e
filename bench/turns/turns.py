"""Python's end of a comparison in turns: answers requests line by line, and times calls in rounds. See serve.ts."""
import json
import math
import sys
import time

LEAST_CALLS = 5
LEAST_SECONDS = 1e-4


class Timer:
    """Times calls of a function."""

    def __init__(self, run):
        self.run, self.batch = run, 1

    def once(self):
        """Milliseconds of one call."""
        start = time.perf_counter()
        self.run()
        return (time.perf_counter() - start) * 1000

    def round(self, ms, processor=False):
        """The least milliseconds of a call in a round of `ms`, of processor time if asked for, else of the clock on the wall."""
        run, best, now = self.run, math.inf, time.process_time if processor else time.perf_counter
        seconds, calls, begin = ms / 1000, 0, now()
        while True:
            start = now()
            for _ in range(self.batch):
                run()
            end = now()
            best, calls = min(best, (end - start) / self.batch), calls + 1
            if end - start < LEAST_SECONDS:
                self.batch = min(self.batch * 4, 1024)
            if end - begin >= seconds and (calls >= LEAST_CALLS or end - begin >= 4 * seconds):
                return best * 1000


def serve(answers):
    """Answers each line of the standard input: its `command` names the function that gets the rest."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {"ok": True, **answers[request.pop("command")](**request)}
        except Exception as error:  # noqa: BLE001: it is told
            reply = {"ok": False, "error": f"{type(error).__name__}: {str(error)[:300]}"}
        print(json.dumps(reply), flush=True)
