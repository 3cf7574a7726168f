// The program as people use it: its output, its exit codes, and how it handles wrong input.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { auth, driver } from "@bolt/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Embedded, serveEmbedded } from "../src/embedded.ts";
import { run } from "../src/run.ts";
import { CA, SELF_SIGNED, SERVER } from "./certificates.ts";

const PASSWORD = "top secret";

interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

interface Settings {
  readonly env?: Record<string, string>;
  readonly colours?: boolean;
  readonly signal?: AbortSignal;
  readonly onOut?: (text: string) => void;
}

async function ran(args: readonly string[], settings: Settings = {}): Promise<Ran> {
  let [out, err] = ["", ""];
  const exitCode = await run(args, {
    out: (text) => {
      out += text;
      settings.onOut?.(text);
    },
    err: (text) => (err += text),
    colours: settings.colours ?? false,
    env: settings.env ?? {},
    signal: settings.signal ?? new AbortController().signal,
  });
  return { exitCode, out, err };
}

/** The last line printed, to `err` if anything was printed there. */
const lastLine = ({ out, err }: Ran): string => (out + err).trimEnd().split("\n").at(-1)!;

/** Checks that every tag is closed in order and that no stray markup is left. */
function wellFormed(xml: string): void {
  const open: string[] = [];
  for (const [, close, name, self] of xml.matchAll(/<(\/?)([a-z]+)(?:\s+[\w:-]+="[^"<>]*")*\s*(\/?)>/g)) {
    if (close) expect(open.pop()).toBe(name);
    else if (!self) open.push(name!);
  }
  expect(open).toEqual([]);
  const text = xml.replace(/<\/?[a-z]+(?:\s+[\w:-]+="[^"<>]*")*\s*\/?>/g, "");
  expect(text).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot);)/);
}

let embedded: Embedded;

beforeAll(async () => {
  embedded = await serveEmbedded({ login: { user: "neo4j", password: PASSWORD }, port: 0 });
});
afterAll(() => embedded.close());

describe("the dialogue", () => {
  test("without any option, plain", async () => {
    const result = await ran([]);
    expect(result.exitCode).toBe(0);
    expect(result.err).toBe("");
    expect(result.out).not.toContain("\u001b");
    expect(result.out).toMatch(/^The Bolt dialogue\n/);
    expect(lastLine(result)).toMatch(/^Finished in \d+ ms, all 16 steps/);
  });

  test("in colours", async () => {
    const { out } = await ran([], { colours: true });
    expect(out).toContain("\u001b[32m✓\u001b[0m");
  });

  test("as JSON lines", async () => {
    const { out, exitCode } = await ran(["--json", "--wire"]);
    expect(exitCode).toBe(0);
    const events = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(events[0]).toMatchObject({ type: "opening", embedded: true });
    expect(events.at(-1)).toMatchObject({ type: "finished", steps: 16 });
    expect(events.filter(({ type }) => type === "wire").length).toBeGreaterThan(50);
  });

  test("also as a picture", async () => {
    const directory = await mkdtemp(join(tmpdir(), "bolt-demo-"));
    const file = join(directory, "demo.svg");
    const plain = await ran(["--svg", file]);
    expect(plain.exitCode).toBe(0);
    const svg = await readFile(file, "utf8");
    await rm(directory, { recursive: true });
    wellFormed(svg);
    const shown = svg.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ");
    const steps = [...plain.out.matchAll(/^(\d+\. .+)$/gm)].map(([, step]) => step!);
    expect(steps).toHaveLength(16);
    for (const step of [...steps, "Finished in"]) expect(shown).toContain(step);
    expect(svg).toContain('class="c32">✓');
  });

  test("a picture that cannot be written is reported in one line", async () => {
    const result = await ran(["--svg", "/dev/null/x.svg"]);
    expect(result.exitCode).toBe(1);
    expect(result.err).toMatch(/^cannot write the picture: [^\n]+\n$/);
  });

  test("with another server, one version, the password from the environment", async () => {
    const result = await ran(["--uri", embedded.uri, "--bolt", "4.4", "--wire"], {
      env: { BOLT_PASSWORD: PASSWORD },
    });
    expect(result.exitCode).toBe(0);
    expect(result.out).toContain("the server chose Bolt 4.4");
    expect(result.out).toContain("60 60 B0 17");
    expect(result.out).not.toContain(PASSWORD);
  });
});

