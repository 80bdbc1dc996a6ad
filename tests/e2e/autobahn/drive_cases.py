"""Runs Autobahn's cases against a WebSocket server: drive_cases.py URL CASE... prints one JSON list of verdicts.

A process of its own, because the runner's native threads outlive its event loop: it ends without further ado.
"""

import asyncio
import json
import os
import sys

import kosoku


async def verdicts(url, cases):
    try:
        results = await kosoku.run_fuzzingclient(url, cases=cases)
    except kosoku.FailureError as failure:
        results = failure.results
    return [{"case": result.case_id, "behavior": result.behavior.value, "close": result.behavior_close.value,
             "passed": result.passed, "why": f"{result.result} {result.result_close}"} for result in results]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(verdicts(sys.argv[1], sys.argv[2:]))), flush=True)
    os._exit(0)
