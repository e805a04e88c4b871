"""How a run says that it can't go on."""


class Trouble(Exception):
    """Something that the person who started us can put right; the text says what and how."""
