# lib.sh - what the scripts share: messages, stopping processes, undoing a mount
# shellcheck shell=bash
# SPDX-License-Identifier: MIT

# root of the work tree, from wherever the script was called
# shellcheck disable=SC2034
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
me=${0##*/}

say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# is PID a live process with MARK in its command line? The mark is a path that only we use: a pid
# file may outlive its process, and its number may by then be somebody else's. A zombie has an
# empty command line and so counts as gone.
is_ours() { # PID MARK
	[[ $1 =~ ^[0-9]+$ ]] || return 1
	{ tr '\0' '\n' <"/proc/$1/cmdline" | grep -qF -- "$2"; } 2>/dev/null
}

# TERM, then KILL after SECONDS, those of the PIDs that carry MARK. CONT, because a test may have
# left one of them stopped, and a stopped process does not see TERM.
stop_ours() { # SECONDS MARK PID...
	local limit=$((SECONDS + $1)) mark=$2 pid left
	shift 2
	for pid; do
		if is_ours "$pid" "$mark"; then kill -TERM "$pid" && kill -CONT "$pid"; fi 2>/dev/null || :
	done
	while :; do
		left=()
		for pid; do if is_ours "$pid" "$mark"; then left+=("$pid"); fi; done
		((${#left[@]})) || return 0
		if ((SECONDS >= limit)); then kill -KILL "${left[@]}" 2>/dev/null || :; fi
		sleep 0.1
	done
}

is_mounted() { grep -qsF " $1 " /proc/self/mounts; }

# the daemon of a mount, found by the mount point (our own mktemp path) among its arguments
daemon_pids() { # MOUNTPOINT
	local f
	for f in /proc/[0-9]*/cmdline; do
		if grep -qzxF -- "$1" "$f" 2>/dev/null; then f=${f%/cmdline}; echo "${f##*/}"; fi
	done
}

# take down a mount that we made. Every step is bounded: a daemon under test may hang.
undo_mount() { # MOUNTPOINT
	local pids i
	mapfile -t pids < <(daemon_pids "$1")
	for ((i = 0; i < 5; i++)); do
		is_mounted "$1" || break
		if timeout 5 fusermount3 -u "$1" 2>/dev/null; then break; fi
		sleep 0.2 # whoever just ended may still be leaving it
	done
	if is_mounted "$1"; then
		say "$1 is busy; detaching it"
		timeout 5 fusermount3 -u -z "$1" || :
	fi
	# the unmount ends the daemon, within a second when nothing is in flight: let it
	for ((i = 0; i < 20; i++)); do
		[[ -n $(daemon_pids "$1") ]] || break
		sleep 0.1
	done
	stop_ours 3 "$1" "${pids[@]}"
	rmdir "$1" 2>/dev/null || :
}
