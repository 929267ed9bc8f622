/* test_options.c - the command line, --help, and the man page against the table.
 *
 * SPDX-License-Identifier: MIT */
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#include "core/options.h"

#define WORDS_MAX 16

/* Parses "brokerfs " and the blank-separated words of `line`. */
static int parse(struct bfs_options *o, const char *line, struct bfs_why *why)
{
	char *copy = strdup(line), *save = NULL, *argv[WORDS_MAX + 2] = { (char *)"brokerfs" };
	int argc = 1, err;

	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		ck_assert_int_le(argc, WORDS_MAX);
		argv[argc++] = w;
	}
	why->text[0] = '\0';
	err = bfs_options_parse(o, argc, argv, why);
	free(copy);
	return err;
}

static void good(struct bfs_options *o, const char *line)
{
	struct bfs_why why;

	ck_assert_msg(parse(o, line, &why) == 0, "%s: %s", line, why.text);
}

/* Refused, in one sentence that quotes `quote`. */
static void bad(const char *line, const char *quote)
{
	struct bfs_options o;
	struct bfs_why why;

	ck_assert_msg(parse(&o, line, &why) == -EINVAL, "accepted: %s", line);
	ck_assert_msg(strstr(why.text, quote), "%s: '%s' does not say '%s'", line, why.text, quote);
	ck_assert_ptr_null(strchr(why.text, '\n'));
	bfs_options_fini(&o);
}

static bool has_fuse_arg(const struct bfs_options *o, const char *arg)
{
	int seen = 0;

	for (int i = 0; i < o->n_fuse_args; i++)
		seen += !strcmp(o->fuse_args[i], arg);
	ck_assert_int_le(seen, 1);
	return seen;
}

START_TEST(defaults)
{
	struct bfs_options o;

	good(&o, "localhost:9092 /mnt");
	ck_assert_str_eq(o.brokers, "localhost:9092");
	ck_assert_str_eq(o.mountpoint, "/mnt");
	ck_assert(!o.foreground && !o.debug && !o.embedded && !o.ro && !o.lazy && !o.internal);
	ck_assert(!o.help && !o.version && !o.list_properties && !o.allow_other);
	ck_assert_ptr_null(o.group);
	ck_assert_ptr_null(o.properties_file);
	ck_assert_int_eq(o.start, BFS_START_EARLIEST);
	ck_assert_int_eq(o.ack, BFS_ACK_FOLLOW);
	ck_assert_int_eq(o.isolation, BFS_READ_COMMITTED);
	ck_assert_int_eq(o.timeout_ms, 5000);
	ck_assert_int_eq(o.write_timeout_ms, 10000);
	ck_assert_int_eq(o.refresh_ms, 5000);
	ck_assert(o.memory == 256 << 20 && o.window == 16 << 20);
	ck_assert_int_eq(o.max_open, 65536);
	ck_assert_int_eq(o.max_members, 16);
	ck_assert_ptr_null(o.member_id);
	ck_assert(o.uid == (uid_t)-1 && o.gid == (gid_t)-1);
	ck_assert_int_eq(o.umask, 022);
	ck_assert_int_eq(o.n_create, 0);
	ck_assert(has_fuse_arg(&o, "fsname=localhost:9092") &&
		  has_fuse_arg(&o, "subtype=brokerfs"));
	ck_assert_int_eq(o.n_fuse_args, 2);
	bfs_options_fini(&o);
}
END_TEST

