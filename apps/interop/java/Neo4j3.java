import java.io.File;
import org.neo4j.graphdb.factory.GraphDatabaseFactory;

/** Runs Neo4j 3.4 or 3.5 in this process. Arguments, output and lifetime: see Neo4j5.java. */
class Neo4j3 {
    public static void main(String[] arguments) throws Exception {
        var home = arguments[0];
        var database = new GraphDatabaseFactory()
                .newEmbeddedDatabaseBuilder(new File(home + "/data/databases/graph.db"))
                .loadPropertiesFromFile(home + "/neo4j.conf")
                .setConfig("unsupported.dbms.directories.neo4j_home", home)
                .newGraphDatabase();
        Runtime.getRuntime().addShutdownHook(new Thread(database::shutdown));
        System.out.println("ready");
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
