#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh [TEST.sh]...: run the tests, all of them if none is named, as root in
# this system; print KTAP, each test's own results nested. What the kernel says
# meanwhile on its console is the guest's to judge (see vm/run).
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if [ $# = 0 ]; then
	mapfile -t tests < <(make -s -C "$here" print-tests)
	set -- "${tests[@]}"
fi
limit=${NSFAB_TEST_TIMEOUT:-600}
failed=0 n=0
printf 'KTAP version 1\n1..%d\n' $#
for test; do
	test=${test##*/}
	n=$((n + 1))
	start=$SECONDS
	status=0
	timeout -k 10 "$limit" "$here/$test" 2>&1 </dev/null |
		sed -u 's/^/# /' || status=$?
	printf '# %s: %d s\n' "$test" $((SECONDS - start))
	case $status in
	0) printf 'ok %d %s\n' $n "$test" ;;
	4) printf 'ok %d %s # SKIP\n' $n "$test" ;;
	124 | 137)
		printf 'not ok %d %s # TIMEOUT %d s\n' $n "$test" "$limit"
		failed=1
		;;
	*)
		printf 'not ok %d %s # exit=%d\n' $n "$test" $status
		failed=1
		;;
	esac
done
exit $failed
