# settings.sh - a topic's settings, read and set as attributes, are what kafka-configs shows and sets.
# SPDX-License-Identifier: MIT
. "$LIB/kafka_tools.sh"

tools_up
topic T 1
mount_up
D=$M/$T
topic_configs() { kt configs --entity-type topics --entity-name "$T" "$@"; }
own() { # what is set for the topic, as the tool shows it, is what is listed here
	topic_configs --describe || fail "$(<tool.out)"
	sed -nE 's/^  ([a-z.]+=.*) sensitive=.*/\1/p' tool.out | sort >own
	same "$1" "$(paste -sd' ' own)"
	same "$(<own)" "$(getfattr --absolute-names -d -m '^user.kafka.config' "$D" |
		sed -nE 's/^user.kafka.config.([^=]*)="(.*)"$/\1=\2/p' | sort)"
}
set_to() { setfattr -n "user.kafka.config.$1" -v "$2" "$D"; } # NAME VALUE

own ''
topic_configs --describe --all
sed -nE 's/^  ([a-z0-9.]+)=(.*) sensitive=false .*/\1 \2/p' tool.out >all
(($(wc -l <all) > 20)) || fail "$(<tool.out)"
while read -r name value; do
	same "$value" "$(attr "$D" "config.$name")" "$name"
done <all

topic_configs --alter --add-config 'retention.bytes=12345,cleanup.policy=[compact,delete]'
set_to retention.ms 60000
own 'cleanup.policy=compact,delete retention.bytes=12345 retention.ms=60000'
set_to retention.ms 70000
set_to max.message.bytes 1048588	# what is the default
own 'cleanup.policy=compact,delete max.message.bytes=1048588 retention.bytes=12345 retention.ms=70000'
topic_configs --alter --delete-config max.message.bytes,retention.ms
own 'cleanup.policy=compact,delete retention.bytes=12345'
setfattr -x user.kafka.config.cleanup.policy "$D"
same delete "$(attr "$D" config.cleanup.policy)"
own 'retention.bytes=12345'
# However it is written, what Kafka makes of it counts.
within 3000 set_to cleanup.policy 'compact, delete'
within 3000 set_to retention.ms ' 80000 '
within 3000 set_to preallocate TRUE
topic_configs --describe
cp tool.out ours
topic_configs --alter --add-config 'cleanup.policy=[compact, delete],preallocate=TRUE,retention.ms=80000'
topic_configs --describe
same "$(sort tool.out | tr -d ' ' | tr A-Z a-z)" "$(sort ours | tr -d ' ' | tr A-Z a-z)"

# What is wrong is refused in Kafka's words, and nothing changes.
topic_configs --describe
cp tool.out before
refused() { # WORDS NAME VALUE: the words are Kafka's
	fails 'Invalid argument' set_to "$2" "$3"
	attr "$D" error | grep -q "$1" || fail "$(attr "$D" error)"
	grep -q "$1" "$M/.brokerfs/log" || fail 'not in the log'
	topic_configs --alter --add-config "$2=$3" && fail "the tool takes $2=$3" || :
	grep -q "$1" tool.out || fail "the tool says: $(<tool.out)"
}
refused 'Invalid value soon for configuration retention.ms' retention.ms soon
refused 'no.such.setting' no.such.setting 1
refused 'Invalid value x for configuration cleanup.policy' cleanup.policy x
getfattr "$D" | grep -qx user.kafka.error || fail 'the error is not listed'
fails 'No such attribute' attr "$D" config.no.such.setting
fails 'not permitted' setfattr -n user.kafka.replication -v 3 "$D"
fails 'not permitted' setfattr -n user.kafka.leader -v 1 "$D/0"
fails 'not supported' setfattr -n user.kafka.nothing -v 1 "$D"
topic_configs --describe
same_file before tool.out
