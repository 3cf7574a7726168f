import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.neo4j.driver.Bookmark;
import org.neo4j.driver.Driver;
import org.neo4j.driver.Record;
import org.neo4j.driver.Session;
import org.neo4j.driver.exceptions.Neo4jException;
import org.neo4j.driver.types.Node;
import org.neo4j.driver.types.Relationship;

/** The calls that exist under these names in driver 5 and 6. */
class Api {
    static void write(Session session, Consumer<Scenarios.Runner> work) {
        session.executeWriteWithoutResult(tx -> work.accept(tx::run));
    }

    static <T> T read(Session session, Function<Scenarios.Runner, T> work) {
        return session.executeRead(tx -> work.apply(tx::run));
    }

    static List<Record> executeQuery(Driver driver, String query, Map<String, Object> parameters) {
        return driver.executableQuery(query).withParameters(parameters).execute().records();
    }

    static Set<Bookmark> lastBookmarks(Session session) {
        return session.lastBookmarks();
    }

    static Object id(Node node) {
        return node.elementId();
    }

    static List<Object> ends(Relationship relationship) {
        return List.of(relationship.startNodeElementId(), relationship.endNodeElementId());
    }

    static String gqlStatus(Neo4jException error) {
        return "gqlStatus " + error.gqlStatus();
    }
}
