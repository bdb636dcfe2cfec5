"""Servers for Python side by side: what each does that ours has to do, and how fast it takes uploads.

`make bench-servers` writes the table of docs/benchmarks.md. The peers are installed by hand, beside the project:
``pip install cheroot granian waitress gunicorn uvicorn a2wsgi``; one that is missing is left out, which the table says.
"""
