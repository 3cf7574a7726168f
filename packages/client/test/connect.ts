// A driver of a server in memory, whose clock stands still until told otherwise.
import { type Driver, driver } from "../src/driver.ts";
import type { DriverConfig } from "../src/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { TestServer, type TestServerOptions } from "./test-server.ts";

export function connect(
  options: TestServerOptions = {},
  config: DriverConfig = {},
): { server: TestServer; db: Driver; clock: FakeClock } {
  const server = new TestServer(options);
  const clock = new FakeClock();
  return { server, clock, db: driver("bolt://test", undefined, { dial: server.dial, clock, ...config }) };
}
