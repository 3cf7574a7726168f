// What a server cannot save: a TCP server of node:net that answers so many bytes with so many others, one write
// for whatever has come at once. It looks at nothing.
import { createServer } from "node:net";
import { expose } from "../measure/worker.ts";

export interface PlainSetup {
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

function listen({ request, answer }: PlainSetup): Promise<number> {
  /** The answer once, twice … */
  const answers: Uint8Array[] = [];
  const answerOf = (requests: number): Uint8Array =>
    (answers[requests] ??= Buffer.concat(Array.from({ length: requests }, () => answer)));
  const server = createServer((socket) => {
    let received = 0;
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => {
      received += bytes.length;
      const requests = Math.floor(received / request.length);
      received -= requests * request.length;
      if (requests > 0) socket.write(answerOf(requests));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}

expose({ listen });
