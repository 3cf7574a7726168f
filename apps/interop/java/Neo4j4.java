import java.io.File;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/** Runs a Neo4j 4.0 to 4.4 in this process. Arguments, output and lifetime: see Neo4j5.java. */
class Neo4j4 {
    public static void main(String[] arguments) throws Exception {
        var home = arguments[0];
        var dbms = new DatabaseManagementServiceBuilder(new File(home))
                .loadPropertiesFromFile(home + "/neo4j.conf")
                .build();
        Runtime.getRuntime().addShutdownHook(new Thread(dbms::shutdown));
        System.out.println("ready");
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
