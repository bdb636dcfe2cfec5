"""https for clients whose address cannot be changed: an authority of this user's own, and what lets programs trust it.

Nothing here is put into a system's store. `authority` needs the extra ``tls`` (cryptography), and is
imported when the first client asks for it.
"""

from cloudbase_ocr.tls.errors import TlsError
from cloudbase_ocr.tls.store import AuthorityStore

__all__ = ["AuthorityStore", "TlsError"]
