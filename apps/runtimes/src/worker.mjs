// A Worker without sockets or Node: client and server are joined by a pair of streams, through `dial` and `accept`.
import { createServer } from "@bolt/server";
import { dialogue, echo } from "./dialogue.mjs";

export default {
  async fetch() {
    const server = createServer(echo, { logger: {} });
    const dial = () => {
      const up = new TransformStream();
      const down = new TransformStream();
      server.accept({ readable: up.readable, writable: down.writable });
      return { readable: down.readable, writable: up.writable };
    };
    try {
      return new Response(`${await dialogue("bolt://anywhere:7687", { dial })} checks passed`);
    } catch (error) {
      return new Response(`failed: ${error.stack}`);
    }
  },
};
