// The least that any server costs: a node:net TCP server that answers each request's worth of bytes with a fixed answer,
// in one write for all that have arrived. It does not look at the bytes.
import { createServer } from "node:net";
import { expose } from "../measure/worker.ts";

export interface PlainSetup {
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
}

function listen({ request, answer }: PlainSetup): Promise<number> {
  /** The answer repeated n times, by n. */
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
