import static org.neo4j.driver.Values.parameters;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.neo4j.driver.AccessMode;
import org.neo4j.driver.AuthTokens;
import org.neo4j.driver.Bookmark;
import org.neo4j.driver.Driver;
import org.neo4j.driver.GraphDatabase;
import org.neo4j.driver.Result;
import org.neo4j.driver.Session;
import org.neo4j.driver.SessionConfig;
import org.neo4j.driver.Value;
import org.neo4j.driver.Values;
import org.neo4j.driver.exceptions.AuthenticationException;
import org.neo4j.driver.exceptions.ClientException;
import org.neo4j.driver.exceptions.Neo4jException;
import org.neo4j.driver.exceptions.TransientException;

/**
 * The scenarios for the Java driver 4.4 to 6: one JSON line for each, {scenario, ok, ms, detail}, where `ok` is
 * null if the driver cannot do it. The environment is the contract with src/peers/run.ts. Calls that came with driver 5
 * go through `Api`, of which there are two versions: Newer.java and Older.java.
 */
class Scenarios {
    static final String URI = System.getenv("BOLT_URI");
    static final String PASSWORD = System.getenv("BOLT_PASSWORD");
    static final int ROWS = Integer.parseInt(System.getenv("BOLT_ROWS"));
    static final String RUN = "java-" + UUID.randomUUID(); // marks the nodes of this run

    static final String STREAM = "UNWIND range(1, $n) AS n RETURN n";
    static final String CREATE = "CREATE (n:Interop {run: $run, name: $name}) RETURN n.name AS name";
    static final String COUNT = "MATCH (n:Interop {run: $run, name: $name}) RETURN count(n) AS n";

    static Driver driver;

    public static void main(String[] arguments) {
        try (var opened = connect(URI, PASSWORD)) {
            driver = opened;
            var scenarios = scenarios();
            for (var name : System.getenv("BOLT_SCENARIOS").split(",")) {
                report(name, scenarios.get(name));
            }
            try (var session = driver.session()) {
                session.run("MATCH (n:Interop {run: $run}) DETACH DELETE n", parameters("run", RUN))
                        .consume();
            }
        }
    }

    static Map<String, Callable<String>> scenarios() {
        var all = new LinkedHashMap<String, Callable<String>>();
        all.put("connect", Scenarios::connects);
        all.put("connect-routing", Scenarios::connectRouting);
        all.put("auto-commit", Scenarios::autoCommit);
        all.put("explicit-commit", Scenarios::explicitCommit);
        all.put("explicit-rollback", Scenarios::explicitRollback);
        all.put("managed", Scenarios::managed);
        all.put("managed-retry", Scenarios::managedRetry);
        all.put("execute-query", Scenarios::executeQuery);
        all.put("stream-100k", Scenarios::stream);
        all.put("nested-results", Scenarios::nestedResults);
        all.put("values", () -> echo(values()));
        all.put("values-temporal", () -> echo(temporal()));
        all.put("values-spatial", () -> echo(spatial()));
        all.put("values-graph", Scenarios::valuesGraph);
        all.put("values-vector", Scenarios::valuesVector);
        all.put("values-uuid", Scenarios::valuesUuid);
        all.put("failure", Scenarios::failure);
        all.put("failure-in-stream", Scenarios::failureInStream);
        all.put("failure-in-tx", Scenarios::failureInTransaction);
        all.put("bookmarks", Scenarios::bookmarks);
        all.put("cancel", Scenarios::cancel);
        all.put("summary", Scenarios::summary);
        all.put("parallel", Scenarios::parallel);
        all.put("wrong-password", Scenarios::wrongPassword);
        return all;
    }

    // ---- scenarios

    static String connects() {
        driver.verifyConnectivity();
        try (var session = driver.session()) {
            var server = session.run("RETURN 1 AS n").consume().server();
            return server.agent() + ", Bolt " + server.protocolVersion();
        }
    }

    static String connectRouting() {
        try (var routed = connect(System.getenv("BOLT_ROUTING_URI"), PASSWORD)) {
            try (var session = routed.session()) {
                create(session::run, "routed");
            }
            var reading = SessionConfig.builder().withDefaultAccessMode(AccessMode.READ);
            try (var session = routed.session(reading.build())) {
                checkSame(count(session::run, "routed"), 1);
            }
        }
        return "";
    }

    static String autoCommit() {
        try (var session = driver.session()) {
            checkSame(session.run("RETURN 1 AS n").single().get("n").asObject(), 1L);
            var record = session.run("RETURN $x AS x", parameters("x", "second")).single();
            checkSame(record.asMap(), Map.of("x", "second"));
        }
        return "";
    }

