"""BigQuery's emulator, in memory, on a port of its own; it ends when its standard input does."""

import os
import sys
import threading

# DuckDB keeps its extensions below the home folder.
os.environ["HOME"] = sys.prefix

from bqemulator.cli import main  # noqa: E402
from duckdb_extensions import import_extension  # noqa: E402


def end_with_input():
    sys.stdin.read()
    os._exit(0)


import_extension("spatial")
threading.Thread(target=end_with_input, daemon=True).start()
main(["start", "--rest-port", "0", "--grpc-port", "0", "--log-level", "info", "--log-format", "json"])
