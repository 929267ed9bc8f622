# Makefile - build, test, install; `make help` lists the goals.
#
# SPDX-License-Identifier: MIT

VERSION := 0.1.0
PREFIX  ?= /usr/local
SAN     ?=
BUILD   ?= build$(addprefix -,$(SAN))
TIME    ?= 60

comma := ,

# --- flags: CFLAGS, CPPFLAGS and LDFLAGS are the user's, the rest is ours ---------------------------

CFLAGS  ?= -O2 -g
WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifneq ($(filter 1 true,$(CI) $(WERROR)),)
WARN    += -Werror
endif

SAN_address   := -fsanitize=address
SAN_thread    := -fsanitize=thread
SAN_undefined := -fsanitize=undefined -fno-sanitize-recover=all
ifneq ($(SAN),)
ifeq ($(SAN_$(SAN)),)
$(error SAN is address, thread or undefined, not "$(SAN)")
endif
SANFLAGS := $(SAN_$(SAN)) -fno-omit-frame-pointer
endif

PKG_CONFIG ?= pkg-config
FUSE_CFLAGS  := $(shell $(PKG_CONFIG) --cflags fuse3)
KAFKA_CFLAGS := $(shell $(PKG_CONFIG) --cflags rdkafka)
CHECK_CFLAGS := $(shell $(PKG_CONFIG) --cflags check)
LIBS       := $(shell $(PKG_CONFIG) --libs fuse3 rdkafka jansson libmicrohttpd) -lm -pthread
# librdkafka allocates for every message: with tcmalloc a file is read a fifth faster. Without it,
# or with MALLOC_LIBS= and under the sanitizers, which bring their own, it is libc's.
ifeq ($(SAN),)
MALLOC_LIBS := $(shell $(PKG_CONFIG) --silence-errors --libs libtcmalloc_minimal)
endif
MALLOC      = $(if $(MALLOC_LIBS),-Wl$(comma)--no-as-needed $(MALLOC_LIBS))
CHECK_LIBS := $(shell $(PKG_CONFIG) --libs check)
JSON_CFLAGS := $(shell $(PKG_CONFIG) --cflags jansson)
HTTP_CFLAGS := $(shell $(PKG_CONFIG) --cflags libmicrohttpd)

COMPILE = $(CC) -std=c11 -D_GNU_SOURCE -Iinclude -DBFS_VERSION='"$(VERSION)"' -pthread \
	$(WARN) $(SANFLAGS) $(CPPFLAGS) $(CFLAGS)
LINK    = $(CC) $(SANFLAGS) $(CFLAGS) -pthread -Wl,--as-needed $(LDFLAGS)

# --- what there is, found by looking ------------------------------------------------------------------