    static String explicitCommit() {
        try (var session = driver.session()) {
            try (var tx = session.beginTransaction()) {
                create(tx::run, "committed");
                create(tx::run, "committed");
                tx.commit();
            }
            checkSame(count(session::run, "committed"), 2);
        }
        return "";
    }

    static String explicitRollback() {
        try (var session = driver.session()) {
            try (var tx = session.beginTransaction()) {
                create(tx::run, "rolled-back");
                checkSame(count(tx::run, "rolled-back"), 1);
                tx.rollback();
            }
            try (var tx = session.beginTransaction()) {
                create(tx::run, "rolled-back"); // only closed
            }
            checkSame(count(session::run, "rolled-back"), 0);
        }
        return "";
    }

    static String managed() {
        try (var session = driver.session()) {
            Api.write(session, runner -> create(runner, "managed"));
            checkSame(Api.read(session, runner -> count(runner, "managed")), 1);
        }
        return "";
    }

    static String managedRetry() {
        var tries = new int[1];
        try (var session = driver.session()) {
            Api.write(session, runner -> {
                create(runner, "retried");
                tries[0] += 1;
                if (tries[0] == 1) {
                    throw new TransientException("Neo.TransientError.Transaction.DeadlockDetected", "once");
                }
            });
            checkSame(List.of(tries[0], count(session::run, "retried")), List.of(2, 1));
        }
        return "";
    }

    static String executeQuery() {
        var record = Api.executeQuery(driver, "RETURN $x AS x", Map.of("x", 1.5)).get(0);
        checkSame(record.asMap(), Map.of("x", 1.5));
        return "";
    }

    static String stream() {
        try (var session = driver.session()) {
            var result = session.run(STREAM, parameters("n", ROWS));
            var sum = 0L;
            while (result.hasNext()) sum += result.next().get("n").asLong();
            checkSame(sum, (long) ROWS * (ROWS + 1) / 2);
        }
        return "";
    }

    static String nestedResults() {
        try (var session = driver.session(); var tx = session.beginTransaction()) {
            var outer = tx.run(STREAM, parameters("n", 3000));
            var rows = 0L;
            while (outer.hasNext()) {
                var n = outer.next().get("n");
                rows += 1;
                if (rows % 500 != 0) continue;
                var inner = tx.run("RETURN $x AS x", parameters("x", n)).single();
                checkSame(inner.get("x").asLong(), rows);
            }
            tx.commit();
            checkSame(rows, 3000L);
        }
        return "";
    }

    static String valuesGraph() {
        try (var session = driver.session()) {
            var created = session.run(
                            "CREATE (a:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->"
                                    + "(b:Interop {run: $run, name: 'b'}) RETURN a, r, b",
                            parameters("run", RUN))
                    .single();
            var a = created.get("a").asNode();
            var r = created.get("r").asRelationship();
            var b = created.get("b").asNode();
            checkSame(List.of(a.labels(), a.asMap()), List.of(List.of("Interop"), Map.of("run", RUN, "name", "a")));
            checkSame(List.of(r.type(), r.asMap()), List.of("KNOWS", Map.of("since", 2020L)));
            checkSame(Api.ends(r), List.of(Api.id(a), Api.id(b)));
            var path = session.run(
                            "MATCH p = (:Interop {run: $run, name: 'b'})<-[:KNOWS]-"
                                    + "(:Interop {run: $run, name: 'a'}) RETURN p",
                            parameters("run", RUN))
                    .single()
                    .get("p")
                    .asPath();
            checkSame(List.of(path.start(), path.end(), path.relationships().iterator().next()), List.of(b, a, r));
        }
        return "";
    }

    static String valuesVector() throws Exception {
        needBolt(6, 0);
        // Found by name: driver 5 has no vectors.
        var examples = new LinkedHashMap<String, Object>();
        var samples = List.of(
                new byte[] {-128, 0, 127},
                new short[] {-32768, 0, 32767},
                new int[] {Integer.MIN_VALUE, 0, Integer.MAX_VALUE},
                new long[] {-1, 1L << 62},
                new float[] {0.5f, -1.25f},
                new double[] {0.1, 1e300});
        for (var sample : samples) {
            var make = Values.class.getMethod("vector", sample.getClass());
            examples.put(sample.getClass().getSimpleName(), make.invoke(null, sample));
        }
        return echo(examples);
    }

    static String valuesUuid() throws Exception {
        needBolt(6, 1);
        return echo(Map.of("uuid", Values.value((Object) UUID.fromString("550e8400-e29b-41d4-a716-446655440000"))));
    }

    static String failure() {
        try (var session = driver.session()) {
            var error = failed(() -> session.run("THIS IS NOT CYPHER").consume());
            checkSame(error.code(), "Neo.ClientError.Statement.SyntaxError");
            checkSame(error.getClass(), ClientException.class);
            checkSame(session.run("RETURN 1 AS n").single().get("n").asLong(), 1L);
            return Api.gqlStatus(error);
        }
    }

