// A throw-away npm registry on loopback: accepts packages and serves them from memory. Implements just enough of the
// protocol for publishing and installing, and forwards nothing to another registry.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const body = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** @returns {Promise<{url: string, published(): string[], forget(name: string, version: string): void, close(): void}>} */
export async function startRegistry() {
  /** name -> document */
  const documents = new Map();
  /** path -> bytes */
  const tarballs = new Map();
  let url = "";

  const publish = (name, sent) => {
    const known = documents.get(name) ?? { name, "dist-tags": {}, versions: {}, time: {} };
    for (const [version, manifest] of Object.entries(sent.versions)) {
      if (known.versions[version]) return 409;
      const [file, attachment] = Object.entries(sent._attachments)[0];
      const bytes = Buffer.from(attachment.data, "base64");
      const path = `/${name}/-/${file.split("/").pop()}`;
      tarballs.set(path, bytes);
      manifest.dist = {
        tarball: url + path,
        shasum: createHash("sha1").update(bytes).digest("hex"),
        integrity: `sha512-${createHash("sha512").update(bytes).digest("base64")}`,
      };
      known.versions[version] = manifest;
      known.time[version] = new Date(0).toISOString();
    }
    Object.assign(known["dist-tags"], sent["dist-tags"]);
    documents.set(name, known);
    return 201;
  };

  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const json = (status, value) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    if (request.method === "PUT" && !path.startsWith("/-/")) {
      const status = publish(path.slice(1), JSON.parse(await body(request)));
      return json(status, status === 409 ? { error: "this version exists already" } : { ok: true });
    }
    if (tarballs.has(path)) return response.end(tarballs.get(path));
    if (path === "/-/whoami") return json(200, { username: "rehearsal" });
    if (path === "/-/ping") return json(200, {});
    const document = documents.get(path.slice(1));
    return document ? json(200, document) : json(404, { error: "not found" });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  return {
    url,
    published: () =>
      [...documents.values()]
        .flatMap(({ name, versions }) => Object.keys(versions).map((version) => `${name}@${version}`))
        .sort(),
    forget(name, version) {
      const document = documents.get(name);
      delete document.versions[version];
      document["dist-tags"].latest = Object.keys(document.versions).at(-1);
      if (Object.keys(document.versions).length === 0) documents.delete(name);
    },
    close: () => server.close(),
  };
}
