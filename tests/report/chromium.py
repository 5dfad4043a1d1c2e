"""Chromium without a window, told what to do over a pipe (its DevTools protocol), for tests of pages."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1400,1000",
          "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe")  # fmt: skip


class Tab:
    """One page: what it asked the network for, what it said on the console, and what it answers."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read, self._rest, self._number = write, read, b"", 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **arguments: Any) -> dict[str, Any]:
        """The answer to a command of the protocol; events that come before it are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": arguments}
        os.write(
            self._write, json.dumps(message | ({"sessionId": self._session} if self._session else {})).encode() + b"\0"
        )
        while True:
            found = self._next()
            if found.get("id") == self._number:
                assert "error" not in found, found
                return found["result"]
            self.events.append(found)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            block = os.read(self._read, 1 << 16)
            assert block, "Chromium has ended"
            self._rest += block
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, path: Path) -> float:
        """Load a file; the seconds until it is there and drawn once."""
        began = time.monotonic()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._next())
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")
        return time.monotonic() - began

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def emulate(self, media: str = "", dark: bool = False) -> None:
        """Another medium ("print"), or a system that asks for dark pages."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=features)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def pdf(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("Page.printToPDF", preferCSSPageSize=True)["data"]))

    @property
    def requests(self) -> list[str]:
        """Addresses asked for, other than data within a page and what its policy forbids."""
        failed = [event["params"] for event in self.events if event["method"] == "Network.loadingFailed"]
        blocked = {event["requestId"] for event in failed if event.get("blockedReason") == "csp"}
        sent = [event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        asked = [event["request"]["url"] for event in sent if event["requestId"] not in blocked]
        return [url for url in asked if not url.startswith("data:")]

    @property
    def said(self) -> list[str]:
        """Errors, warnings, messages and dialogs."""
        talk = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening")
        return [json.dumps(event) for event in self.events if event["method"] in talk]


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """A fresh browser with its profile in `folder`."""
    assert PROGRAM is not None
    to_read, to_write = os.pipe(), os.pipe()  # the browser reads its orders from 3 and answers on 4
    command = f'exec 3<&{to_read[0]} 4>&{to_write[1]}; exec "$0" "$@"'
    process = subprocess.Popen(
        ["bash", "-c", command, PROGRAM, *_FLAGS, f"--user-data-dir={folder}", "about:blank"],
        pass_fds=(to_read[0], to_write[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(to_read[0])
    os.close(to_write[1])
    try:
        yield Tab(to_read[1], to_write[0])
    finally:
        process.terminate()
        process.wait(20)
        os.close(to_read[1])
        os.close(to_write[0])
