"""A key of a role that is always alive: renewed in the background, and replaced before its lease ends for good."""

import json
import os
import threading
import time
import urllib.error
import urllib.request


def _setting(name: str) -> str:
    return os.environ.get(f"BAO_{name}") or os.environ[f"VAULT_{name}"]


def _ask(method: str, path: str, body: "dict[str, object] | None" = None) -> "dict[str, object]":
    request = urllib.request.Request(
        f"{_setting('ADDR')}/v1/{path}",
        method=method,
        headers={"X-Vault-Token": _setting("TOKEN"), "X-Vault-Request": "true"},
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class LeasedKey:
    """Call it for the key of this moment. Hand it to OpenAI(api_key=...), which calls it for each request."""

    def __init__(self, creds: str) -> None:
        self._creds = creds
        self._read()
        threading.Thread(target=self._keep, daemon=True).start()

    def __call__(self) -> str:
        return self._key

    def _read(self) -> None:
        # The key before this one is left to its lease: a call that is under way ends well.
        issued = _ask("GET", self._creds)
        self._lease_id = issued["lease_id"]
        self._ttl = self._lease = issued["lease_duration"]
        self._ends = time.monotonic() + self._lease
        self._key = issued["data"]["key"]

    def _keep(self) -> None:
        while True:
            time.sleep(max((self._ends - time.monotonic()) / 2, 0.2))
            try:
                self._renew_or_read()
            except (OSError, ValueError) as error:
                # The engine is away for now: the key still lives, and there is time for another try.
                print(f"leased_key: {error}", flush=True)

    def _renew_or_read(self) -> None:
        if self._ends - time.monotonic() < self._ttl / 4:
            self._read()
            return
        try:
            renewed = _ask("PUT", "sys/leases/renew", {"lease_id": self._lease_id, "increment": self._ttl})
        except urllib.error.HTTPError as error:
            if error.code not in (400, 403, 404):
                raise
            self._read()
            return
        self._lease = renewed["lease_duration"]
        self._ends = time.monotonic() + self._lease
        # It is near its max_ttl: what a renewal gives gets shorter and shorter.
        if self._lease < self._ttl / 2:
            self._read()
