# json.sh - a line of .json is a message with key, value, headers and time; a bad one is refused whole.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 3
mount_up
show() { "$BUILD/tests/records" show "$BROKERS" "$T" "$1"; }
at=$(($(now_ms) - 1800000))	# brokers drop what is too old
put '{"key":"k","value":"v","timestamp":'$at',"headers":[["a","1"],["a",null],["",""]]}' "$M/$T/0.json"
same "$at"' 6b 76 61=31 61=- =' "$(show 0)"
same v "$(cat "$M/$T/0@0")"
cat >>"$M/$T/1.json" <<E2
{"timestamp":$at}
{"timestamp":$at,"value":"","key":""}
{"timestamp":$at,"value":{"base64":"AP8K"},"topic":"other","partition":9,"offset":77}
{"value":"\\u0000\\n\\ud83d\\ude00","timestamp":$at}
E2
same "$(printf '%s\n' "$at - -" "$at  " "$at - 00ff0a" "$at - 000af09f9880")" "$(show 1)"
now=$(now_ms)
printf '{"value":"no newline"}' >>"$M/$T/2.json"
at=$(show 2)
((${at%% *} >= now - 60000 && ${at%% *} <= now + 60000)) || fail "$at"

# the lines before a bad one are sent; nothing of it, and nothing behind it
printf '%s\n' '{"value":"1"}' '{"value":"2"}' '{"vaule":"3"}' '{"value":"4"}' >lines
fails 'Invalid argument' bash -c 'cat lines >>"$1"' - "$M/$T/2.json"
same 'no newline 1 2' "$(xargs <"$M/$T/2@0")"
error=$(getfattr --only-values -n user.kafka.error "$M/$T/2.json")
[[ $error == *"$T/2.json: '{\"vaule\":\"3\"}': \"vaule\" is not a part of a record"* ]] || fail "$error"
grep -qF "$error" M.log || fail 'not in the log'
for bad in x '' '[]' '{"value":7}' '{"value":"a"}{}' '{"value":{"base64":"?"}}' '{"timestamp":0}' \
	'{"value":"a","value":"b"}' '{"headers":[["a"]]}'; do
	fails 'Invalid argument' put "$bad" "$M/$T/2.json"
	# without a newline it is the close that tells
	[[ -z $bad ]] || fails 'Invalid argument' bash -c 'printf %s "$1" | dd of="$2" status=none' - \
		"$bad" "$M/$T/2.json"
done
same 3 "$(show 2 | wc -l)"
{ printf '{"value":"'; head -c 1100000 /dev/zero | tr '\0' x; echo '"}'; } >long
fails 'Message too long' cp long "$M/$T/2.json"
same 3 "$(show 2 | wc -l)"
