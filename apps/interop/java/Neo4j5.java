import java.nio.file.Path;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/**
 * Runs a Neo4j 5 or later in this process. The one argument is its home folder, with a neo4j.conf in it.
 * Prints "ready" once Bolt listens, and lives until its standard input ends, so it never outlives the
 * process that started it, however that one dies.
 */
class Neo4j5 {
    public static void main(String[] arguments) throws Exception {
        var home = Path.of(arguments[0]);
        var dbms = new DatabaseManagementServiceBuilder(home)
                .loadPropertiesFromFile(home.resolve("neo4j.conf"))
                .build();
        Runtime.getRuntime().addShutdownHook(new Thread(dbms::shutdown));
        System.out.println("ready");
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
