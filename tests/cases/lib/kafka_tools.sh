# shellcheck shell=bash
# kafka_tools.sh - for cases that compare with Kafka's own command-line tools: all in one JVM.
# SPDX-License-Identifier: MIT
# shellcheck source=common.sh disable=SC1091
. "$LIB/common.sh"

need_kafka 'its own tools are what is compared with'

# A JVM with Kafka's jars, in place of the (sub)shell.
kafka_java() { # CLASS ARGS...
	local jars=${KAFKA_CP:-$(cluster env | sed -n "s/^export KAFKA_CP='\(.*\)'$/\1/p")}
	exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto \
		-Dorg.slf4j.simpleLogger.defaultLogLevel=off -cp "$jars" "$@"
}

# Starts the one for the tools, which is ready by the time a mount is. Then: kt TOOL ARGS..., not in
# a subshell.
tools_up() {
	coproc KT { kafka_java "$ROOT/tests/tools/KafkaTools.java" 2>kt.err; }
}

# What bin/kafka-TOOL.sh prints is the file tool.out, its status that of kt.
kt() { # TOOL ARGS...
	local line IFS=$'\t'
	echo "$1"$'\t'--bootstrap-server$'\t'"$BROKERS$IFS${*:2}" >&"${KT[1]}"
	: >tool.out
	while IFS= read -r -t 40 line <&"${KT[0]}"; do
		if [[ $line == $'\4'* ]]; then return "${line#?}"; fi
		printf '%s\n' "$line" >>tool.out
	done
	fail "no end of kafka tool $*: $(<tool.out) $(<kt.err)"
}

# Columns of the table in tool.out, by their headings; none if one of them is not there.
columns() { # HEADING...
	awk -v wanted="$*" 'BEGIN { n = split(wanted, name) }
		{ for (i = 1; i <= NF; i++) if ($i == name[1]) heading = words = NF }
		heading { for (i = 1; i <= NF; i++) at[$i] = i
			for (i = 1; i <= n; i++) if (!(name[i] in at)) exit
			heading = 0
			next }
		words && NF == words { line = $at[name[1]]
			for (i = 2; i <= n; i++) line = line " " $at[name[i]]
			print line }' tool.out | sort
}

# The rows of a table of ours, in the same form.
rows() { awk 'NR > 1 { $1 = $1; print }' "$1" | sort; } # FILE

attr() { getfattr --absolute-names --only-values -n "user.kafka.$2" "$1"; } # FILE NAME
