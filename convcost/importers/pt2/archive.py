"""The archive that ``torch.export.save`` writes: a zip file with a graph in JSON.

Only the graph is read, and small constants as raw bytes. Pickles are never opened, and weights
never read: their shapes stand in the graph.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any, NoReturn, cast

from convcost.errors import ConvcostError, cut
from convcost.files.listed import Listed, LongList

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_MEMBERS = 1 << 17  # an array each
MOST_LISTED = MOST_MEMBERS * 256  # bytes of their list
MOST_BYTES = 1 << 28  # of a graph in JSON
LARGEST_ARRAY = 1 << 16  # bytes of those that are read
MAJOR_VERSION = 8  # of the schema of graphs
PACKAGED = "data/aotinductor/"  # compiled models

BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(RuntimeError, NotImplementedError),  # encrypted, or compressed in a way that Python lacks
)
"""What reading a member that is not as the archive lists it ends in."""


class Archive:
    """An open archive: its graph, and the raw bytes of its constants.

    Raises:
        ConvcostError: it is none that can be read, for a reason that is said; without its path.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        listed = Listed(stream, MOST_LISTED)
        try:
            self._zip = zipfile.ZipFile(listed)
        except LongList:
            self.refuse(f"has more than {MOST_MEMBERS:,} members")
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
            self.refuse("is not a zip archive, as torch.export.save writes: it may be cut off")
        listed.most = None
        members = self._zip.infolist()
        if len(members) > MOST_MEMBERS:
            self.refuse(f"has more than {MOST_MEMBERS:,} members")
        # All lie in one folder, whose name is that of the file when it was written.
        self._members = {info.filename.partition("/")[2]: info for info in members}
        self._refuse_others({info.filename for info in members})

    def refuse(self, reason: str) -> NoReturn:
        """Raise ConvcostError: the file cannot be read, for a reason."""
        raise ConvcostError(f"the file {reason}")

    def _refuse_others(self, names: set[str]) -> None:
        if any(name.startswith(PACKAGED) for name in self._members):
            self.refuse(
                "is a package of compiled code (AOTInductor), which holds no graph: save the "
                "exported program itself with torch.export.save"
            )
        if any(name.endswith("serialized_exported_program.json") for name in names):
            self.refuse(
                "has the format of torch.export before PyTorch 2.8: load it there and save it "
                "again with a newer version"
            )
        if any(name in self._members for name in ("constants.pkl", "data.pkl")):
            code = any(name.startswith("code/") for name in self._members)
            what = "a TorchScript module" if code else "pickled by torch.save"
            self.refuse(
                f"is {what}, not an exported program: write it with "
                "torch.export.save(torch.export.export(module, inputs), path)"
            )

    def graph(self) -> Mapping[str, Any]:
        """The exported program: its graph, its signature and its versions."""
        names = [n for n in self._members if n.startswith("models/") and n.endswith(".json")]
        if len(names) != 1:
            self.refuse(
                f"holds {len(names)} exported programs, and one is read"
                if names
                else "holds no exported program"
            )
        program = self._json(names[0])
        version = program.get("schema_version")
        major = cast("Any", version).get("major") if isinstance(version, dict) else None
        if major != MAJOR_VERSION:
            self.refuse(
                f"has version {cut(str(major))} of the schema of exported programs, and "
                f"convcost reads version {MAJOR_VERSION}"
            )
        return program

    def constants(self, kind: str) -> Mapping[str, Any]:
        """The stored descriptions of the arrays of a kind (``weights`` or ``constants``), by
        name."""
        names = [n for n in self._members if n.startswith(f"data/{kind}/") and n.endswith(".json")]
        if len(names) != 1:
            return {}
        config = self._json(names[0]).get("config")
        return cast("Mapping[str, Any]", config) if isinstance(config, dict) else {}

    def raw(self, kind: str, member: str, size: int) -> bytes | None:
        """The bytes of an array; None where it is not stored in just that many."""
        info = self._members.get(f"data/{kind}/{member}")
        if info is None or info.file_size != size:
            return None
        return self._bytes(info)

    def reduced(self) -> bytes:
        """An archive of the same program, without the arrays that are too large to be read."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as reduced:
            for name, info in self._members.items():
                if info.file_size <= LARGEST_ARRAY or name.endswith(".json"):
                    reduced.writestr(info.filename, self._bytes(info))
        return data.getvalue()

    def _json(self, name: str) -> dict[str, Any]:
        info = self._members[name]
        if info.file_size > MOST_BYTES:
            self.refuse(f"has a graph of more than {MOST_BYTES >> 20} MiB")
        try:
            found = json.loads(self._bytes(info))
        except (ValueError, RecursionError):
            self.refuse(f"is damaged: {cut(name)} in it is not JSON")
        if not isinstance(found, dict):
            self.refuse(f"is damaged: {cut(name)} in it is not a JSON object")
        return cast("dict[str, Any]", found)

    def _bytes(self, info: zipfile.ZipInfo) -> bytes:
        """The bytes of a member: not more than it says that it has."""
        try:
            with self._zip.open(info) as member:
                found = member.read(info.file_size + 1)
        except BROKEN as error:
            self.refuse(f"is damaged: {cut(info.filename)} in it cannot be read ({error})")
        if len(found) != info.file_size:
            self.refuse(f"is damaged: {cut(info.filename)} has another size than it says")
        return found
