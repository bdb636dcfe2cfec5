# Two images of one file: `core`, the emulator without the engine, and `ocr`, the private service that reads pictures.
#   docker build --target ocr --tag cloudbase-ocr .
# BASE is any image with Python 3.10 or later, venv, pip and glibc 2.28 or later; it is also what the images run on.
ARG BASE=python:3.13-slim

FROM ${BASE} AS build-core
COPY . /src
RUN python3 -m venv /venv
RUN /venv/bin/pip install --no-cache-dir '/src[redis,service]'

FROM build-core AS build-ocr
RUN /venv/bin/pip install --no-cache-dir '/src[ocr,redis,service]'

FROM ${BASE} AS runtime
# No name goes with the number of the user, who so needs a folder of his own; any other number may run it, too.
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 CLOUDBASE_OCR_HOST=0.0.0.0
USER 65532:65532
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8787/readyz', timeout=4)"]
ENTRYPOINT ["cloudbase-ocr"]

FROM runtime AS core
COPY --from=build-core /venv /venv
CMD ["serve"]

FROM runtime AS ocr
COPY --from=build-ocr /venv /venv
CMD ["serve", "--ocr-only", "--quota-per-day", "0", "--recognizer-workers", "2", "--recognizer-threads", "1", "--journal-keep-mb", "0", "--overload", "503", "--log-format", "json"]