describe("errors give one clear line and exit code 1", () => {
  const listening: TcpServer[] = [];
  afterAll(() => {
    for (const server of listening) server.close();
  });

  async function portOf(server: TcpServer): Promise<number> {
    listening.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  }

  async function complaintOf(args: readonly string[]): Promise<string> {
    const result = await ran(args, { env: { BOLT_PASSWORD: PASSWORD } });
    expect(result.exitCode).toBe(1);
    expect(result.out + result.err).not.toContain(PASSWORD);
    expect(result.out + result.err).not.toMatch(/\n\s+at /);
    return lastLine(result);
  }

  test("a wrong password", async () => {
    const line = await complaintOf(["--uri", embedded.uri, "-u", "neo4j", "-p", "wrong"]);
    expect(line).toMatch(/^✗ Login: the login was refused: /);
    expect(line).not.toContain("wrong");
  });

  test("a port where nothing listens", async () => {
    const server = createTcpServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await complaintOf(["--uri", `bolt://127.0.0.1:${port}`])).toMatch(/nothing listens there/);
  });

  test("an HTTP port", async () => {
    const port = await portOf(createHttpServer((_, response) => response.end("hello")));
    expect(await complaintOf(["--uri", `bolt://127.0.0.1:${port}`])).toMatch(/speaks HTTP, not Bolt/);
  });

  test("a server of another protocol that sends first", async () => {
    const port = await portOf(createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n")));
    expect(await complaintOf(["--uri", `bolt://127.0.0.1:${port}`])).toMatch(/not a Bolt server/);
  });

  test("a server of another protocol that never hangs up does not keep the program alive", async () => {
    const port = await portOf(
      createTcpServer((socket) => void socket.pause().write("SSH-2.0-OpenSSH_9.6\r\n")),
    );
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
    const args = ["--conditions=@bolt/source", main, "--uri", `bolt://127.0.0.1:${port}`];
    const [code, line] = await new Promise<[unknown, string]>((resolve) => {
      execFile(process.execPath, args, (error, out) => resolve([error?.code, out.trimEnd()]));
    });
    expect(line).toMatch(/not a Bolt server; it answered with 53 53 48/);
    expect(code).toBe(1);
  });

  test("a server that hangs up", async () => {
    const port = await portOf(createTcpServer((socket) => void socket.once("data", () => socket.end())));
    expect(await complaintOf(["--uri", `bolt://127.0.0.1:${port}`])).toMatch(/hung up during the handshake/);
  });

  test("Ctrl-C while the server behind a gateway does not answer", async () => {
    const controller = new AbortController();
    // Once the gateway connects, it is waiting for an answer.
    const port = await portOf(createTcpServer(() => controller.abort()));
    const uri = `bolt://127.0.0.1:${port}`;
    const result = await ran(["--serve", "--port", "0", "--uri", uri], { signal: controller.signal });
    expect(result).toEqual({ exitCode: 1, out: "", err: "interrupted\n" });
  });

  test("a host that does not exist", async () => {
    expect(await complaintOf(["--uri", "bolt://no.such.host.invalid"])).toMatch(/no such host/);
  });

  test("a version that the server does not speak", async () => {
    const port = await portOf(
      createTcpServer((socket) => void socket.once("data", () => socket.end(Buffer.alloc(4)))),
    );
    expect(await complaintOf(["--uri", `bolt://127.0.0.1:${port}`, "--bolt", "4.2"])).toMatch(
      /none of the versions .*4\.2/,
    );
  });

  test("a URI with a password in it", async () => {
    expect(await complaintOf(["--uri", "bolt://neo4j:hunter2@localhost"])).not.toContain("hunter2");
  });

  test("unknown options and versions", async () => {
    expect(await complaintOf(["--nonsense"])).toContain("--nonsense");
    expect(await complaintOf(["--bolt", "9"])).toContain("6.1");
  });

  test("a port that is taken", async () => {
    expect(await complaintOf(["--serve", "--port", String(embedded.port)])).toMatch(/port is taken/);
  });

  test("a data directory that cannot be created", async () => {
    // Nothing can be created in /proc, where Node's recursive mkdir loops forever.
    for (const directory of ["/dev/null/x", "/proc/x", "/proc/x/y"]) {
      expect(await complaintOf(["--serve", "--port", "0", "--data", directory])).toMatch(/no database in/);
    }
  });
});

