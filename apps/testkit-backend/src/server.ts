// Serves TestKit: one connection is one test.
import { createServer, type Server, type Socket } from "node:net";
import { Context, type Handlers } from "./context.ts";
import { failed } from "./errors.ts";
import { authManagers } from "./handlers/auth-managers.ts";
import { bookmarkManagers } from "./handlers/bookmark-managers.ts";
import { certificates } from "./handlers/certificates.ts";
import { drivers, KeptDriver } from "./handlers/drivers.ts";
import { results } from "./handlers/results.ts";
import { sessions } from "./handlers/sessions.ts";
import { tests } from "./handlers/tests.ts";
import { transactions } from "./handlers/transactions.ts";
import { type Message, RequestReader, response } from "./lines.ts";

const HANDLERS: Handlers = {
  ...tests,
  ...drivers,
  ...sessions,
  ...transactions,
  ...results,
  ...authManagers,
  ...bookmarkManagers,
  ...certificates,
};

/** Starts listening; resolves once it does. */
export function serve(port: number, host: string): Promise<Server> {
  const server = createServer(attend);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

function attend(socket: Socket): void {
  const reader = new RequestReader();
  const context = new Context((message) => {
    if (socket.writable) socket.write(response(message));
  });
  socket.setEncoding("utf8").setNoDelay();
  socket.on("data", (text: string) => {
    for (const request of reader.receive(text)) void handle(request, context);
  });
  // A test that failed halfway leaves its drivers open.
  const leave = (): void => {
    for (const { driver } of context.all(KeptDriver)) void driver.close();
  };
  socket.on("close", leave).on("error", leave);
}

async function handle({ name, data }: Message, context: Context): Promise<void> {
  // Answers to callbacks: they get no answer themselves.
  if (name.endsWith("Completed")) return context.answered(data);
  try {
    const handler = HANDLERS[name];
    if (!handler) throw new TypeError(`this backend knows no request ${name}`);
    const answer = await handler(data, context);
    if (answer) context.send(answer);
  } catch (error) {
    context.send(failed(error, context));
  }
}
