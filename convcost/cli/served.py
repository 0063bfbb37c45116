"""A page served to browsers of this machine, made again when a file that it was made of is saved.

Who asks must know a token, which the address has, and must have come by that address: a page of
another site that reaches this port under a name of its own gets nothing.
"""

from __future__ import annotations

import os
from contextvars import copy_context
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Lock
from typing import TYPE_CHECKING

from convcost.allowance import Allowance, allowing
from convcost.errors import ConvcostError
from convcost.files.command import inputs_read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    States = Mapping[str, tuple[int, ...]]

HERE = "127.0.0.1"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Served:
    """A page at an address of this machine.

    Args:
        page: makes it, and puts its number into it. Where it raises ConvcostError, the page says
            that until a file changes.

    Raises:
        ConvcostError: there is no file to follow.
    """

    def __init__(self, page: Callable[[int], str]) -> None:
        self._page = page
        self._context = copy_context()  # threads have none of this command's
        self._lock = Lock()
        self._token = token_urlsafe(24)
        self._number = 0
        self._text = ""
        self._made_of: States = {}
        self.page()
        self._server = ThreadingHTTPServer((HERE, 0), _handler(self))
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        """The port, which the system chose."""
        return self._server.server_port

    @property
    def address(self) -> str:
        """The address of the page, with its token."""
        return f"http://{HERE}:{self.port}/{self._token}/"

    def forever(self) -> None:
        """Answer until :meth:`stop`."""
        with self._server:
            self._server.serve_forever()

    def stop(self) -> None:
        """Answer no more, whichever thread does."""
        self._server.shutdown()

    def answer(self, host: str, path: str) -> tuple[HTTPStatus, str, str]:
        """The status, the type and the text for a request."""
        if host not in (f"{HERE}:{self.port}", f"localhost:{self.port}"):
            return HTTPStatus.FORBIDDEN, "text/plain", "not by this name\n"
        _, token, *rest = [*path.split("/"), ""]
        known = compare_digest(token.encode(), self._token.encode())
        if known and rest == ["", ""]:
            return HTTPStatus.OK, "text/html", self.page()
        if known and rest == ["version", ""]:
            return HTTPStatus.OK, "text/plain", self.version()
        return HTTPStatus.NOT_FOUND, "text/plain", "nothing is here\n"

    def page(self) -> str:
        """The page, made again if a file has changed."""
        with self._lock:
            if not self._text or self._changed():
                self._number += 1
                before = self._states()
                self._text = self._context.run(self._made)
                # A file that is saved meanwhile has changed since.
                self._made_of = {**self._states(), **before}
            return self._text

    def version(self) -> str:
        """The number of the page as it would be now."""
        with self._lock:
            return str(self._number + self._changed())

    def _changed(self) -> bool:
        return self._states() != self._made_of

    def _states(self) -> States:
        """The states of all files that were read so far."""
        return {path: _state(path) for path in self._context.run(inputs_read)}

    def _made(self) -> str:
        try:
            with allowing(Allowance()):
                return self._page(self._number)
        except ConvcostError as error:
            if not inputs_read():  # nothing to follow
                raise
            return _mistake(str(error), self._number)


def _state(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _mistake(said: str, number: int) -> str:
    from convcost.render.html.document import document
    from convcost.render.html.parts import body
    from convcost.render.parts.table import Line
    from convcost.render.report import Drawing, Heading

    lines = [Line(line) for line in said.split("\n")]
    page = [Heading("This network cannot be read"), Drawing(lines)]
    return document("A mistake - convcost", body(page), served=number)


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers requests for one page."""

        def do_GET(self) -> None:
            """Send the page, its version, or a refusal."""
            status, kind, text = served.answer(self.headers.get("Host", ""), self.path)
            data = text.encode()
            self.send_response(status)
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the address has the token."""

        def version_string(self) -> str:
            """The name of the server, without versions of anything."""
            return "convcost"

    return Handler
