"""Runs a command in a process of its own and measures it: wall clock, CPU seconds, peak memory."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """What one run took.

    Attributes:
        wall: Seconds from start to end.
        cpu: User and system seconds of the process and the children it waited for.
        peak_mb: Largest resident set of the process or one of its children, in MiB.
        returncode: Exit code.
        stdout, stderr: What it wrote.
    """

    wall: float
    cpu: float
    peak_mb: int
    returncode: int
    stdout: str
    stderr: str

    def figures(self) -> dict[str, float | int]:
        """Return wall, cpu and peak_mb alone."""
        return {k: v for k, v in asdict(self).items() if k in ("wall", "cpu", "peak_mb")}


def measure(command: list[str], folder: Path, env: dict[str, str] | None = None) -> Measured:
    """Run ``command``; its output goes to files in ``folder``, so that no pipe slows it down.

    Modules are compiled once, as for everybody, also where this process was told to leave no bytecode behind.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    folder.mkdir(parents=True, exist_ok=True)
    out, err = folder / "stdout.txt", folder / "stderr.txt"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, env={**inherited, **(env or {})})
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        # the process is reaped: Popen must not wait for it again
        process.returncode = os.waitstatus_to_exitcode(status)
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Measured(
        round(wall, 2), round(usage.ru_utime + usage.ru_stime, 2), int(usage.ru_maxrss / scale), process.returncode,
        out.read_text(encoding="utf-8", errors="replace"), err.read_text(encoding="utf-8", errors="replace"),
    )  # fmt: skip


def crmq(*arguments: object) -> list[str]:
    """Return the command line that runs the crmq of this tree with this interpreter."""
    return [sys.executable, "-m", "crmq", *map(str, arguments)]


def crmq_env() -> dict[str, str]:
    """Return what the environment needs for :func:`crmq`."""
    path = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{path}" if path else str(ROOT), "NO_COLOR": "1", "CRMQ_LANG": "en"}


def machine() -> dict[str, object]:
    """Return what the figures depend on: processor, cores, memory, Python."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = named[0].split(":", 1)[1].strip() if named else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def tail(text: str, lines: int = 6) -> str:
    """Return the last lines of a program's output, for an error message."""
    return "\n".join(text.strip().splitlines()[-lines:])
