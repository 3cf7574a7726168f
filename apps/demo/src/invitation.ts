// How the usual clients connect to the server. Never shows a password that the user gave.

export function howToConnect(uri: string, user: string, secret: string): string {
  const routed = uri.replace(/^bolt/, "neo4j").replace(/:\/\/.*/, "://");
  return `How to connect:
  cypher-shell    cypher-shell -a ${uri} -u ${user} -p ${secret}
  Neo4j Browser   connect URL ${uri}
  this demo       pnpm demo --uri ${uri} -u ${user} -p ${secret}
  JavaScript      neo4j.driver("${uri}", neo4j.auth.basic("${user}", "${secret}"))
  Python          GraphDatabase.driver("${uri}", auth=("${user}", "${secret}"))
  Java            GraphDatabase.driver("${uri}", AuthTokens.basic("${user}", "${secret}"))
  Go              neo4j.NewDriver("${uri}", neo4j.BasicAuth("${user}", "${secret}", ""))
  ${routed} works as well as ${uri.replace(/:\/\/.*/, "://")}.

Press Ctrl-C to stop.
`;
}