START_TEST(every_value)
{
	struct bfs_options o;

	good(&o,
	     "-f -F /etc/k.conf -X a.b=c -Xd=e=f "
	     "-o group=g,start=latest,ack=never,isolation=read_uncommitted "
	     "-otimeout=0.25,write_timeout=1.5,refresh=60,memory=1G,window=512k,"
	     "max_open=7,max_members=3,member_id=me "
	     "-o create=a:3 -o create=b.c:1:2,internal,ro,lazy,uid=1,gid=2,umask=077 h:1,i:2 m");
	ck_assert(o.foreground && o.internal && o.ro && o.lazy && !o.debug);
	ck_assert_str_eq(o.properties_file, "/etc/k.conf");
	ck_assert_int_eq(o.n_properties, 2);
	ck_assert_str_eq(o.properties[0], "a.b=c");
	ck_assert_str_eq(o.properties[1], "d=e=f");
	ck_assert_ptr_null(o.properties[2]);
	ck_assert_str_eq(o.group, "g");
	ck_assert_int_eq(o.start, BFS_START_LATEST);
	ck_assert_int_eq(o.ack, BFS_ACK_NEVER);
	ck_assert_int_eq(o.isolation, BFS_READ_UNCOMMITTED);
	ck_assert_int_eq(o.timeout_ms, 250);
	ck_assert_int_eq(o.write_timeout_ms, 1500);
	ck_assert_int_eq(o.refresh_ms, 60000);
	ck_assert(o.memory == 1 << 30 && o.window == 512 << 10);
	ck_assert_int_eq(o.max_open, 7);
	ck_assert_int_eq(o.max_members, 3);
	ck_assert_str_eq(o.member_id, "me");
	ck_assert_int_eq(o.n_create, 2);
	ck_assert_str_eq(o.create[0].topic, "a");
	ck_assert(o.create[0].partitions == 3 && o.create[0].replicas == -1);
	ck_assert_str_eq(o.create[1].topic, "b.c");
	ck_assert(o.create[1].partitions == 1 && o.create[1].replicas == 2);
	ck_assert(o.uid == 1 && o.gid == 2 && o.umask == 077);
	ck_assert(has_fuse_arg(&o, "ro") && has_fuse_arg(&o, "fsname=h:1,i:2"));
	bfs_options_fini(&o);
}
END_TEST

/* Options may stand anywhere, and letters together. */
START_TEST(forms)
{
	struct bfs_options o;

	good(&o, "b:1 -fo ro /mnt -o group=x");
	ck_assert(o.foreground && o.ro);
	ck_assert_str_eq(o.group, "x");
	bfs_options_fini(&o);

	good(&o, "-d -- b:1 -f");
	ck_assert(o.debug && o.foreground);
	ck_assert_str_eq(o.mountpoint, "-f");
	bfs_options_fini(&o);

	good(&o, "/mnt --embedded");
	ck_assert(o.embedded);
	ck_assert_ptr_null(o.brokers);
	ck_assert_str_eq(o.mountpoint, "/mnt");
	ck_assert(has_fuse_arg(&o, "fsname=embedded"));
	bfs_options_fini(&o);

	good(&o, "-o group=a -o group=b,properties=/p b:1 m");
	ck_assert_str_eq(o.group, "b");
	ck_assert_str_eq(o.properties_file, "/p");
	bfs_options_fini(&o);

	good(&o, "-o ro,rw b:1 m");
	ck_assert(!o.ro && !has_fuse_arg(&o, "ro"));
	bfs_options_fini(&o);
}
END_TEST

START_TEST(questions)
{
	struct bfs_options o;

	good(&o, "-h");
	ck_assert(o.help);
	bfs_options_fini(&o);
	good(&o, "--help --version");
	ck_assert(o.help && o.version);
	bfs_options_fini(&o);
	good(&o, "-V");
	ck_assert(o.version);
	bfs_options_fini(&o);
	good(&o, "-X list");
	ck_assert(o.list_properties);
	bfs_options_fini(&o);
}
END_TEST

