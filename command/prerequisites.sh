# SPDX-License-Identifier: Apache-2.0
# Sourced by ../portcullis. Finds out which Debian packages a verb lacks and installs them by apt.

say() {
	printf 'portcullis: %s\n' "$*" >&2
}

# wanted LIST VERB: names of the packages that the verb needs. A verb that LIST does not name needs
# what «base» needs.
wanted() {
	while read -r verbs package _; do
		case $verbs in '' | '#'*) continue ;; esac
		case ",$verbs," in
		*",$2,"* | *,all,*) printf '%s\n' "$package" ;;
		esac
	done <"$1"
}

# missing PACKAGE...: those that dpkg does not call completely installed.
missing() {
	present=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' "$@" 2>/dev/null | sed -n 's/ .i *$//p')
	for package in "$@"; do
		case "
$present
" in
		*"
$package
"*) ;;
		*) printf '%s\n' "$package" ;;
		esac
	done
}

# reason LIST PACKAGE: why it is needed, from the first line that names it.
reason() {
	while read -r verbs package words; do
		[ "$package" = "$2" ] || continue
		printf '%s\n' "$words"
		return
	done <"$1"
}

# needs_certificates: apt reads a mirror over https, which a minimal root cannot verify.
needs_certificates() {
	[ -e /etc/ssl/certs/ca-certificates.crt ] && return 1
	cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -v '^ *#' | grep -q 'https:'
}

# prerequisites LIST VERB YES DRY: 0 when everything is there (or DRY printed what would be done).
prerequisites() {
	list=$1
	names=$(wanted "$list" "$2")
	# shellcheck disable=SC2086 # one word per package
	lacking=$(missing $names)
	if needs_certificates; then
		lacking="$lacking
ca-certificates"
	fi
	[ -n "$lacking" ] || return 0

	# shellcheck disable=SC2116,SC2086
	lacking=$(echo $lacking)
	install="apt-get install --yes --no-install-recommends $lacking"
	if ! command -v apt-get >/dev/null 2>&1; then
		say "these Debian packages are needed, and there is no apt-get here to install them: $lacking"
		say "Portcullis runs on Debian 12 or later (x86-64); install the like of them by hand, or use" \
			"a debian:12 container"
		return 1
	fi
	say "these Debian packages are missing and will be installed by apt:"
	for package in $lacking; do
		printf '  %-26s %s\n' "$package" "$(reason "$list" "$package")" >&2
	done

	as_root=
	if [ "$(id -u)" -ne 0 ]; then
		if command -v sudo >/dev/null 2>&1; then
			as_root=sudo
			[ -t 0 ] && [ -t 2 ] || as_root='sudo -n'
		elif [ "$4" = no ]; then
			say "installing needs root, and there is no sudo; as root, run"
			say "    apt-get update && $install"
			return 1
		fi
	fi
	if [ "$4" = yes ]; then
		printf '%s\n' "${as_root:+$as_root }$install"
		return 0
	fi
	if [ "$3" = no ] && [ -t 0 ] && [ -t 2 ]; then
		printf 'portcullis: install them now? [Y/n] ' >&2
		read -r answer
		case $answer in
		'' | y | Y | yes) ;;
		*)
			say "nothing was installed; by hand: ${as_root:+$as_root }$install"
			return 1
			;;
		esac
	fi
	install_packages "$lacking"
}

# apt WORDS...: as root, without questions and without the standard input, which is the guest's.
# The output goes to a file as well, so that a failure can be told by its cause.
apt() {
	set -- "${as_root:-env}" DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=2 -o APT::Color=0 \
		-o APT::Update::Error-Mode=any --yes --no-install-recommends "$@"
	# «sudo -n» is two words.
	case $1 in 'sudo -n') shift && set -- sudo -n "$@" ;; esac
	rm -f "$apt_log.status"
	if [ -t 2 ]; then
		{ "$@" </dev/null 2>&1; echo $? >"$apt_log.status"; } | tee "$apt_log" >&2
	else
		{ "$@" </dev/null 2>&1; echo $? >"$apt_log.status"; } | tee "$apt_log" |
			grep --line-buffered -E '^(Get:|Setting up|E:|W:|Err:|dpkg:)|[Nn]o space' >&2
	fi
	[ "$(cat "$apt_log.status" 2>/dev/null)" = 0 ]
}

