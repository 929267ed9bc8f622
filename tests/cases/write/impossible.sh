# impossible.sh - what a log can't do fails at once, in the words of the tool, and sends nothing.
# SPDX-License-Identifier: MIT
. "$LIB/common.sh"

topic T 2
mount_up
printf 'line %d\n' 1 2 3 >>"$M/$T/0"
records=3 absent=
export W=$WORK
printf '%s\n' first second >lines
cp lines kept
tar -cf archive.tar --transform 's/.*/0/' lines
mkdir folder
cp lines folder/0

# What a tool did: it said WORDS, or nothing; in the log are so many records; no file has
# come, gone, or changed.
afterwards() { # WORDS COMMAND
	[[ $(<said) == *"$1"* ]] || fail "'$2' said '$(head -c 500 said)', not '$1'"
	same "$records" "$(end_of "$T" 0)" "records after '$2'"
	same '0 1' "$(cd "$M/$T" && shopt -s dotglob && echo *)" "files after '$2'"
	same_file kept lines
}
run() { # COMMAND: in the topic's folder, its status
	local tool=${1%% *} status=0
	[[ $tool == '>' ]] || command -v "$tool" >/dev/null || { absent+=" $tool"; return 77; }
	(cd "$M/$T" && within 2000 timeout 20 bash -c "$1") >said 2>&1 </dev/null || status=$?
	return "$status"
}
refused() { # COMMAND [WORDS]
	local status=0
	run "$1" || status=$?
	((status != 77)) || return 0
	((status)) || fail "succeeded: $1"
	afterwards "${2:-Operation not permitted}" "$1"
}
harmless() { # COMMAND [RECORDS [WORDS]]: it succeeds, and sends so many
	local status=0
	run "$1" || status=$?
	((status != 77)) || return 0
	((status == 0)) || fail "'$1' ended with $status: $(head -c 500 said)"
	records=$((records + ${2:-0}))
	afterwards "${3:-}" "$1"
}

# to another size, or over what is there
refused 'truncate -s 0 0'
refused 'truncate -s 100 0'
refused 'truncate -s +5 0'
refused 'truncate -s 0 any'
refused 'fallocate -l 10 0'
refused 'fallocate -p -o 0 -l 4 0'
refused 'python3 -c "import os; os.posix_fallocate(os.open(\"0\", os.O_WRONLY), 0, 10)"'
refused 'python3 -c "open(\"0\", \"r+\").truncate(3)"'

# other names
refused 'mv 0 2'
refused 'mv 0 1'
refused 'mv -f 0 2'
refused "mv ../$T ../new"
refused 'mv $W/lines 0'
refused 'mv $W/lines 2'
refused 'ln 0 2'
refused 'ln -f 0 1'
refused 'ln $W/lines 2' 'Invalid cross-device link'
refused 'ln -s 0 2'
refused 'ln -sf $W/lines 0'
refused 'cp -l 0 2'
refused 'cp -s $PWD/0 2'
refused 'mkfifo 2'
refused 'mknod 2 p'
refused 'mknod 2 c 1 3'
refused 'mkdir 2'
refused 'touch 2'
refused 'cp $W/lines 2'
refused 'mktemp ./x.XXXXXX'
refused 'tar -xf $W/archive.tar' 'Cannot open'
refused 'gzip -k 0'
refused 'split -l 1 $W/lines x'

refused 'mv 0.json 2'
refused 'ln 0.kv 2'

# no more of it
refused 'rm 0'
refused 'rm -f 0'
refused 'rm -f any'
refused 'rm 0.json'
refused 'rm 0@earliest'
refused 'rm -rf .' 'refusing to remove'
refused "rm -rf ../$T"
refused "rmdir ../$T"
refused 'find . -type f -delete'
refused 'unlink 0'

# another owner, other rights, other times
refused 'chmod 600 0'
refused 'chmod +x .'
refused 'chmod 600 any'
refused 'chown $(id -u) 0'
refused 'chgrp $(id -g) 0'
harmless 'touch 0'
harmless 'touch -d 2020-01-01 0'
harmless 'touch -d 2020-01-01 .'

# tools that make a new file and put it in the old one's place
refused 'sed -i s/line/other/ 0'
refused 'sed -i.bak s/line/other/ 0'
refused 'busybox sed -i s/line/other/ 0'
refused 'rsync $W/lines 0'
refused 'rsync -a $W/folder/ .'
refused 'rsync --remove-source-files $W/lines 1'
refused 'install $W/lines 0'
refused 'install -m 600 $W/lines 2'
refused 'cp --remove-destination $W/lines 0'
refused 'cp -b $W/lines 0'
refused 'tar -C $W -cf 2 lines'
# perl thinks it has done well
harmless "perl -i -pe 's/line/other/' 0" 0 'Operation not permitted'

# a view is for reading
refused 'echo x >0@earliest'
refused 'true >0@0..1'
refused 'truncate -s 0 0@earliest'

# to truncate while opening is what shells do: nothing is erased, and nothing sent
harmless '> 0'
harmless ': >0'
harmless 'true >0'
harmless 'cp /dev/null 0'
harmless 'dd if=/dev/null of=0 status=none'
harmless 'cat /dev/null >0'
harmless 'python3 -c "open(\"0\", \"w\").close()"'
harmless 'flock 0 true'

# of these the lines arrive, and what is not possible is said
harmless 'cp --sparse=always $W/lines 0' 2
harmless 'cp --sparse=never $W/lines 0' 2
harmless 'dd if=$W/lines of=0 bs=100 seek=2' 2 "failed to truncate to 200 bytes in output file '0'"
same "$(printf 'line %d\n' 1 2 3; cat lines lines lines)" "$(kconsume "$T" 0)"
harmless 'rsync --inplace $W/lines 0' 2
records=$((records + 2))
refused 'cp -p $W/lines 0'
same "$(cat lines lines)" "$(kconsume "$T" 0 | tail -n 4)"
same none "$(committed "$T" 0)"

# an editor that writes a file back sends all its lines again, and leaves nothing beside it
for v in vim vim.tiny ex; do
	put "by $v" "$M/$T/1"
	want=$(kconsume "$T" 1; echo "by hand with $v")
	HOME=$WORK run "$v -u NONE -i NONE -es -c 's/by/by hand with/' -c wq 1" || continue
	same "$want" "$(kconsume "$T" 1)"
	afterwards '' "$v"
	cat "$M/$T/1" >/dev/null
	[[ ! -e 1~ && ! -e .1.swp && ! -e .viminfo ]] || fail "$v left a file at home"
done
[[ -z $absent ]] || skip "there is no$absent"