SRC   := $(sort $(wildcard src/*.c src/*/*.c))
OBJ   := $(SRC:%.c=$(BUILD)/obj/%.o)
LIB   := $(BUILD)/libbrokerfs.a
FAKE  := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/fake/*.c))
# A test program is tests/*/test_NAME.c; what else lies in tests/mock and tests/tools helps the cases.
UNIT  := $(sort $(wildcard tests/unit/test_*.c))
MODEL := $(sort $(wildcard tests/model/test_*.c tests/mock/test_*.c))
TOOLS := $(filter-out $(MODEL),$(wildcard tests/mock/*.c tests/tools/*.c))
FUZZ  := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
prog   = $(patsubst %.c,$(BUILD)/tests/%,$(notdir $(1)))

UNIT_PROGS  := $(call prog,$(UNIT)) $(FUZZ:%=$(BUILD)/tests/replay_%)
MODEL_PROGS := $(call prog,$(MODEL))
TOOL_PROGS  := $(call prog,$(TOOLS))
ifneq ($(SAN),)
CANARY := $(BUILD)/tests/canary
endif

# --- build -----------------------------------------------------------------------------------------

.PHONY: all
all: $(BUILD)/brokerfs

.DELETE_ON_ERROR:
.SECONDARY:

# librdkafka's C11 threads must be seen by ThreadSanitizer: tests/tsan/threads.c says why.
ifeq ($(SAN),thread)
TSAN := $(BUILD)/obj/tests/tsan/threads.o
endif

$(BUILD)/brokerfs: $(BUILD)/obj/src/main.o $(TSAN) $(LIB)
	$(LINK) -o $@ $^ $(LIBS) $(MALLOC)

$(LIB): $(filter-out $(BUILD)/obj/src/main.o,$(OBJ))
	rm -f $@ && $(AR) rcs $@ $^

# Only these floors see the libraries' headers; lint refuses the includes elsewhere.
$(BUILD)/obj/src/fuse/%.o $(BUILD)/obj/src/main.o $(BUILD)/obj/tests/tools/least.o: PKG = $(FUSE_CFLAGS)
$(BUILD)/obj/src/kafka/%.o: PKG = $(KAFKA_CFLAGS) $(JSON_CFLAGS)
$(BUILD)/obj/src/process/exporter.o: PKG = $(HTTP_CFLAGS)
$(BUILD)/obj/src/core/parse.o: PKG = $(JSON_CFLAGS)
$(BUILD)/obj/tests/%.o: PKG = -I. $(CHECK_CFLAGS) $(KAFKA_CFLAGS) $(JSON_CFLAGS)

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(COMPILE) $(PKG) -MMD -MP -c -o $@ $<

# Rebuilds everything when the flags change.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(COMPILE) $(LINK) $(MALLOC)' | cmp -s - $@ || echo '$(COMPILE) $(LINK) $(MALLOC)' > $@
.PHONY: FORCE
FORCE:

define test_program
$(call prog,$(1)): $(1:%.c=$(BUILD)/obj/%.o) $(FAKE) $(TSAN) $(LIB)
	@mkdir -p $$(@D)
	$$(LINK) -o $$@ $$^ $$(LIBS) $$(CHECK_LIBS)
endef
# What is compared with brokerfs has its allocator.
$(BUILD)/tests/bare $(BUILD)/tests/least: CHECK_LIBS += $(MALLOC)

$(foreach t,$(UNIT) $(MODEL) $(TOOLS) tests/canary.c,$(eval $(call test_program,$(t))))

$(BUILD)/tests/replay_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o $(BUILD)/obj/tests/fuzz/replay.o $(TSAN) $(LIB)
	@mkdir -p $(@D)
	$(LINK) -o $@ $^ $(LIBS)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- test: each goal ends with "N passed, N failed, N skipped" -----------------------------------------

RUN = BUILD='$(BUILD)' SAN='$(SAN)' T='$(T)' tests/run

.PHONY: check check-unit check-kafka check-valgrind tests
tests: $(UNIT_PROGS) $(MODEL_PROGS) $(TOOL_PROGS) $(CANARY)

check: all tests
	@$(RUN) --cases $(CANARY) $(UNIT_PROGS) $(MODEL_PROGS)

check-unit: $(UNIT_PROGS) $(CANARY)
	@$(RUN) $(CANARY) $(UNIT_PROGS)

check-kafka: all tests
	@BUILD='$(BUILD)' SAN='$(SAN)' T='$(T)' tests/cases/run --kafka

check-valgrind: $(UNIT_PROGS) $(MODEL_PROGS)
	@$(RUN) --valgrind $(UNIT_PROGS) $(MODEL_PROGS)

# libFuzzer, TIME seconds for each target (or the one of T); finds go to BUILD/fuzz.
.PHONY: fuzz
fuzz: $(addprefix fuzz-,$(or $(T),$(FUZZ)))
fuzz-%: tests/fuzz/fuzz_%.c
	@mkdir -p $(BUILD)/fuzz/$*
	clang -std=c11 -D_GNU_SOURCE -Iinclude -I. -pthread -g -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $(BUILD)/fuzz/fuzz_$* $< $(wildcard src/base/*.c src/core/*.c) -ljansson
	$(BUILD)/fuzz/fuzz_$* -max_total_time=$(TIME) -print_final_stats=1 \
		-artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/$* tests/fuzz/corpus/$*

# --- the rest ----------------------------------------------------------------------------------------

.PHONY: bench bench-instructions lint fmt map install clean help
bench: all tests
	BUILD='$(BUILD)' scripts/bench

bench-instructions: $(BUILD)/tests/work $(BUILD)/tests/haul
	@BUILD='$(BUILD)' CC='$(CC)' tests/bench/instructions.py $(if $(UPDATE),--update)

lint:
	scripts/lint

# clang-format breaks long comment lines too, but leaves out the blank after the star.
fmt: FILES = $(shell find src include tests -name '*.[ch]')
fmt:
	for pass in 1 2 3; do \
		clang-format -i $(FILES) && sed -i -E 's|^ \*([^ /\t])| * \1|' $(FILES) || exit 1; \
	done

map:
	@find Makefile src include tests scripts -path tests/fuzz/corpus -prune -o -type f -print | \
		LC_ALL=C sort | xargs awk 'FNR == 1 { said = 0 } !said && !/^#!/ { said = 1; \
			sub(/^(\/\*|#) *([^ ]* - )?/, ""); printf "%-28s %s\n", FILENAME, $$0 }'

install: all
	install -D -m 755 $(BUILD)/brokerfs '$(DESTDIR)$(PREFIX)/bin/brokerfs'
	for page in $(wildcard man/*.[1-8]); do \
		install -D -m 644 $$page "$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}" \
			|| exit 1; \
	done

clean:
	rm -rf $(BUILD)

help:
	@echo 'make                          $(BUILD)/brokerfs'
	@echo 'make check [T=name]           units, model, cases on the mock broker'
	@echo 'make check-unit [T=name]      the unit tests'
	@echo 'make check-kafka BROKERS=...  the cases on real Kafka'
	@echo 'make check-valgrind [T=name]  units and model under valgrind'
	@echo 'make fuzz [T= TIME=60]        libFuzzer on the parsers'
	@echo 'make bench                    side by side with kcat'
	@echo 'make bench-instructions       of our code for each record; UPDATE=1 writes them down'
	@echo 'make lint | fmt | map         walls and style | format | first line of every file'
	@echo 'make install DESTDIR= PREFIX=$(PREFIX)'
	@echo 'variables: SAN=address|thread|undefined  BUILD=$(BUILD)  WERROR=1  CC=  CFLAGS='
