# Every target first makes the machine ready (`setup` does nothing when nothing is missing).
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench doctor clean
export PATH := $(PATH):/usr/local/bin
RUN := uv run --frozen

help: ## List the targets / 列出命令
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## Install what is missing (Debian 12, root) / 安装所缺软件
	@scripts/setup.sh

demo: setup ## One call from dialling to survey, on real parts; KEEP=1 leaves it running / 完整演示一次来电
	$(RUN) hotline demo $(if $(KEEP),--keep)

test: setup ## All tests on real parts; ARGS=… goes to pytest / 运行全部测试
	$(RUN) pytest $(ARGS)

check: setup ## Lint, format, types, import rules / 静态检查
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

bench: setup ## Measurements; results in bench/results / 性能测量
	$(RUN) python -m bench

doctor: setup ## Look for what is wrong with this machine, with remedies / 检查本机环境
	$(RUN) hotline doctor

clean: ## Remove caches of the tools; data, environment and Asterisk stay / 清除工具缓存
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage dist
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
