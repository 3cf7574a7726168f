import com.arcadedb.ContextConfiguration;
import com.arcadedb.server.ArcadeDBServer;

/**
 * Runs an ArcadeDB in this process, with settings in system properties. Prints "ready" once it has created its default
 * database, which is after Bolt listens, and lives until its standard input ends.
 */
class ArcadeDb {
    public static void main(String[] arguments) throws Exception {
        var server = new ArcadeDBServer(new ContextConfiguration());
        server.start();
        System.out.println("\nready"); // the log does not end its last line
        while (System.in.read() >= 0) {}
        server.stop();
        System.exit(0);
    }
}