describe("--serve", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "bolt-demo-"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  /** Serves, runs `talk` against it, and stops it. */
  async function served(args: readonly string[], talk: (uri: string) => Promise<void>): Promise<Ran> {
    const controller = new AbortController();
    let talking: Promise<void> | undefined;
    const result = await ran(["--serve", "--port", "0", ...args], {
      signal: controller.signal,
      onOut: (text) => {
        const uri = / at (bolt\S*:\/\/\S+)/.exec(text)?.[1];
        if (uri && !talking) talking = talk(uri).finally(() => controller.abort());
      },
    });
    await talking;
    return result;
  }

  test("prints how to connect, accepts any login, ends with exit code 0", async () => {
    const result = await served([], async (uri) => {
      await using db = driver(uri, auth.basic("anybody", "anything"));
      const { records } = await db.executeQuery("RETURN 1 AS num");
      expect(records).toStrictEqual([{ num: 1 }]);
    });
    expect(result).toMatchObject({ exitCode: 0, err: "" });
    for (const word of ["cypher-shell", "Browser", "JavaScript", "Python", "Java", "Go"])
      expect(result.out).toContain(word);
  });

  test("with a login, which is never shown", async () => {
    const result = await served(["-u", "ann", "-p", PASSWORD], async (uri) => {
      await using wrong = driver(uri, auth.basic("ann", "wrong"));
      await expect(wrong.executeQuery("RETURN 1")).rejects.toThrow(/unauthorized/);
      await using db = driver(uri, auth.basic("ann", PASSWORD));
      await db.executeQuery("RETURN 1");
    });
    expect(result.exitCode).toBe(0);
    expect(result.out).toContain("-u ann");
    expect(result.out).not.toContain(PASSWORD);
  });

  test("--data keeps what was written", async () => {
    const count = "MATCH (n:Kept) RETURN n.x AS x";
    await served(["--data", directory], async (uri) => {
      await using db = driver(uri);
      await db.executeQuery("CREATE (:Kept {x: 1.5})");
    });
    await served(["--data", directory], async (uri) => {
      await using db = driver(uri);
      expect((await db.executeQuery(count)).records).toStrictEqual([{ x: 1.5 }]);
    });
  });

  test("--uri: a gateway to another server, with that server's logins", async () => {
    const result = await served(["--uri", embedded.uri, "-p", PASSWORD], async (uri) => {
      await using wrong = driver(uri, auth.basic("neo4j", "wrong"));
      await expect(wrong.executeQuery("RETURN 1")).rejects.toThrow(/unauthorized/);
      const played = await ran(["--uri", uri], { env: { BOLT_PASSWORD: PASSWORD } });
      expect(played.exitCode).toBe(0);
    });
    expect(result).toMatchObject({ exitCode: 0, err: "" });
    expect(result.out).toContain(`Serving ${embedded.uri} (Neo4j/5.26.0`);
    expect(result.out).not.toContain(PASSWORD);
  });

  test("--uri without a login, and with a port where nothing listens", async () => {
    const result = await served(["--uri", embedded.uri], async () => {});
    expect(result).toMatchObject({ exitCode: 0, err: "" });
    const nowhere = await ran(["--serve", "--port", "0", "--uri", "bolt://127.0.0.1:1"]);
    expect(nowhere.exitCode).toBe(1);
    expect(lastLine(nowhere)).toMatch(/nothing listens there/);
  });

  test("with TLS, for an embedded database and for a gateway", async () => {
    const [cert, key] = [join(directory, "cert.pem"), join(directory, "key.pem")];
    await writeFile(cert, SERVER.cert);
    await writeFile(key, SERVER.key);
    const files = ["--cert", cert, "--key", key];
    const talk = async (uri: string): Promise<void> => {
      expect(uri).toMatch(/^bolt\+s:/);
      const without = uri.replace("+s", "");
      await using db = driver(without, auth.basic("neo4j", PASSWORD), { tls: { ca: CA } });
      expect((await db.executeQuery("RETURN 1 AS num")).records).toStrictEqual([{ num: 1 }]);
      await using plain = driver(without, auth.basic("neo4j", PASSWORD));
      await expect(plain.session().run("RETURN 1")).rejects.toThrow();
    };
    for (const more of [[], ["--uri", embedded.uri]]) {
      const result = await served([...files, ...more], talk);
      expect(result).toMatchObject({ exitCode: 0, err: "" });
      expect(result.out).toContain("neo4j+s:// works as well as bolt+s://.");
    }
  });

  test("a self-signed certificate gives +ssc, an invalid one is refused", async () => {
    const [cert, key] = [join(directory, "own.pem"), join(directory, "own-key.pem")];
    await writeFile(cert, SELF_SIGNED.cert);
    await writeFile(key, SELF_SIGNED.key);
    const result = await served(["--cert", cert, "--key", key], async (uri) => {
      expect(uri).toMatch(/^bolt\+ssc:/);
      await using db = driver(uri);
      await db.executeQuery("RETURN 1");
    });
    expect(result.exitCode).toBe(0);
    const start = ["--serve", "--port", "0", "--cert"];
    for (const [files, reason] of [
      [[key, "--key", cert], /cannot be used for TLS/],
      [[cert, "--key", join(directory, "none.pem")], /^cannot read the key: .*none\.pem/],
    ] as const) {
      const refused = await ran([...start, ...files]);
      expect(refused.exitCode).toBe(1);
      expect(refused.err).toMatch(reason);
      expect(refused.err.trimEnd()).not.toContain("\n");
    }
  });

  test("a database that another process has open", async () => {
    await served(["--data", directory], async () => {
      const second = await ran(["--serve", "--port", "0", "--data", directory]);
      expect(second.exitCode).toBe(1);
      expect(lastLine(second)).toMatch(/another process has it open/);
    });
  });
});

test("--help", async () => {
  const result = await ran(["--help"]);
  expect(result).toMatchObject({ exitCode: 0, err: "" });
  expect(result.out).toContain("Examples:");
});
