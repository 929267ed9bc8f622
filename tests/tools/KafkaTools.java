/* KafkaTools.java - Kafka's own command-line tools, one after the other in one JVM.
 *
 *	java -cp JARS KafkaTools.java
 *
 * A line of stdin is a tool and its arguments, separated by TABs: what bin/kafka-TOOL.sh would be
 * called with. Prints what the tool prints, to either stream, then a line of EOT and its status. A
 * JVM takes seconds to start, a tool in a warm one a fraction of that.
 *
 * SPDX-License-Identifier: MIT */
import java.io.BufferedReader;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

import org.apache.kafka.common.utils.Exit;

class KafkaTools {
	/* Tools moved between versions. */
	static final String[] PACKAGES = { "org.apache.kafka.tools.",
					   "org.apache.kafka.tools.consumer.group.", "kafka.admin.",
					   "kafka.tools." };

	/* What a tool that wants to exit gets. Some catch it, say so, and exit again: then the first
	 * status counts, and no word behind it. */
	static class Ended extends Error {
	}

	static Integer status;

	static class Output extends FilterOutputStream {
		Output(OutputStream to) {
			super(to);
		}

		public void write(byte[] bytes, int from, int n) throws IOException {
			if (status == null)
				out.write(bytes, from, n);
		}
	}

	/* get-offsets is GetOffsetShell, topics TopicCommand, broker-api-versions
	 * BrokerApiVersionsCommand. */
	static Class<?> find(String tool) throws ClassNotFoundException {
		StringBuilder name = new StringBuilder();

		for (String word : tool.split("-"))
			name.append(Character.toUpperCase(word.charAt(0))).append(word.substring(1));
		String stem = tool.equals("get-offsets") ? "GetOffsetShell" : name.toString();
		for (String end : new String[] { "", "Command" })
			for (String s : new String[] { stem, stem.replaceAll("s$", "") })
				for (String p : PACKAGES)
					try {
						return Class.forName(p + s + end);
					} catch (ClassNotFoundException e) {
						continue;
					}
		throw new ClassNotFoundException("there is no tool " + tool);
	}

	static void run(String[] words) throws ReflectiveOperationException {
		String[] args = Arrays.copyOfRange(words, 1, words.length);

		try {
			find(words[0]).getMethod("main", String[].class).invoke(null, (Object)args);
		} catch (InvocationTargetException e) {
			if (!(e.getCause() instanceof Ended))
				throw e;
		}
	}

	static int status_of(String[] words) {
		status = null;
		try {
			run(words);
		} catch (ReflectiveOperationException e) {
			e.printStackTrace();
			return 1;
		}
		return status == null ? 0 : status;
	}

	public static void main(String[] args) throws Exception {
		var in = new BufferedReader(new InputStreamReader(System.in));
		var stdout = System.out;

		System.setOut(new PrintStream(new Output(stdout), true)); /* a tool keeps what it finds */
		System.setErr(System.out);
		Exit.setExitProcedure((code, message) -> {
			if (status == null)
				status = code;
			throw new Ended();
		});
		for (String line; (line = in.readLine()) != null;) {
			int code = status_of(line.split("\t", -1));

			System.out.flush();
			stdout.println("\u0004" + code);
			stdout.flush();
		}
		System.exit(0); /* whatever threads a tool may have left */
	}
}