    static String failureInStream() {
        var rows = new int[1];
        try (var session = driver.session()) {
            var result = session.run("UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x");
            var error = failed(() -> {
                while (result.hasNext()) {
                    result.next();
                    rows[0] += 1;
                }
            });
            checkSame(error.code(), "Neo.ClientError.Statement.ArithmeticError");
            checkSame(count(session::run, "nobody"), 0);
        }
        return rows[0] + " rows before it";
    }

    static String failureInTransaction() {
        try (var session = driver.session()) {
            try (var tx = session.beginTransaction()) {
                create(tx::run, "failed");
                var error = failed(() -> tx.run("THIS IS NOT CYPHER").consume());
                checkSame(error.code(), "Neo.ClientError.Statement.SyntaxError");
                failed(() -> tx.run("RETURN 1 AS n").consume());
                failed(tx::commit);
            }
            checkSame(count(session::run, "failed"), 0);
        }
        return "";
    }

    static String bookmarks() {
        Set<Bookmark> chain = Set.of();
        for (var n = 0; n < 3; n += 1) {
            try (var session = driver.session(after(chain))) {
                Api.write(session, runner -> create(runner, "chained"));
                chain = Api.lastBookmarks(session);
            }
        }
        try (var session = driver.session(after(chain))) {
            checkSame(Api.read(session, runner -> count(runner, "chained")), 3);
        }
        return chain.toString();
    }

    static SessionConfig after(Set<Bookmark> bookmarks) {
        return SessionConfig.builder().withBookmarks(bookmarks).build();
    }

    static String cancel() {
        for (var n = 0; n < 5; n += 1) {
            try (var session = driver.session()) {
                var result = session.run(STREAM, parameters("n", ROWS));
                for (var row = 0; row < 10; row += 1) result.next();
                result.consume(); // discards the rest
                checkSame(session.run("RETURN 1 AS n").single().get("n").asLong(), 1L);
                session.run(STREAM, parameters("n", ROWS)).next(); // left by closing the session
            }
        }
        try (var session = driver.session()) {
            checkSame(count(session::run, "nobody"), 0);
        }
        return "";
    }

    static String summary() {
        try (var session = driver.session()) {
            var written = session.run(CREATE, parameters("run", RUN, "name", "counted")).consume();
            var counters = written.counters();
            checkSame(
                    List.of(counters.nodesCreated(), counters.labelsAdded(), counters.propertiesSet()),
                    List.of(1, 1, 2));
            checkSame(written.queryType().name(), "READ_WRITE");
            var explained = session.run("EXPLAIN MATCH (n:Interop) RETURN n").consume();
            return explained.plan().operatorType();
        }
    }

    static String parallel() throws Exception {
        var pool = Executors.newFixedThreadPool(20);
        try {
            var futures = new ArrayList<Future<Long>>();
            for (var n = 0; n < 20; n += 1) {
                var x = n;
                futures.add(pool.submit(() -> {
                    try (var session = driver.session()) {
                        return session.run("RETURN $x AS x", parameters("x", x)).single().get("x").asLong();
                    }
                }));
            }
            for (var n = 0; n < 20; n += 1) checkSame(futures.get(n).get(), (long) n);
        } finally {
            pool.shutdown();
        }
        return "";
    }

    static String wrongPassword() {
        try (var stranger = connect(URI, "not-" + PASSWORD)) {
            var error = failed(stranger::verifyConnectivity);
            checkSame(error.code(), "Neo.ClientError.Security.Unauthorized");
            checkSame(error.getClass(), AuthenticationException.class);
        }
        try (var friend = connect(URI, PASSWORD)) {
            friend.verifyConnectivity();
        }
        return "";
    }

    // ---- values

