"""Formats of files that are not ONNX models, told by their first bytes."""

from __future__ import annotations

HEAD = 512  # bytes that are looked at

SIGNATURES = (
    (
        b"version https://git-lfs.github.com/",
        "a Git LFS pointer, not the model itself: `git lfs pull` fetches it",
    ),
    (b"\x89PNG\r\n", "a PNG picture, not an ONNX model"),
    (b"\xff\xd8\xff", "a JPEG picture, not an ONNX model"),
    (b"\x89HDF\r\n", "an HDF5 file (Keras writes them), not an ONNX model: tf2onnx converts it"),
    (b"PK\x03\x04", "a zip archive, as PyTorch writes: unpack it, or use torch.onnx.export"),
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"\x80\x02", "a Python pickle, as PyTorch wrote: use torch.onnx.export"),
    (b"GGUF", "a GGUF file, not an ONNX model"),
    (b"%PDF-", "a PDF file, not an ONNX model"),
)


def foreign(head: bytes) -> str | None:
    """The format of a file by its signature, as words after "this is"; None for none that is
    known."""
    if head[4:8] == b"TFL3":
        return "a TensorFlow Lite model: tf2onnx converts it"
    if head.lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return "an HTML page, not an ONNX model: download the file itself"
    return next((what for signature, what in SIGNATURES if head.startswith(signature)), None)


def is_text(head: bytes) -> bool:
    """Whether bytes are text; asked of what was no model, as a model may begin with letters."""
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else the cut goes through a character
            return False
        text = head[: error.start].decode()
    return all(c.isprintable() or c in "\t\n\r\f\ufeff" for c in text)
