"""What an uploaded paper is, by its content: the browser's word on its type counts for nothing."""

KINDS = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def kind_of(content: bytes) -> str | None:
    """The media type of a PDF, JPEG or PNG; None for all else."""
    return next((kind for start, kind in KINDS if content.startswith(start)), None)
