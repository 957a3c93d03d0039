"""Headless Chromium, driven over a pipe in its DevTools protocol: no driver, no further package, no network."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# the protocol speaks over the descriptors 3 (in) and 4 (out)
_START = "import os,sys;os.dup2(int(sys.argv[1]),3);os.dup2(int(sys.argv[2]),4);os.execv(sys.argv[3],sys.argv[3:])"
_CODES = {"ArrowLeft": 37, "ArrowRight": 39, "Enter": 13, "Escape": 27, "Tab": 9}


def executable() -> str | None:
    """Return the browser there is, or None."""
    named = os.environ.get("CRMQ_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """One page of a browser of its own.

    Attributes:
        downloads: Folder that downloads go to.
        requests: Address of everything the page asked for.
    """

    def __init__(self, home: Path, profile: Path | None = None) -> None:
        self.downloads = home / "downloads"
        self.downloads.mkdir(parents=True, exist_ok=True)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        theirs, self._out = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 50) for fd in os.pipe())
        self._in, back = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 50) for fd in os.pipe())
        browser = executable()
        assert browser
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(theirs), str(back), browser, "--headless=new", "--no-sandbox",
             "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", f"--user-data-dir={profile or home / 'profile'}", "about:blank"],
            pass_fds=(theirs, back), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(theirs)
        os.close(back)
        targets = self.send("Target.getTargets")["targetInfos"]
        target = next(t["targetId"] for t in targets if t["type"] == "page")
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        self.send("Browser.setDownloadBehavior", browser=True, behavior="allow", downloadPath=str(self.downloads))

    def send(self, method: str, *, browser: bool = False, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session and not browser:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + 60
        while time.monotonic() < until:
            answer = self._read(until - time.monotonic())
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
        raise AssertionError(f"no answer to {method}")

    def _read(self, seconds: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(seconds, 0))
            assert ready, "the browser does not answer"
            part = os.read(self._in, 1 << 16)
            assert part, "the browser has ended"
            self._buffer += part
        text, self._buffer = self._buffer.split(b"\0", 1)
        answer = json.loads(text)
        if answer.get("method") == "Network.requestWillBeSent":
            self.requests.append(answer["params"]["request"]["url"])
        if answer.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(answer["params"]["exceptionDetails"]))
        if answer.get("method") == "Log.entryAdded" and answer["params"]["entry"]["level"] == "error":
            self.errors.append(answer["params"]["entry"]["text"])
        return answer

    def open(self, file: Path) -> None:
        """Open a file and wait until it stands there."""
        self.send("Page.navigate", url=file.resolve().as_uri())
        self.wait("document.readyState === 'complete' && location.protocol === 'file:'")

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page."""
        found = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, condition: str, seconds: float = 20) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + seconds
        while not self.run(f"!!({condition})"):
            assert time.monotonic() < until, condition
            time.sleep(0.03)

    def press(self, *keys: str) -> None:
        """Press keys, as a person does."""
        for key in keys:
            text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
            code = _CODES.get(key, ord(key.upper()) if len(key) == 1 and key.isalnum() else 0)
            common = {"key": key, "windowsVirtualKeyCode": code}
            self.send("Input.dispatchKeyEvent", type="keyDown", **common, **text)
            self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def text(self, id: str) -> str:
        """Return the text of an element."""
        return str(self.run(f"document.getElementById({json.dumps(id)}).textContent")).strip()

    def size(self, width: int, height: int, dark: bool = False) -> None:
        """Set the size of the window in CSS pixels, and the colours."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, path: Path) -> None:
        """Write what is seen to a PNG file."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        """End the browser."""
        try:
            self.send("Browser.close", browser=True)
            self._process.wait(20)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._out)
        os.close(self._in)