full='No space left on device|enough free space'
unreachable='Temporary failure resolving|Could not (connect|resolve)|Unable to connect|unreachable|timed out'

# crammed: a place that an installation writes to has no room left. The log does not always tell:
# it may have found no room itself.
crammed() {
	grep -qE "$full" "$apt_log" && return
	df -kP / /var /tmp 2>/dev/null | awk 'NR > 1 && $4 < 1024 { found = 1 } END { exit !found }'
}

# explain COMMAND: what failed, why as far as apt said so, and what to do.
explain() {
	say "this command failed: ${as_root:+$as_root }$1"
	if crammed; then
		say "the disk is full: $(df -hP /var | awk 'NR == 2 { print $4 " free on " $6 }')." \
			"Make room (apt-get clean helps), then start again; finished downloads are kept."
	elif grep -qE "$unreachable" "$apt_log"; then
		say "the package mirror cannot be reached. Check the network and apt's proxy" \
			"(apt-config dump Acquire), then start again; finished downloads are kept."
	elif grep -q "a password is required" "$apt_log"; then
		say "sudo wants a password and there is no terminal to ask for it: run the command as root once."
	elif grep -q "Unable to locate package\|has no installation candidate" "$apt_log"; then
		say "the machine's package lists do not offer it. Debian 12's «main» has all of them:" \
			"see that /etc/apt names a complete mirror, run apt-get update, start again."
	else
		say "the lines above say why. Repair it (dpkg --configure -a; apt-get -f install), then start again."
	fi
	return 1
}

# offered "NAMES": the package lists have them, in versions that go together.
offered() {
	# shellcheck disable=SC2086
	LC_ALL=C.UTF-8 apt-get -s --no-install-recommends install $1 >/dev/null 2>&1
}

# install_packages "NAMES": repairs what an interrupted run left, refreshes lists that are too old or
# missing, and tries a second time with new lists before giving up.
install_packages() {
	apt_log=$(mktemp) || {
		say "this command failed: mktemp. No temporary file can be written: is the disk full? (df -h /tmp)"
		return 1
	}
	trap 'rm -f "$apt_log"*; say "interrupted; the next start goes on from here"; exit 130' INT
	trap 'rm -f "$apt_log"*; exit 143' TERM HUP
	attempt_installation "$1"
	result=$?
	rm -f "$apt_log"*
	trap - INT TERM HUP
	return "$result"
}

attempt_installation() {
	if [ -n "$(ls /var/lib/dpkg/updates 2>/dev/null)" ] || dpkg --audit 2>/dev/null | grep -q .; then
		say "an earlier installation was interrupted; finishing it first (dpkg --configure -a)"
		${as_root:-env} DEBIAN_FRONTEND=noninteractive dpkg --force-confold --configure -a </dev/null >&2
		apt -f install
	fi
	if ! offered "$1"; then
		say "refreshing the package lists (apt-get update)"
		if ! apt update; then
			offered "$1" || {
				explain "apt-get update"
				return 1
			}
			say "apt-get update reported errors; trying with what there is"
		fi
	fi
	# shellcheck disable=SC2086
	apt install $1 && return 0
	if ! crammed && ! grep -qE "$unreachable|password is required" "$apt_log"; then
		cp "$apt_log" "$apt_log.first"
		say "trying once more with new package lists (apt-get update)"
		if apt update; then
			# shellcheck disable=SC2086
			apt install $1 && return 0
		else
			mv "$apt_log.first" "$apt_log"
		fi
	fi
	explain "apt-get install --yes --no-install-recommends $1"
}
