import java.io.File;
import org.neo4j.causalclustering.core.CoreGraphDatabase;
import org.neo4j.causalclustering.readreplica.ReadReplicaGraphDatabase;
import org.neo4j.kernel.GraphDatabaseDependencies;
import org.neo4j.kernel.configuration.Config;

/**
 * Runs a member of a causal cluster of Neo4j 3.4 in this process: a core, or a read replica if neo4j.conf says so.
 * Prints "ready" once it has joined the others. Arguments, output and lifetime: see Neo4j5.java.
 */
class Neo4jCausal {
    public static void main(String[] arguments) throws Exception {
        var home = new File(arguments[0]);
        var config = Config.builder()
                .withFile(new File(home, "neo4j.conf"))
                .withHome(home)
                .build();
        var store = new File(home, "data/databases/graph.db");
        var parts = GraphDatabaseDependencies.newDependencies();
        var database = config.getRaw("dbms.mode").orElseThrow().equals("CORE")
                ? new CoreGraphDatabase(store, config, parts)
                : new ReadReplicaGraphDatabase(store, config, parts);
        Runtime.getRuntime().addShutdownHook(new Thread(database::shutdown));
        System.out.println("ready");
        while (System.in.read() >= 0) {}
        System.exit(0);
    }
}
