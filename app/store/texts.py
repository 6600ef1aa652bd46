"""Text every engine can keep: PostgreSQL takes no NUL, and neither takes half of a surrogate pair. Station side, pure.

Such text comes from broken devices and hostile requests; it must not be able to stop the journal.
"""


def clean(text: str) -> str:
    """`text` as a plain str; what cannot be kept becomes U+FFFD."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    # str() also turns a StrEnum into what it says; drivers of databases would write its name
    return str(text).replace("\0", "\ufffd")
