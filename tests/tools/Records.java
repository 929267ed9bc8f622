/* Records.java - are two topics the same, record by record, in the eyes of Kafka's own client?
 *
 *	java -cp JARS Records.java compare BROKERS A B PARTITION...
 *	java -cp JARS Records.java keys BROKERS A B
 *
 * compare: each of these partitions of B is the same as that of A: as many records, in the same
 * order, with the same key, value, headers, and time. keys: B was written by key from A's
 * partitions in turn, so its records are where Java's producer would have put them, each key's are
 * in the order they have in A, and those without a key are all there.
 *
 * Prints the first difference of each partition, if any (exit status 1), and how many records were
 * the same.
 *
 * By Kafka's consumer alone, so that it is somebody else who says what is in a topic.
 *
 * SPDX-License-Identifier: MIT */
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;

class Records {
	static final Duration PATIENCE = Duration.ofSeconds(30);

	static long alike; /* records */
	static int status;

	static class Different extends RuntimeException {
		Different(String what) {
			super(what);
		}
	}

	/* One partition from its first record to what is its end now. */
	static class Side implements AutoCloseable {
		final KafkaConsumer<byte[], byte[]> consumer;
		final TopicPartition at;
		final long end;
		Iterator<ConsumerRecord<byte[], byte[]>> now = Collections.emptyIterator();

		Side(String brokers, String topic, int partition) {
			consumer = consumer(brokers);
			at = new TopicPartition(topic, partition);
			consumer.assign(List.of(at));
			consumer.seekToBeginning(List.of(at));
			end = consumer.endOffsets(List.of(at), PATIENCE).get(at);
		}

		/* The position also passes what is no record. */
		ConsumerRecord<byte[], byte[]> next() {
			while (!now.hasNext()) {
				if (consumer.position(at, PATIENCE) >= end)
					return null;
				now = poll();
			}
			return now.next();
		}

		Iterator<ConsumerRecord<byte[], byte[]>> poll() {
			long was = consumer.position(at);
			var got = consumer.poll(PATIENCE);

			if (got.isEmpty() && consumer.position(at) == was)
				throw new IllegalStateException(at + ": nothing at offset " + was);
			return got.iterator();
		}

		public void close() {
			consumer.close();
		}
	}

	static KafkaConsumer<byte[], byte[]> consumer(String brokers) {
		Map<String, Object> config = new HashMap<>();

		config.put("bootstrap.servers", brokers);
		config.put("enable.auto.commit", false);
		config.put("auto.offset.reset", "none");
		config.put("fetch.max.wait.ms", 10); /* the close waits for it */
		config.put("isolation.level", "read_uncommitted");
		return new KafkaConsumer<>(config, new ByteArrayDeserializer(),
					   new ByteArrayDeserializer());
	}

	/* --- one record against another ----------------------------------------------------- */