/* What fstab and mount(8) say, in the order mount.fuse3 gives it. */
START_TEST(fstab)
{
	struct bfs_options o;

	good(&o, "b:1 /mnt -o "
		 "rw,group=g,_netdev,nofail,noauto,user=joe,users,group,defaults,x-gvfs-show,"
		 "comment=hi,noatime,relatime,nosuid,dev,allow_other,context=a:b");
	ck_assert_str_eq(o.group, "g");
	ck_assert(o.allow_other && !o.ro);
	ck_assert(has_fuse_arg(&o, "allow_other") && has_fuse_arg(&o, "default_permissions"));
	ck_assert(has_fuse_arg(&o, "noatime") && has_fuse_arg(&o, "nosuid"));
	ck_assert(has_fuse_arg(&o, "dev") && has_fuse_arg(&o, "context=a:b"));
	ck_assert(has_fuse_arg(&o, "fsname=b:1") && has_fuse_arg(&o, "subtype=brokerfs"));
	ck_assert_int_eq(o.n_fuse_args, 8);
	ck_assert_ptr_null(o.fuse_args[8]);
	bfs_options_fini(&o);

	good(&o, "b:1 /mnt -o allow_other,default_permissions,fsname=x,subtype=y,");
	ck_assert(has_fuse_arg(&o, "default_permissions"));
	ck_assert(has_fuse_arg(&o, "fsname=x") && has_fuse_arg(&o, "subtype=y"));
	ck_assert_int_eq(o.n_fuse_args, 4);
	bfs_options_fini(&o);
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *line, *quote;
	} cases[] = {
		{ "", "broker list" },
		{ "b:1", "mount point" },
		{ "--embedded", "mount point" },
		{ "--embedded b:1 /mnt", "'/mnt'" },
		{ "b:1 /mnt more", "'more'" },
		{ "/mnt b:1", "'/mnt'" },
		{ "-q b:1 m", "'-q'" },
		{ "-fq b:1 m", "'-q' in -fq" },
		{ "--nope b:1 m", "'--nope'" },
		{ "-o grup=x b:1 m", "'grup' in -o grup=x" },
		{ "-o ro,nope b:1 m", "'nope' in -o nope" },
		{ "-o -f b:1 m", "'-f'" },
		{ "-o ro=1 b:1 m", "'ro'" },
		{ "-o timeout b:1 m", "'timeout'" },
		{ "-o group= b:1 m", "-o group=" },
		{ "b:1 m -o", "-o" },
		{ "b:1 m -F", "-F" },
		{ "b:1 m -X", "-X" },
		{ "-X novalue b:1 m", "'novalue'" },
		{ "-X =x b:1 m", "'=x'" },
		{ "-o start=middle b:1 m", "'middle' in -o start=middle: earliest|latest" },
		{ "-o start=earliest| b:1 m", "'earliest|'" },
		{ "-o ack=nev b:1 m", "'nev'" },
		{ "-o timeout=abc b:1 m", "'abc' in -o timeout=abc" },
		{ "-o timeout=0 b:1 m", "'0'" },
		{ "-o timeout=-1 b:1 m", "'-1'" },
		{ "-o timeout=1. b:1 m", "'1.'" },
		{ "-o timeout=1s b:1 m", "'1s'" },
		{ "-o timeout=99999999999999999999 b:1 m", "timeout=9999" },
		{ "-o timeout=3600.001 b:1 m", "3600.001" },
		{ "-o memory=1T b:1 m", "'1T'" },
		{ "-o memory=9223372036854775807K b:1 m", "memory=" },
		{ "-o memory=+1G b:1 m", "'+1G'" },
		{ "-o window=1 b:1 m", "'1'" },
		{ "-o memory=1M,window=2M b:1 m", "larger" },
		{ "-o max_open=0 b:1 m", "'0'" },
		{ "-o umask=8 b:1 m", "'8'" },
		{ "-o umask=1000 b:1 m", "'1000'" },
		{ "-o uid=root b:1 m", "'root'" },
		{ "-o uid=4294967295 b:1 m", "uid=" },
		{ "-o create=a b:1 m", "'a'" },
		{ "-o create=a: b:1 m", "'a:'" },
		{ "-o create=a:0 b:1 m", "'a:0'" },
		{ "-o create=a:1:0 b:1 m", "'a:1:0'" },
		{ "-o create=a:1:1:1 b:1 m", "'a:1:1:1'" },
		{ "-o create=:1 b:1 m", "'' can" },
		{ "-o create=a/b:1 b:1 m", "'a/b'" },
		{ "-o create=..:1 b:1 m", "'..'" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		bad(cases[i].line, cases[i].quote);
}
END_TEST

START_TEST(long_topic)
{
	char line[400] = "b:1 m -o create=";
	struct bfs_options o;

	memset(line + strlen(line), 'x', 249);
	strcat(line, ":1");
	good(&o, line);
	bfs_options_fini(&o);
	line[strlen(line) - 2] = 'x';
	strcat(line, ":1");
	bad(line, "249");
}
END_TEST

/* The value must not show up in the message either. */
START_TEST(secrets)
{
	static const char *const names[] = {
		"sasl.password",
		"ssl.key.password",
		"ssl.keystore.password",
		"ssl.key.pem",
		"sasl.oauthbearer.client.secret",
		"sasl.oauthbearer.config",
		"sasl.oauthbearer.assertion.private.key.passphrase",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct bfs_options o;
		struct bfs_why why;
		char line[128];

		snprintf(line, sizeof(line), "b:1 m -X %s=hunter2", names[i]);
		ck_assert_int_eq(parse(&o, line, &why), -EINVAL);
		ck_assert_ptr_nonnull(strstr(why.text, names[i]));
		ck_assert_ptr_nonnull(strstr(why.text, "-F"));
		ck_assert_ptr_null(strstr(why.text, "hunter2"));
		bfs_options_fini(&o);
	}
	ck_assert(!bfs_options_secret("sasl.username") && !bfs_options_secret("ssl.ca.location"));
	ck_assert(!bfs_options_secret("ssl.certificate.pem") && !bfs_options_secret("client.id"));
}
END_TEST

/* --- what is made from the table ------------------------------------------------------------- */

START_TEST(help_names_all)
{
	struct bfs_buf help = { 0 };
	const char *name;
	int n;

	bfs_options_help(&help, "brokerfs");
	for (n = 0; (name = bfs_options_name(n)); n++)
		ck_assert_msg(strstr(help.data, name), "%s", name);
	ck_assert_int_gt(n, 25);
	bfs_buf_fini(&help);
}
END_TEST

/* The options a ".It" line of brokerfs.1 is about, as they are typed: "Fl f", "Fl -embedded",
 * "Cm group Ns = Ns Ar name". */
static int man_names(char *line, char names[][32])
{
	char *save = NULL, *word = strtok_r(line, " \n", &save);
	int n = 0;

	while (word) {
		bool flag = !strcmp(word, "Fl"), option = !strcmp(word, "Cm");

		word = strtok_r(NULL, " \n", &save);
		if (!word || (!flag && !option))
			continue;
		snprintf(names[n++], 32, "%s%.28s", flag ? "-" : "", word);
		if (flag)
			continue;
		word = strtok_r(NULL, " \n", &save);
		if (word && !strcmp(word, "Ns") && (word = strtok_r(NULL, " \n", &save)) &&
		    *word == '=')
			strcat(names[n - 1], "=");
		break; /* words of the value are Cm too */
	}
	return n;
}

static bool in_table(const char *name)
{
	for (int n = 0; bfs_options_name(n); n++) {
		if (!strcmp(bfs_options_name(n), name))
			return true;
	}
	return false;
}

START_TEST(man_page)
{
	FILE *page = fopen("man/brokerfs.1", "r");
	char line[256], names[8][32], *seen[100] = { 0 };
	int n_seen = 0, found;

	ck_assert_msg(page, "man/brokerfs.1: run from the top of the source");
	while (fgets(line, sizeof(line), page)) {
		int n = strncmp(line, ".It ", 4) ? 0 : man_names(line, names);

		for (int i = 0; i < n && n_seen < 100; i++) {
			ck_assert_msg(in_table(names[i]), "there is no option %s", names[i]);
			seen[n_seen++] = strdup(names[i]);
		}
	}
	fclose(page);
	for (int i = 0; bfs_options_name(i); i++) {
		found = 0;
		for (int j = 0; j < n_seen; j++)
			found += !strcmp(seen[j], bfs_options_name(i));
		ck_assert_msg(found == 1, "brokerfs.1 describes %s %d times", bfs_options_name(i),
			      found);
	}
	for (int j = 0; j < n_seen; j++)
		free(seen[j]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("options");

	TEST_CASE(s, "accepted", defaults, every_value, forms, questions, fstab);
	TEST_CASE(s, "refused", refused, long_topic, secrets);
	TEST_CASE(s, "table", help_names_all, man_page);
	return s;
}

TEST_MAIN(suite)
