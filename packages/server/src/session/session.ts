// What the requests of one client mean: logins and routes go to the backend, the rest to the open work
// (current-work.ts). Knows no bytes, sockets or wire forms; the protocol layer decides what is allowed when.
import {
  AuthToken,
  type Goodbye,
  type Hello,
  type Request,
  type Route,
  type TransactionExtra,
  type Metadata,
} from "@bolt/protocol";
import type { Client, NotificationFilter } from "../backend.ts";
import { failure } from "../failures.ts";
import type { Host } from "../host.ts";
import { Answers, type AnswersOwner } from "./answers.ts";
import { CurrentWork } from "./current-work.ts";
import { Interruption, type InterruptionReason } from "./interruption.ts";
import { checkLogin, clientOf, helloMetadata, isNobody, mustChange } from "./login.ts";
import type { Outlet } from "./outlet.ts";
import { addressOf, routeMetadata, routesFor } from "./routing.ts";
import { WorkContext } from "./work-context.ts";

export class Session implements AnswersOwner {
  /** Set once HELLO has come. */
  client: Client | undefined;
  readonly #host: Host;
  readonly #out: Outlet;
  readonly #answers: Answers;
  readonly #work: CurrentWork;
  #principal: unknown;
  #filter: NotificationFilter = {};
  /** Of the running ROUTE: its signal has to be aborted, and nothing else ended. */
  #routing: WorkContext | undefined;

  constructor(host: Host, out: Outlet) {
    this.#host = host;
    this.#out = out;
    this.#answers = new Answers(host, out, this);
    this.#work = new CurrentWork(host, out, this.#answers);
  }

  /** A request waits for its answer. */
  get busy(): boolean {
    return this.#answers.busy;
  }

  /** Nothing runs and nothing is open. */
  get idle(): boolean {
    return !this.busy && !this.#work.current;
  }

  /** Takes the next request, once the last one was answered. `qid`: the result that it opens or refers to. */
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
        this.#host.events.emit("logoff", () => ({ client: this.client! }));
        return this.#answers.success();
      case "RUN":
        // In a transaction BEGIN has set the context.
        if (this.#work.current) return this.#work.run(request, qid);
        return this.#as(request.extra, (context) => this.#work.run(request, qid, context));
      case "PULL":
      case "DISCARD":
        return this.#work.stream(request, qid);
      case "BEGIN":
        return this.#as(request.extra, (context) => this.#work.begin(request, context));
      case "COMMIT":
      case "ROLLBACK":
        return this.#work.complete(request.name);
      case "ROUTE":
        return this.#as({ ...request, mode: "r" }, (context) => this.#route(request, context));
      case "TELEMETRY":
        return this.#answers.success();
      case "RESET":
      case "ACK_FAILURE":
        return this.#work.reset(request.name);
      default:
        // The connection handles GOODBYE by itself.
        request satisfies Goodbye;
    }
  }

  /** Stops what runs, except a COMMIT or ROLLBACK that the backend has been asked for: its outcome is sent. */
  interrupt(reason: InterruptionReason): void {
    if (this.#work.current?.completing && this.busy) return;
    const interruption = this.#stop(reason);
    if (this.busy) this.#answers.fail(interruption);
  }

  /** The connection has closed or is closing. Returns a promise for the work that has not settled. */
  close(): Promise<unknown> | undefined {
    this.#stop("connection-lost");
    this.#answers.drop();
    return this.#work.rest;
  }

  #stop(reason: InterruptionReason): Interruption {
    const interruption = new Interruption(reason);
    this.#routing?.abort(interruption);
    this.#work.stop(interruption);
    return interruption;
  }

  /** The protocol layer has refused a request: ends the open work. */
  abandon(): void {
    if (!this.busy) this.#stop("failed");
  }

  /** For the answers: ends the work that a failed request belonged to. */
  failing(error: unknown): unknown {
    const told = this.#work.current?.interruption ?? error;
    this.#stop("failed");
    return told;
  }

  // --- login

  #hello(hello: Hello): void {
    const { id, info, version } = this.#out;
    this.client = clientOf(hello, version, id, info);
    this.#filter = {
      minimumSeverity: hello.notificationsMinimumSeverity,
      disabledClassifications: hello.notificationsDisabledClassifications,
    };
    const metadata = helloMetadata(this.#host, id, version);
    // Up to 5.0 this is the login as well: one without a token is checked, not let in.
    if (!version.atLeast(5, 1)) this.#login(hello.auth ?? new AuthToken({ scheme: "none" }), metadata);
    else this.#answers.success(metadata);
  }

  #login(token: AuthToken, metadata: Metadata): void {
    const client = this.client!;
    this.#answers.call(
      () => checkLogin(this.#host, token, client),
      (principal) => {
        this.#principal = principal;
        this.#out.loggedIn(true);
        this.#host.events.emit("login", () => ({ client, scheme: token.scheme, user: token.principal }));
        this.#answers.success({
          ...metadata,
          ...(mustChange(principal) && { credentialsExpired: true }),
          advertisedAddress: addressOf(this.#host, this.#out.info, client.routing),
        });
      },
    );
  }

  /** Goes on with a request; if it names a user, in that user's name, once the backend has allowed it. */
  #as(extra: TransactionExtra, goOn: (context: WorkContext) => void): void {
    const { backend } = this.#host;
    const client = this.client!;
    const principal = this.#principal;
    const goOnAs = (who: unknown): void =>
      goOn(new WorkContext(who, client, extra, this.#filter, this.#host));
    const { impUser: user } = extra;
    if (user === undefined) return goOnAs(principal);
    if (!backend.impersonate) {
      return this.#answers.fail(failure("argumentError", "Impersonation is not supported by this server."));
    }
    this.#answers.call(
      () => backend.impersonate!(user, principal, client),
      (other) => {
        if (isNobody(other)) throw failure("forbidden", `Cannot impersonate user '${user}'.`);
        goOnAs(other);
      },
    );
  }

  #route({ routing }: Route, context: WorkContext): void {
    this.#routing = context;
    this.#answers.call(
      () => routesFor(this.#host, { routing, database: context.database }, context),
      (routes) => {
        this.#routing = undefined;
        this.#answers.success(routeMetadata(routes, this.#out.version));
      },
    );
  }
}
