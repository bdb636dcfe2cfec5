# Everything below runs on a fresh machine with Python 3.10 or later and make; the first target called sets up .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BIOME := tests/javascript/node_modules/.bin/biome
# A worker that dies is not started again: pytest-xdist may then wait for ever. Its test is named, and the run ends.
PARALLEL := -n auto --dist loadfile --max-worker-restart 0

# Tests start a thousand Python processes: without compiled modules each would compile them again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check check-suite coverage test-pythons clients cluster fuzz wheel lowest lint lint-javascript format soak bench bench-ocr bench-servers docs site specimens screenshots clean

demo: $(STAMP)  ## Send a photo of an ID card through a Python cloud function, offline
	$(BIN)/cloudbase-ocr demo

test: $(STAMP) lint  ## Lint, and every test that is quick and needs Python only
	$(BIN)/python -m pytest $(PARALLEL)

# Tests of make check that read pictures or run commands: make coverage runs them, and nothing runs them twice.
READING := $(addprefix tests/emulator/,recognizer/documents recognizer/image recognizer/ocr recognizer/page \
	recognizer/serving recognizer/test_pipeline.py control/operations/test_recognizer.py control/test_snippets.py \
	journal/test_readings.py commands dependencies record/test_command.py test_api.py test_specimens_end_to_end.py)

check: $(STAMP)  ## All other tests: long ones, browser, SDKs of others, other Pythons; what the machine lacks is named
	$(MAKE) check-suite
	$(MAKE) coverage
	$(MAKE) test-pythons
	$(MAKE) lowest

check-suite: $(STAMP)  ## Of make check: what runs on the newest versions and this Python, but for what coverage runs
	@if command -v node >/dev/null && command -v npm >/dev/null; then $(MAKE) lint-javascript clients; \
		else echo "Node is not installed: the SDKs of others (make clients) and make lint-javascript are left out"; fi
	$(BIN)/python -m pytest $(PARALLEL) -m check --ignore tests/clients $(addprefix --ignore ,$(READING))

coverage: $(STAMP)  ## Measure which lines and branches are reached by make test, and by those of make check that read pictures or run commands; below the floor in pyproject.toml it fails
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-fail-under 0 --cov-report ''
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-append --cov-report term -m check $(READING)

test-pythons: $(STAMP)  ## Run the tests of wxcloud, and the core of the emulator's, under every other Python from 3.9 to 3.13
	$(BIN)/python -m tests.pythons

clients: $(STAMP)  ## Install the unmodified SDKs of tests/clients (needs Node), run them, write docs/conformance.md
	@command -v node >/dev/null && command -v npm >/dev/null || \
		{ echo "Node is not installed; the SDKs need Node 18 or later with npm. Everything else works without."; exit 2; }
	cd tests/clients && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	$(BIN)/python -m pytest -m '' tests/clients
	$(BIN)/python -m tests.clients.conformance --write

# moto has an environment of its own: it and s3fs want different botocores, and pip would look for minutes for one of both.
cluster: $(STAMP)  ## Install Ray, s3fs and a server that speaks S3 (moto), which tests of make check need
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[ray]'
	$(BIN)/python -m venv $(VENV)/moto
	$(VENV)/moto/bin/python -m pip install --quiet --disable-pip-version-check 'moto[s3]' flask flask-cors

fuzz: $(STAMP)  ## Send 100,000 mutated requests to every route and to the recorder, and write docs/robustness.md
	$(BIN)/python -m tests.fuzz --write

wheel: $(STAMP)  ## Build the wheel, install it with its dependencies into a new environment, and test it there
	$(BIN)/python -m pytest -m check tests/emulator/testing/test_wheel.py tests/emulator/testing/test_sizes.py

lowest: $(STAMP)  ## Run a part of the tests with the lowest version of every dependency that pyproject.toml allows
	$(BIN)/python -m tests.lowest

lint: $(STAMP)  ## Style, spelling and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/mypy
	@! test -x $(BIOME) || $(BIOME) lint --error-on-warnings

lint-javascript:  ## Install the linter for JavaScript (needs Node) and run it; later `make lint` runs it, too
	cd tests/javascript && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	$(BIOME) lint --error-on-warnings

format: $(STAMP)  ## Put every file into shape
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

soak: $(STAMP)  ## Kill the recorder and the emulator 100 times each while they write; 1,000 crashing functions; eight clients; 2,000 damaged pictures
	$(BIN)/python -m tests.soak --write
	MUTATED_IMAGES=2000 WRITE_FIGURES=1 $(BIN)/python -m pytest -s -m check tests/emulator/recognizer/test_mutated_images.py

bench: $(STAMP)  ## Measure, against a peer in the same run
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.console

bench-ocr: $(STAMP)  ## Measure how well documents are read, beside peers: three hours, and goes on where it was
	$(BIN)/python -m tests.bench.ocr.peers
	$(BIN)/python -m tests.bench.ocr --write

bench-servers: $(STAMP)  ## Compare servers for Python side by side (5 minutes), and write the table of docs/benchmarks.md
	$(BIN)/python -m pip install --quiet cheroot granian waitress gunicorn uvicorn a2wsgi
	$(BIN)/python -m tests.bench.servers --write

docs: $(STAMP)  ## Write the generated parts of the documentation, and the catalogue of Chinese sentences, again
	$(BIN)/python -m docs.catalogue --write
	$(BIN)/python -m docs.generate --write

# jieba keeps its dictionary in the folder of temporary files and loads what it finds there: this one is our own.
MKDOCS = TMPDIR=build/jieba NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --config-file
site: $(STAMP)  ## Install MkDocs, and build the pages as a site in build/site, in both languages
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[site]'
	mkdir -p build/jieba
	$(MKDOCS) docs/site/mkdocs.yml
	$(MKDOCS) docs/site/zh-CN.yml
	@echo "To look at it: $(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site 8000"

specimens: $(STAMP)  ## Draw the specimens again (needs a Chinese font, for example Debian's fonts-noto-cjk)
	$(BIN)/python -m tests.bench.ocr.specimens.draw

screenshots: $(STAMP)  ## Take the pictures of the console in docs/images (needs Chromium and chromedriver)
	$(BIN)/python -m tests.emulator.console.screenshots

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo "Python 3.10 or later is needed; name one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): about 950 MB on disk, of which about 260 MB are downloaded, most of it the OCR engine"
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)
	@echo "Installed: $$(du -sh $(VENV) | cut -f1) in $(VENV)"
