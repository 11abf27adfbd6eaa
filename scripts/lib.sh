# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by the scripts beside it: the cache, locks, and packages of Debian.
#
# The cache holds what takes long to get and depends on nothing in the tree:
# kernels, their headers, the kernel's own scripts. An entry is made in a
# scratch directory and renamed into place, so one that exists is whole.

CACHE=${NSFAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nsfab}
SUITE=bookworm
# what made an entry is part of its key: raise this when the recipe changes
RECIPE=2
args=("$@")
# arguments of apt: none is the system's own sources
apt=()

say() { echo "${0##*/}: $*" >&2; }
die() { say "$@"; exit 1; }

# lock NAME: until this process ends, be alone in making NAME
lock() {
	mkdir -p "$CACHE"
	exec {lock_fd}>"$CACHE/.lock-$1"
	flock "$lock_fd" 2>/dev/null || die "cannot lock $CACHE/.lock-$1"
}

# scratch: a directory in the cache that goes away with this process; $tmp
scratch() {
	tmp=$(mktemp -d "$CACHE/.tmp-XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
}

# apt_private: arguments that make apt know the backports of $SUITE and nothing
# else, from the mirror the machine uses, in a state of its own; $apt
apt_private() {
	local dir=$CACHE/apt mirror key

	apt=(-o "Dir::State=$dir/state" -o "Dir::Cache=$dir/cache"
	     -o "Dir::Etc::SourceList=$dir/sources.list"
	     -o "Dir::Etc::SourceParts=/dev/null"
	     -o "Dir::State::status=/var/lib/dpkg/status"
	     -o "APT::Sandbox::User=root" -o "Acquire::Languages=none")
	[ -n "$(find "$dir/fresh" -mmin -720 2>/dev/null)" ] && return

	mirror=$(apt-get indextargets \
		--format "\$(REPO_URI) \$(CODENAME)" 'Created-By: Packages' |
		awk -v s="$SUITE" '$2 == s { print $1; exit }')
	[ -n "$mirror" ] || {
		say "apt knows no mirror of $SUITE (apt-get update first)"
		return 0
	}
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	echo "deb [signed-by=$key] $mirror $SUITE-backports main" \
		>"$dir/sources.list"
	if apt-get "${apt[@]}" -qq update >&2; then
		touch "$dir/fresh"
	else
		say "cannot update the list of $SUITE-backports"
	fi
}

# apt_with PACKAGE: use the system's own sources if they know PACKAGE, else
# say no and use the backports
apt_with() {
	[ -z "$(pkg_version "$1")" ] || return 0
	apt_private
	return 1
}

# pkg_version PACKAGE: what download would get
pkg_version() {
	apt-cache "${apt[@]}" policy "$1" |
		awk '/Candidate:/ && $2 != "(none)" { print $2 }'
}

# A mirror drops what it has replaced: get the lists of today and start again
again() {
	[ -z "${NSFAB_AGAIN:-}" ] || die "cannot fetch $1"
	say "cannot fetch $1, updating the package lists"
	if [ ${#apt[@]} -gt 0 ]; then
		rm -f "$CACHE/apt/fresh"
	elif [ "$(id -u)" = 0 ]; then
		apt-get -qq update >&2 || :
	else
		sudo apt-get -qq update >&2 || :
	fi
	rm -rf "$tmp"
	exec {lock_fd}>&-
	NSFAB_AGAIN=1 exec "$0" "${args[@]}"
}

# pkg_unpack PACKAGE DIR: fetch a package and unpack it, installing nothing
pkg_unpack() {
	local debs=$tmp/debs

	mkdir -p "$debs"
	say "fetching $1"
	(cd "$debs" && apt-get "${apt[@]}" -qq -o APT::Sandbox::User=root \
		download "$1") || again "$1"
	dpkg -x "$debs/$1"_*.deb "$2"
	rm -r "$debs"
}

# entry NAME KEY: an entry's place; $dir. If it exists, print it and end.
# Without a key (no network, no lists) the newest of that name will do.
entry() {
	if [ -z "$2" ]; then
		dir=$(find "$CACHE" -maxdepth 1 -name "$1-[0-9a-f]*" \
			-printf '%T@ %p\n' 2>/dev/null | sort -rn |
			sed -n '1s/^[^ ]* //p') || :
		[ -n "$dir" ] || die "$1: no such package, none in the cache"
	else
		dir=$CACHE/$1-$(echo "$RECIPE $2" | sha256sum | cut -c1-12)
	fi
	[ ! -d "$dir" ] || { echo "$dir"; exit 0; }
}
