"""The peer: a Flask route that reads the upload and does nothing else, on Flask's own server."""

from __future__ import annotations

import logging

from flask import Flask, request
from werkzeug.serving import make_server

app = Flask(__name__)


@app.post("/cv/ocr/idcard")
def idcard() -> dict[str, int]:
    """Read the picture and tell its size."""
    return {"bytes": len(request.files["img"].read())}


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(f"http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()