    static Map<String, Object> values() {
        var examples = new LinkedHashMap<String, Object>();
        examples.put("null", null);
        examples.put("booleans", List.of(true, false));
        examples.put("small integers", List.of(0L, -1L, -16L, -17L, 127L, 128L, -128L, -129L));
        examples.put("large integers", List.of(32767L, 1L << 31, (1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE));
        examples.put(
                "floats",
                List.of(0.5, -1.25, 1e300, -0.0, Double.MIN_VALUE, Double.POSITIVE_INFINITY, Double.NaN, 1.1, 1.0));
        examples.put(
                "strings",
                List.of("", "a", "ä€😀", "x".repeat(15), "x".repeat(16), "y".repeat(256), "z".repeat(100_000)));
        examples.put("no bytes", new byte[0]);
        examples.put("bytes", new byte[] {0, 1, 127, -128, -1});
        examples.put("many bytes", new byte[70_000]);
        examples.put(
                "lists", List.of(List.of(), Arrays.asList(1L, "two", Arrays.asList(3.5, null)), longs(300)));
        examples.put("maps", Map.of("empty", Map.of(), "nested", Map.of("list", List.of(1L, Map.of("x", true)))));
        var large = new LinkedHashMap<String, Object>();
        for (var n = 0L; n < 300; n += 1) large.put("key" + n, n);
        examples.put("a large map", large);
        return examples;
    }

    static List<Long> longs(int count) {
        return IntStream.range(0, count).mapToObj(n -> (long) n).toList();
    }

    static Map<String, Object> temporal() {
        var clock = LocalTime.of(12, 34, 56, 789_000_001);
        var local = LocalDate.of(2024, 2, 29).atTime(clock);
        var examples = new LinkedHashMap<String, Object>();
        examples.put("date", LocalDate.of(2024, 2, 29));
        examples.put("date before 1970", LocalDate.of(1582, 10, 4));
        examples.put("time", OffsetTime.of(clock, ZoneOffset.ofHoursMinutes(-1, -30)));
        examples.put("local time", clock);
        examples.put("date time with offset", ZonedDateTime.of(local, ZoneOffset.ofHours(2)));
        examples.put("date time with zone", ZonedDateTime.of(local, ZoneId.of("Europe/Berlin")));
        examples.put("local date time", LocalDateTime.of(2024, 2, 29, 12, 34, 56, 789_000_001));
        examples.put("duration", Values.isoDuration(14, -3, 5, 999_999_999).asObject());
        return examples;
    }

    static Map<String, Object> spatial() {
        return Map.of(
                "cartesian", Values.point(7203, 1.5, -2.5).asObject(),
                "cartesian 3d", Values.point(9157, 1.5, -2.5, 3.25).asObject(),
                "WGS 84", Values.point(4326, 12.99, 55.6).asObject(),
                "WGS 84 3d", Values.point(4979, 12.99, 55.6, 100.5).asObject());
    }

    static String echo(Map<String, Object> examples) {
        try (var session = driver.session()) {
            examples.forEach((name, example) -> {
                var sent = example instanceof Value value ? value : Values.value(example);
                var got = session.run("RETURN $x AS x", Collections.singletonMap("x", sent)).single().get("x");
                if (example instanceof byte[] bytes) {
                    check(Arrays.equals(bytes, got.asByteArray()), name);
                } else {
                    checkSame(got, sent, name);
                }
            });
        }
        return examples.size() + " values";
    }

    // ---- helpers

    interface Action {
        void run();
    }

    /** A session or a transaction. */
    interface Runner {
        Result run(String query, Value parameters);
    }

    static class Skip extends RuntimeException {
        Skip(String why) {
            super(why);
        }
    }

    static Driver connect(String uri, String password) {
        return GraphDatabase.driver(uri, AuthTokens.basic(System.getenv("BOLT_USER"), password));
    }

    static void create(Runner runner, String name) {
        var got = runner.run(CREATE, parameters("run", RUN, "name", name)).single().get("name");
        checkSame(got.asString(), name);
    }

    static int count(Runner runner, String name) {
        return runner.run(COUNT, parameters("run", RUN, "name", name)).single().get("n").asInt();
    }

    static void needBolt(int major, int minor) {
        try (Session session = driver.session()) {
            var version = session.run("RETURN 1").consume().server().protocolVersion().split("\\.");
            if (Integer.parseInt(version[0]) * 100 + Integer.parseInt(version[1]) < major * 100 + minor) {
                throw new Skip("needs Bolt " + major + "." + minor);
            }
        }
    }

    static Neo4jException failed(Action action) {
        try {
            action.run();
        } catch (Neo4jException error) {
            return error;
        }
        throw new AssertionError("expected a failure");
    }

    static void check(boolean condition, String message) {
        if (!condition) throw new AssertionError(message);
    }

    static void checkSame(Object got, Object expected) {
        checkSame(got, expected, "value");
    }

    static void checkSame(Object got, Object expected, String what) {
        var text = "%s: expected %.200s, got %.200s".formatted(what, expected, got);
        check(Objects.equals(got, expected), text);
    }

    static void report(String name, Callable<String> scenario) {
        var begin = System.nanoTime();
        String ok = "true";
        String detail;
        try {
            if (scenario == null) throw new Skip("not in this client");
            detail = scenario.call();
        } catch (Skip skip) {
            ok = "null";
            detail = skip.getMessage();
        } catch (Exception | AssertionError error) {
            ok = "false";
            detail = (error instanceof ExecutionException ? error.getCause() : error).toString();
        }
        var ms = (System.nanoTime() - begin) / 1_000_000;
        System.out.printf(
                "{\"scenario\":\"%s\",\"ok\":%s,\"ms\":%d,\"detail\":\"%s\"}%n", name, ok, ms, escaped(detail));
        System.out.flush();
    }

    static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " ");
    }
}
