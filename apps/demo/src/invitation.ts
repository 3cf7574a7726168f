// How the usual clients connect to what is served. Passwords are named, never shown.

export function howToConnect(port: number, user: string, secret: string): string {
  const uri = `bolt://localhost:${port}`;
  return `How to connect:
  cypher-shell    cypher-shell -a ${uri} -u ${user} -p ${secret}
  Neo4j Browser   connect URL ${uri}
  this demo       pnpm demo --uri ${uri} -u ${user} -p ${secret}
  JavaScript      neo4j.driver("${uri}", neo4j.auth.basic("${user}", "${secret}"))
  Python          GraphDatabase.driver("${uri}", auth=("${user}", "${secret}"))
  Java            GraphDatabase.driver("${uri}", AuthTokens.basic("${user}", "${secret}"))
  Go              neo4j.NewDriver("${uri}", neo4j.BasicAuth("${user}", "${secret}", ""))
  neo4j:// works as well as bolt://.

Ctrl-C stops it.
`;
}
