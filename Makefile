# Two commands set everything up on a fresh machine: make demo, make test.
PYTHON ?= python3
VENV ?= .venv
BENCH_VENV ?= .venv-bench
PIP = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
SOURCES = pyproject.toml $(shell find hybrid_ner rules models library -type f -not -name '*.pyc' -not -path '*/__pycache__/*')

.PHONY: demo test lint bench clean

demo: $(VENV)/.demo
	$(VENV)/bin/hybrid-ner extract examples/documents --types examples/types.yaml --format csv
	@mkdir -p out
	@$(VENV)/bin/hybrid-ner extract examples/documents --types examples/types.yaml --explain --output out/demo.html
	@echo "The same, to look at, with the reason for every kept and dropped span: out/demo.html"

test: $(VENV)/.test
	$(VENV)/bin/python -m pytest

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .

# Beside the gliner package, which brings PyTorch: an environment of its own.
bench: $(BENCH_VENV)/.bench
	$(BENCH_VENV)/bin/python -m evaluation bench --output evaluation/results/bench.json

# The base install, as a user has it: no PyTorch, no transformers, no spaCy.
$(VENV)/.demo: $(SOURCES)
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(PIP) .
	@touch $@

$(VENV)/.test: $(SOURCES)
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[dev]'
	@touch $@

$(BENCH_VENV)/.bench: $(SOURCES) evaluation/bench/requirements.txt
	test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r evaluation/bench/requirements.txt -e .
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH_VENV) out build dist *.egg-info
