// Chooses the provider for a configuration: for one server or for a cluster.
import type { Config } from "./config.ts";
import { DirectProvider } from "./pool/direct.ts";
import type { Provider } from "./pool/direct.ts";
import { RoutingProvider } from "./routing/routing.ts";

/** Connects to nothing yet, unless `pool.minIdle` asks for it. */
export function openProvider(config: Config): Provider {
  return config.uri.routing ? new RoutingProvider(config) : new DirectProvider(config);
}
