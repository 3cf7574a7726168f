// What the requests of one client mean: who it is, and where they go: to the backend for logins and routes, to the work
// that is open (current-work.ts) for the rest. Knows no bytes, sockets or versions' wire forms; the protocol beneath judges what is allowed when.
import {
  AuthToken,
  type Goodbye,
  type Hello,
  type Request,
  type Route,
  type TransactionExtra,
} from "@bolt/protocol";
import { Answers, type AnswersOwner } from "./answers.ts";
import type { Client, NotificationFilter } from "../backend.ts";
import { CurrentWork } from "./current-work.ts";
import { failure } from "../failures.ts";
import type { Host } from "../host.ts";
import { Interruption } from "./interruption.ts";
import { checkLogin, clientOf, helloMetadata } from "./login.ts";
import type { Outlet } from "./outlet.ts";
import { addressOf, routeMetadata, routesFor } from "./routing.ts";
import type { Metadata } from "../types.ts";
import { optionsOf, WorkContext } from "./work-context.ts";

export class Session implements AnswersOwner {
  readonly #host: Host;
  readonly #out: Outlet;
  readonly #answers: Answers;
  readonly #work: CurrentWork;
  #client: Client | undefined;
  #principal: unknown;
  #filter: NotificationFilter = {};
  /** Of the last ROUTE: there is a signal to abort, and nothing else to end. */
  #routing: WorkContext | undefined;

  constructor(host: Host, out: Outlet) {
    this.#host = host;
    this.#out = out;
    this.#answers = new Answers(host, out, this);
    this.#work = new CurrentWork(host, out, this.#answers, (extra, principal) =>
      this.#context(extra, principal),
    );
  }

  /** A request is being worked at. */
  get busy(): boolean {
    return this.#answers.busy;
  }

  /** Nothing runs and nothing is open. */
  get idle(): boolean {
    return !this.busy && !this.#work.isOpen;
  }

  /** Who is connected, once HELLO has come. */
  get client(): Client | undefined {
    return this.#client;
  }

  /** Takes the next request; the last one was answered. `qid`: the result that it opens or means. */
  request(request: Request, qid: number): void {
    this.#answers.begin();
    switch (request.name) {
      case "HELLO":
        return this.#hello(request);
      case "LOGON":
        return this.#login(request.auth, {});
      case "LOGOFF":
        this.#principal = undefined;
        this.#out.loggedIn(false);
        this.#host.events.emit("logoff", () => ({ client: this.#client! }));
        return this.#answers.success();
      case "RUN":
        // In a transaction it was said at its beginning.
        if (this.#work.isOpen) return this.#work.run(request, qid, this.#principal);
        return this.#as(request.extra.impUser, (principal) => this.#work.run(request, qid, principal));
      case "PULL":
        return this.#work.stream(qid, request.n, "pull");
      case "DISCARD":
        return this.#work.stream(qid, request.n, "discard");
      case "BEGIN":
        return this.#as(request.extra.impUser, (principal) => this.#work.begin(request, principal));
      case "COMMIT":
        return this.#work.commit();
      case "ROLLBACK":
        return this.#work.rollback();
      case "ROUTE":
        return this.#as(request.impUser, (principal) => this.#route(request, principal));
      case "TELEMETRY":
        if ([0, 1, 2, 3].includes(request.api)) return this.#answers.success();
        return this.#answers.fail(failure("invalidRequest", `unknown API in TELEMETRY: ${request.api}`));
      case "RESET":
      case "ACK_FAILURE":
        return this.#work.reset(request.name);
      default:
        // It ends the connection and is not answered.
        request satisfies Goodbye;
    }
  }

  /** Stops what runs. What is asked of the backend already to commit or roll back is waited for. */
  interrupt(interruption: Interruption): void {
    if (this.#work.completing && this.busy) return;
    this.#routing?.abort(interruption);
    this.#work.end("interrupted", interruption);
    if (this.busy) this.#answers.fail(interruption);
  }

  /** The connection is gone, or goes. Returns what is still to be waited for. */
  close(interruption: Interruption): Promise<unknown> | undefined {
    this.#routing?.abort(interruption);
    this.#work.end("interrupted", interruption);
    this.#answers.drop();
    return this.#work.rest;
  }

  /** The protocol has refused a request by itself: what was open is over. */
  abandon(): void {
    if (!this.busy && this.#work.isOpen) this.#work.end("failed", new Interruption("failed"));
  }

  /** For the answers: whatever a failed request belonged to is over. */
  failing(error: unknown): unknown {
    const reason = this.#work.interruption ?? error;
    this.#work.end("failed", new Interruption("failed"));
    return reason;
  }

  // --- login

  #hello(hello: Hello): void {
    const { id, info, version } = this.#out;
    this.#client = clientOf(hello, version, id, info);
    this.#filter = {
      minimumSeverity: hello.notificationsMinimumSeverity,
      disabledClassifications: hello.notificationsDisabledClassifications,
    };
    const metadata = helloMetadata(this.#host, id, version);
    // Up to 5.0 this is the login as well; whatever it lacks, nobody gets past it.
    if (!version.atLeast(5, 1)) this.#login(hello.auth ?? new AuthToken({ scheme: "none" }), metadata);
    else this.#answers.success(metadata);
  }

  #login(token: AuthToken, metadata: Metadata): void {
    const client = this.#client!;
    this.#answers.call(
      undefined,
      () => checkLogin(this.#host, token, client),
      ({ principal, credentialsExpired }) => {
        this.#principal = principal;
        this.#out.loggedIn(true);
        this.#host.events.emit("login", () => ({ client, scheme: token.scheme, user: token.principal }));
        this.#answers.success({
          ...metadata,
          ...(credentialsExpired && { credentialsExpired }),
          advertisedAddress: addressOf(this.#host, this.#out.info, client.routing),
        });
      },
    );
  }

  /** Goes on with a request as the user that it names, if it names one and the backend lets it. */
  #as(user: string | undefined, goOn: (principal: unknown) => void): void {
    const { backend } = this.#host;
    const principal = this.#principal;
    if (user === undefined) return goOn(principal);
    if (!backend.impersonate) {
      return this.#answers.fail(failure("argumentError", "Impersonation is not supported by this server."));
    }
    this.#answers.call(
      undefined,
      () => backend.impersonate!(user, principal, this.#client!),
      (other) => {
        if (other === undefined || other === null || other === false) {
          throw failure("forbidden", `Cannot impersonate user '${user}'.`);
        }
        goOn(other);
      },
    );
  }

  // --- what the backend is told

  #context(extra: TransactionExtra, principal: unknown): WorkContext {
    return new WorkContext(principal, this.#client!, optionsOf(extra, this.#filter, this.#host.config));
  }

  #route({ routing, db, bookmarks, impUser }: Route, principal: unknown): void {
    const context = this.#context({ bookmarks, db, impUser, mode: "r" }, principal);
    this.#routing = context;
    this.#answers.call(
      undefined,
      () => {
        const { database, impersonatedUser } = context;
        return routesFor(this.#host, { routing, database, bookmarks, impersonatedUser }, context);
      },
      (routes) => {
        this.#routing = undefined;
        this.#answers.success(routeMetadata(routes, this.#out.version));
      },
    );
  }
}
