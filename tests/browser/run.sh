#!/bin/sh
# Drives the page of `jixiao review` in Debian's chromium. Needs node, and: apt-get install -y chromium fonts-noto-cjk
set -eu
cd "$(dirname "$0")"
[ -d node_modules/playwright-core ] || npm ci --no-audit --no-fund
exec node review.mjs