	static String show(byte[] bytes) {
		if (bytes == null)
			return "null";
		String hex = HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 200));
		return bytes.length + " bytes " + hex + (bytes.length > 200 ? "..." : "");
	}

	static String where(ConsumerRecord<byte[], byte[]> r) {
		return r.topic() + "/" + r.partition() + " offset " + r.offset();
	}

	static void differ(ConsumerRecord<byte[], byte[]> a, ConsumerRecord<byte[], byte[]> b,
			   String what, String of_a, String of_b) {
		throw new Different(what + ": " + where(a) + " has " + of_a + ", " + where(b) +
				    " has " + of_b);
	}

	static void same_bytes(ConsumerRecord<byte[], byte[]> a, ConsumerRecord<byte[], byte[]> b,
			       String what, byte[] of_a, byte[] of_b) {
		if (!Arrays.equals(of_a, of_b)) /* null is equal to null alone */
			differ(a, b, what, show(of_a), show(of_b));
	}

	static void same_headers(ConsumerRecord<byte[], byte[]> a,
				 ConsumerRecord<byte[], byte[]> b) {
		Header[] ha = a.headers().toArray(), hb = b.headers().toArray();

		if (ha.length != hb.length)
			differ(a, b, "headers", ha.length + "", hb.length + "");
		for (int i = 0; i < ha.length; i++) {
			if (!ha[i].key().equals(hb[i].key()))
				differ(a, b, "name of header " + i, "'" + ha[i].key() + "'",
				       "'" + hb[i].key() + "'");
			same_bytes(a, b, "value of header " + i, ha[i].value(), hb[i].value());
		}
	}

	static void same(ConsumerRecord<byte[], byte[]> a, ConsumerRecord<byte[], byte[]> b) {
		same_bytes(a, b, "key", a.key(), b.key());
		same_bytes(a, b, "value", a.value(), b.value());
		same_headers(a, b);
		if (a.timestamp() != b.timestamp())
			differ(a, b, "timestamp", a.timestamp() + "", b.timestamp() + "");
		/* A time that the broker gave is the copy's CREATE_TIME: only it gives its own. */
		if (a.timestampType() == TimestampType.CREATE_TIME &&
		    b.timestampType() != a.timestampType())
			differ(a, b, "timestamp type", a.timestampType() + "",
			       b.timestampType() + "");
	}

	static void compare(String brokers, String topic_a, String topic_b, int partition) {
		try (Side a = new Side(brokers, topic_a, partition);
		     Side b = new Side(brokers, topic_b, partition)) {
			for (long n = 0;; n++, alike++) {
				var ra = a.next();
				var rb = b.next();

				if (ra == null && rb == null)
					return;
				if (ra == null || rb == null)
					throw new Different("count: " + (ra == null ? a : b).at +
							    " ends after " + n + " records");
				same(ra, rb);
			}
		}
	}

	/* --- by key ------------------------------------------------------------------------- */

	static String text(ConsumerRecord<byte[], byte[]> r) {
		StringBuilder s = new StringBuilder();

		s.append(r.timestamp()).append(' ').append(hex(r.key())).append(' ');
		s.append(hex(r.value()));
		for (Header h : r.headers())
			s.append(' ').append(hex(Utils.utf8(h.key()))).append('=')
				.append(hex(h.value()));
		return s.toString();
	}

	static String hex(byte[] bytes) {
		return bytes == null ? "-" : HexFormat.of().formatHex(bytes);
	}

	static int[] partitions(String brokers, String topic) {
		try (var c = consumer(brokers)) {
			return IntStream.range(0, c.partitionsFor(topic).size()).toArray();
		}
	}

	static class ByKey {
		final Map<ByteBuffer, ArrayDeque<ConsumerRecord<byte[], byte[]>>> keyed =
			new HashMap<>();
		final Map<String, Integer> keyless = new TreeMap<>();

		ByKey(String brokers, String topic) {
			for (int p : partitions(brokers, topic))
				try (Side side = new Side(brokers, topic, p)) {
					for (var r = side.next(); r != null; r = side.next())
						add(r);
				}
		}

		ArrayDeque<ConsumerRecord<byte[], byte[]>> of(byte[] key) {
			return keyed.computeIfAbsent(ByteBuffer.wrap(key), k -> new ArrayDeque<>());
		}

		void add(ConsumerRecord<byte[], byte[]> r) {
			if (r.key() == null)
				keyless.merge(text(r), 1, Integer::sum);
			else
				of(r.key()).add(r);
		}

		/* Takes away what is the same as that; what stays was missing there. */
		void take(ConsumerRecord<byte[], byte[]> b) {
			if (b.key() == null) {
				if (keyless.merge(text(b), -1, Integer::sum) < 0)
					throw new Different("too many, without a key: " + where(b));
				return;
			}
			var a = of(b.key()).poll();
			if (a == null)
				throw new Different("too many: " + where(b));
			same(a, b);
		}

		void taken() {
			for (var q : keyed.values())
				if (!q.isEmpty())
					throw new Different("missing: " + where(q.peek()));
			for (var e : keyless.entrySet())
				if (e.getValue() > 0)
					throw new Different("missing, keyless: " + e.getKey());
		}
	}

	static void in_its_partition(ConsumerRecord<byte[], byte[]> r, int partitions) {
		if (r.key() == null)
			return;
		int p = Utils.toPositive(Utils.murmur2(r.key())) % partitions;
		if (r.partition() != p)
			throw new Different("partition: " + where(r) + " has key " +
					    show(r.key()) + ", which belongs into " + p);
	}

	static void compare_keys(String brokers, String topic_a, String topic_b) {
		ByKey all = new ByKey(brokers, topic_a);
		int[] partitions = partitions(brokers, topic_b);

		for (int p : partitions)
			try (Side side = new Side(brokers, topic_b, p)) {
				for (var r = side.next(); r != null; r = side.next(), alike++) {
					in_its_partition(r, partitions.length);
					all.take(r);
				}
			}
		all.taken();
	}

	static void run(Runnable comparison) {
		try {
			comparison.run();
		} catch (Different e) {
			System.out.println("different: " + e.getMessage());
			status = 1;
		} catch (RuntimeException e) { /* the launcher's own report would hide it */
			System.err.println(e);
			System.exit(2);
		}
	}

	public static void main(String[] args) {
		String verb = args.length > 0 ? args[0] : "";

		if (verb.equals("keys") && args.length == 4) {
			run(() -> compare_keys(args[1], args[2], args[3]));
		} else if (verb.equals("compare") && args.length > 4) {
			for (String p : Arrays.copyOfRange(args, 4, args.length))
				run(() -> compare(args[1], args[2], args[3], Integer.parseInt(p)));
		} else {
			System.err.println("usage: compare BROKERS A B PARTITION... |" +
					   " keys BROKERS A B");
			System.exit(2);
		}
		System.out.println(alike + " records are the same");
		System.exit(status);
	}
}
