# make demo and make test are all a fresh machine needs: Python 3.11 and make.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MONO := $(VENV)/.installed-mono
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export DO_NOT_TRACK := 1

.PHONY: demo test check docs mono bench bench-reports bench-findings bench-listen bench-backtest bench-thresholds bench-phrases bench-redaction bench-clips bench-planted bench-speech bench-odd samples clean install

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or say where it is: make PYTHON=/path/to/python3.11"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

# The component that tells apart two speakers on one channel; large, because it brings torch.
mono: $(MONO)

$(MONO): $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,mono]'
	@touch $@

demo: $(STAMP)
	$(BIN)/qa flow score sample_audio --calls sample_audio/calls.csv --out qa_report

test: $(MONO)
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(MONO)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m qa_pipeline.rules.reference --check

docs: $(STAMP)
	$(BIN)/python -m qa_pipeline.rules.reference --write

# Benchmarks compare within one run; those that need real dialogues or voices take the folder from QA_SHARED_DATA.
bench: $(STAMP)
	$(BIN)/python -m benchmarks.main_job

bench-phrases: $(STAMP)
	$(BIN)/python -m benchmarks.phrase_recall
	$(BIN)/python -m benchmarks.phrase_evidence
	$(BIN)/python -m benchmarks.phrase_speed

bench-redaction: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,samples]'
	$(BIN)/python -m benchmarks.redaction

bench-clips: $(STAMP)
	$(BIN)/python -m benchmarks.clips

bench-thresholds: $(STAMP)
	$(BIN)/python -m benchmarks.thresholds

bench-backtest: $(STAMP)
	$(BIN)/python -m benchmarks.backtest

bench-findings: $(STAMP)
	$(BIN)/python -m benchmarks.report_findings

bench-reports: $(STAMP)
	$(BIN)/python -m benchmarks.reports

bench-planted: $(STAMP)
	$(BIN)/python -m benchmarks.planted sample_audio

bench-speech: $(MONO)
	$(BIN)/python -m benchmarks.speech

bench-listen: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,samples]'
	$(BIN)/python -m benchmarks.second_listen

bench-odd: $(STAMP)
	$(BIN)/python -m benchmarks.odd_audio

samples: $(STAMP)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,samples]'
	$(BIN)/python sample_audio/make_samples.py

clean:
	rm -rf $(VENV) qa_report build dist *.egg-info
