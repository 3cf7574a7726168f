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

/** The same with the names of driver 4.4. */
class Api {
    static void write(Session session, Consumer<Scenarios.Runner> work) {
        session.writeTransaction(tx -> {
            work.accept(tx::run);
            return null;
        });
    }

    static <T> T read(Session session, Function<Scenarios.Runner, T> work) {
        return session.readTransaction(tx -> work.apply(tx::run));
    }

    static List<Record> executeQuery(Driver driver, String query, Map<String, Object> parameters) {
        throw new Scenarios.Skip("came with driver 5");
    }

    static Set<Bookmark> lastBookmarks(Session session) {
        return Set.of(session.lastBookmark());
    }

    static Object id(Node node) {
        return node.id();
    }

    static List<Object> ends(Relationship relationship) {
        return List.of(relationship.startNodeId(), relationship.endNodeId());
    }

    static String gqlStatus(Neo4jException error) {
        return "";
    }
}
